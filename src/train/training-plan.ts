import type { BatchForm } from "../data/batches.ts";
import type { WeightlessPlan } from "../engine/memory.ts";
import { stepSize } from "./loop.ts";
import type { PreparedRun } from "./prepare.ts";
import { updateOptionsOf } from "./update-options.ts";

/** What a run's session is made for, but for its weights. */
export function planOf(
  { model, settings, losses }: PreparedRun,
  threads: number,
): WeightlessPlan & { readonly threads: number } {
  return {
    model,
    loss: losses,
    ...updateOptionsOf(model, settings),
    batch: settings.batch,
    accumulate: settings.accumulate,
    precision: settings.precision,
    seed: settings.seed,
    threads,
  };
}

/** How the examples of a run are made into its batches. */
export function batchFormOf({ model, settings, scale, augmentations }: PreparedRun): BatchForm {
  const inputNames = model.graph.inputs.map((id) => model.layer(id).node.name);
  return { batchSize: stepSize(settings), scale, augmentations, inputNames, seed: settings.seed };
}
