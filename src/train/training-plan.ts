import { planBatches } from "../data/batch-source.ts";
import type { BatchForm } from "../data/batches.ts";
import type { WeightlessPlan } from "../engine/memory/predict.ts";
import { stepSize } from "./run-state.ts";
import type { PreparedRun } from "./prepare.ts";
import { updateOptionsOf } from "./update-options.ts";

/** What a run's session is made for, but for its weights. */
export function planOf(
  { model, settings, losses }: Pick<PreparedRun, "model" | "settings" | "losses">,
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

/** Bytes of memory that a run's data will still take: pictures that are not decoded yet, batches, and the threads that make both. */
export function dataBytes(run: PreparedRun): number {
  return (run.decoding?.bytes ?? 0) + planBatches(run.train, batchFormOf(run)).bytes;
}
