import type { WeightlessPlan } from "../engine/memory.ts";
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
    seed: settings.seed,
    threads,
  };
}
