import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { ShapedGraph } from "../analyze/shaped-graph.ts";
import { InputError } from "../diagnostics/input-error.ts";
import type { PretrainedWeights } from "../graph/layer-graph.ts";
import { type WeightValue, type WeightValues, weightKey } from "../tensor/weight-values.ts";
import { initializeWeights } from "./initialize.ts";
import { readSafetensors, type StoredTensor } from "./safetensors.ts";

/**
 * The weights that training starts from: drawn from the seed, then those of used models that name a file
 * (`base: mobilenet_v2 weights="base.safetensors"`) read from it.
 *
 * @throws InputError where a file is missing or damaged, or holds another network's weights
 */
export function startingWeights(model: ShapedGraph, seed: number): WeightValues {
  const values = new Map(initializeWeights(model, seed));
  for (const pretrained of model.graph.pretrained) {
    for (const [key, value] of readPretrained(model, pretrained)) values.set(key, value);
  }
  return values;
}

/** The files that `startingWeights` reads. */
export function pretrainedFiles({ graph }: ShapedGraph): readonly string[] {
  return [...new Set(graph.pretrained.map(pathOf))];
}

/** A file is looked for beside the program that names it. */
function pathOf({ file, span }: PretrainedWeights): string {
  return resolve(dirname(span.file.name), file);
}

/** In the file the layers go by the names that they have in a model of their own. */
function readPretrained(model: ShapedGraph, pretrained: PretrainedWeights): [string, WeightValue][] {
  const { file, first, end, namePrefix, span } = pretrained;
  const path = pathOf(pretrained);
  const place = { file: span.file.name, row: span.file.position(span.start).line };
  const { tensors } = readSafetensors(readBytes(path, file, place), path);
  const layers = model.layers.filter(
    ({ node }) => node.id >= first && node.id < end && node.sharesWeightsOf === undefined,
  );
  const wanted = layers.flatMap(({ node, weights }) =>
    weights.map(({ name, shape }) => {
      const own = node.name.startsWith(namePrefix) ? node.name.slice(namePrefix.length) : node.name;
      return { key: weightKey(node.name, name), stored: weightKey(own, name), shape: shape.join("x") };
    }),
  );
  const label = labelInFile(
    wanted.map(({ stored }) => stored),
    tensors,
  );
  return wanted.map(({ key, stored, shape }): [string, WeightValue] => [
    key,
    requireShape(tensors.get(label + stored), stored, shape, file, place),
  ]);
}

/**
 * What stands before the names of a model's weights in a file: nothing where the model was trained by itself, its label where it
 * was trained as a part of another (`base/`).
 */
function labelInFile(keys: readonly string[], tensors: ReadonlyMap<string, StoredTensor>): string {
  const [first] = keys;
  if (first === undefined || tensors.has(first)) return "";
  const labels = [...tensors.keys()]
    .filter((name) => name.endsWith(`/${first}`))
    .map((name) => name.slice(0, -first.length));
  const whole = labels.filter((label) => keys.every((key) => tensors.has(label + key)));
  // The optimizer's moments in a checkpoint go by a name of their own, and of two parts nobody can tell which is meant.
  return whole.length === 1 ? whole[0]! : "";
}

function requireShape(
  value: StoredTensor | undefined,
  key: string,
  expected: string,
  file: string,
  place: InputError["place"],
): WeightValue {
  if (value?.shape.join("x") === expected) return value;
  const found =
    value === undefined
      ? `lacks ${key}`
      : `has ${key} of ${value.shape.join("x")}, the model's is ${expected}`;
  throw new InputError(`"${file}" holds the weights of another network: it ${found}`, {
    place,
    help: "use the checkpoint of a run of the model that is used here, with the same parameters",
  });
}

function readBytes(path: string, file: string, place: InputError["place"]): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "there is no such file" : `it cannot be read (${code})`;
    throw new InputError(`the weights "${file}" are not there: ${reason}`, {
      place,
      help: `a weights file is looked for beside the model: ${path}`,
      cause,
    });
  }
}
