import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { ShapedGraph } from "../analyze/shaped-graph.ts";
import { readWholeFile } from "../data/files.ts";
import { InputError } from "../diagnostics/input-error.ts";
import { type WeightValue, type WeightValues, weightKey } from "../tensor/weight-values.ts";
import { pretrainedFiles, startingWeights } from "../weights/pretrained.ts";
import { readSafetensors } from "../weights/safetensors.ts";
import { learnNormalization } from "./normalization.ts";
import { checkpointIn } from "./open-model.ts";
import type { PreparedRun } from "./prepare.ts";
import type { RunDescription } from "./run-description.ts";

/** What a run begins with. */
export interface StartingWeights {
  readonly weights: WeightValues;
  /** The files that they were read from. */
  readonly files: RunDescription["startedFrom"];
  /** What the user should know of it. */
  readonly notes: readonly string[];
}

/**
 * The weights of a run's first step: drawn from the seed; over these what `normalize` learns from the data; over these the
 * files that the program names; over these the weights of an earlier run.
 *
 * @param from the earlier run's folder, a checkpoint, or a safetensors file
 * @throws InputError where a file is missing, damaged, or holds nothing for this model
 */
export async function weightsToStart(
  { model, settings, train, scale }: PreparedRun,
  from: string | undefined,
): Promise<StartingWeights> {
  const weights = new Map([
    ...(await startingWeights(model, settings.seed)),
    ...learnNormalization(model, train, scale),
  ]);
  const files = [...pretrainedFiles(model)];
  if (from === undefined) return { weights, files: hashFiles(files), notes: [] };
  const path = checkpointIn(from);
  if (path === undefined) {
    throw new InputError(`${from} is neither a run's folder nor a .safetensors file`, {
      place: { file: from },
      help: "name what holds weights: --from runs/base",
    });
  }
  const { tensors } = readSafetensors(readWholeFile(path), path);
  const { taken, left } = matchingWeights(model, tensors);
  if (taken.size === 0) {
    throw new InputError(
      `${path} holds no weights of ${model.graph.name}: no layer has the same name and shape`,
      {
        place: { file: path },
        code: "CNN603",
        help: `layers go by their names; this model begins with ${[...weights.keys()].slice(0, 2).join(", ")}`,
      },
    );
  }
  for (const [key, value] of taken) weights.set(key, value);
  return { weights, files: hashFiles([...files, path]), notes: [describeTaken(from, taken.size, left)] };
}

/** What a file holds for a model, by name and shape, and the names of what it does not. */
function matchingWeights(
  model: ShapedGraph,
  stored: WeightValues,
): { readonly taken: Map<string, WeightValue>; readonly left: readonly string[] } {
  const taken = new Map<string, WeightValue>();
  const left: string[] = [];
  for (const { node, weights } of model.layers) {
    if (node.sharesWeightsOf !== undefined) continue;
    for (const { name, shape } of weights) {
      const key = weightKey(node.name, name);
      const value = stored.get(key);
      if (value?.shape.join("x") === shape.join("x")) taken.set(key, value);
      else left.push(key);
    }
  }
  return { taken, left };
}

/** Names of weights that a line has room for. */
const mostNames = 4;

function describeTaken(from: string, taken: number, left: readonly string[]): string {
  if (left.length === 0) return `all ${taken} weights are those of ${from}`;
  const more = left.length > mostNames ? `, … (${left.length})` : "";
  return `${taken} of ${taken + left.length} weights are those of ${from}; new: ${left.slice(0, mostNames).join(", ")}${more}`;
}

function hashFiles(files: readonly string[]): RunDescription["startedFrom"] {
  return files.map((file) => ({
    file,
    sha256: createHash("sha256").update(readFileSync(file)).digest("hex"),
  }));
}
