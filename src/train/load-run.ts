import { readCheckpoint } from "./checkpoint.ts";
import type { EpochRecord } from "./history.ts";
import { openModel, type OpenedModel } from "./open-model.ts";
import { type Receipt, readReceipt } from "./receipt.ts";
import { RunFolder } from "./run-folder.ts";

/** A run that has been trained, as far as it has come. */
export interface LoadedRun {
  /** What it is made of, and its result once it has ended. */
  readonly receipt: Receipt;
  readonly history: readonly EpochRecord[];
  /** Its best weights where the settings keep the best epoch, else its last. */
  readonly model: OpenedModel;
}

/**
 * Opens a run's folder.
 *
 * @param threads of the engine; the machine's cores by default
 * @throws InputError where there is no run, or where a file of it is damaged
 */
export async function loadRun(runFolder: string, threads?: number): Promise<LoadedRun> {
  const folder = new RunFolder(runFolder);
  const model = await openModel(runFolder, threads);
  const { description } = await readCheckpoint(folder.checkpointPath);
  return { receipt: readReceipt(folder.receiptPath), history: description.history, model };
}
