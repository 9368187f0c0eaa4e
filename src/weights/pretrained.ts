import { readFile } from "node:fs/promises";
import type { ShapedGraph } from "../analyze/shaped-graph.ts";
import { InputError, type InputPlace } from "../diagnostics/input-error.ts";
import { weightsPath } from "../files/missing-weights.ts";
import type { ModelOrigin, PretrainedWeights } from "../graph/layer-graph.ts";
import type { WeightValues } from "../tensor/weight-values.ts";
import { assignWeights, wholeModel } from "./assign.ts";
import { initializeWeights } from "./initialize.ts";
import { type NameTables, parseNameTables } from "./name-table.ts";
import { parseWeightsFile } from "./weights-file.ts";

/**
 * The weights that training starts from: drawn from the seed, then those of used models that name a file
 * (`base: mobilenet_v2 weights="base.safetensors"`) read from it.
 *
 * @throws InputError where a file is missing or damaged, or holds another network's weights
 */
export async function startingWeights(model: ShapedGraph, seed: number): Promise<WeightValues> {
  const values = new Map(initializeWeights(model, seed));
  for (const pretrained of model.graph.pretrained) {
    for (const [key, value] of await readPretrained(model, pretrained)) values.set(key, value);
  }
  return values;
}

/** The files that `startingWeights` reads. */
export function pretrainedFiles({ graph }: ShapedGraph): readonly string[] {
  return [...new Set(graph.pretrained.map(weightsPath))];
}

/** A model's weights, and what their file says beside: texts of a safetensors file. */
export interface ModelWeights {
  readonly weights: WeightValues;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * All weights of a model out of one file: a checkpoint of ours, safetensors with torchvision's names, or Keras' `.h5` and `.keras`.
 *
 * @throws InputError as `startingWeights` does
 */
export async function readModelWeights(model: ShapedGraph, path: string): Promise<ModelWeights> {
  const place = { file: path };
  const file = await parseWeightsFile(await readBytes(path, path, place), path);
  const target = wholeModel(model, await readNameTables(model.graph.origin));
  const metadata = file.kind === "tensors" ? file.metadata : {};
  return { weights: assignWeights(target, { file, name: path, place }), metadata };
}

/** In the file the layers go by the names that they have in a model of their own. */
async function readPretrained(model: ShapedGraph, pretrained: PretrainedWeights): Promise<WeightValues> {
  const { file: name, first, end, namePrefix, depth, origin, span } = pretrained;
  const path = weightsPath(pretrained);
  const place = { file: span.file.name, row: span.file.position(span.start).line };
  const file = await parseWeightsFile(await readBytes(path, name, place), path);
  const layers = model.layers.filter(
    ({ node }) => node.id >= first && node.id < end && node.sharesWeightsOf === undefined,
  );
  const tables = await readNameTables(origin);
  return assignWeights(
    { model, layers, origin, namePrefix, depth, tables },
    { file, name: `"${name}"`, place },
  );
}

/** `resnet.weights.json` beside `resnet.cnn`, where there is one. */
async function readNameTables(origin: ModelOrigin | undefined): Promise<NameTables> {
  const source = origin?.span.file.name;
  if (source?.endsWith(".cnn") !== true) return {};
  const path = source.replace(/\.cnn$/, ".weights.json");
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch {
    return {};
  }
  return parseNameTables(text, path);
}

async function readBytes(path: string, file: string, place: InputPlace): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "there is no such file" : `it cannot be read (${code})`;
    throw new InputError(`the weights "${file}" are not there: ${reason}`, {
      place,
      code: "CNN600",
      help: `a weights file is looked for beside the model: ${path}`,
      cause,
    });
  }
}
