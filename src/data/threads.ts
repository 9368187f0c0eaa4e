// Worker threads of the data: one program, dist/data/worker.js, that decodes pictures or fills batches.
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { availableMemory } from "../files/available-memory.ts";
import { InputError, type InputPlace } from "../diagnostics/input-error.ts";
import type { BatchArrays, BatchForm } from "./batches.ts";
import type { Dataset } from "./dataset.ts";
import type { DecodingTask } from "./decode-pictures.ts";

/** What a thread is made for. */
export type ThreadTask =
  | {
      readonly kind: "fill";
      readonly dataset: Dataset;
      readonly form: Omit<BatchForm, "batchSize">;
      readonly slots: readonly BatchArrays[];
      /** A number for each slot: see `slotStates`. */
      readonly states: Int32Array;
    }
  | { readonly kind: "decode"; readonly task: DecodingTask };

/** A batch to fill. */
export interface FillJob {
  readonly slot: number;
  readonly epoch: number;
  readonly index: number;
  readonly start: number;
  readonly rows: Uint32Array;
}

/** What a slot's number says; a thread that fills it changes it from the first to one of the others. */
export const slotStates = { empty: 0, filled: 1, mixed: 2, failed: 3 } as const;

/** A mistake of the user's on its way to another thread: an error would lose its class. */
export interface TravellingMistake {
  readonly kind: "mistake";
  readonly message: string;
  readonly place: InputPlace;
  readonly help: string | undefined;
}

export function packMistake({ message, place, help }: InputError): TravellingMistake {
  return { kind: "mistake", message, place, help };
}

export function unpackMistake({ message, place, help }: TravellingMistake): InputError {
  return new InputError(message, { place, ...(help === undefined ? {} : { help }) });
}

/** Bytes that a thread takes beside what it works on: Node's own part and the program, and what decoders keep. */
export const threadBytes = { fill: 20e6, decode: 45e6 } as const;

/** The share of the free memory that threads of one kind may take; where it is small, there are fewer of them. */
const shareOfMemory = 1 / 4;

/**
 * How many threads prepare data: the engine wants a core of its own, where there are several.
 *
 * @param bytesEach what one of them takes
 * @param least how many there are where cores are few, but memory is not
 */
export function dataThreads(bytesEach: number, least = 1): number {
  const wanted = Math.max(least, Math.min(8, availableParallelism() - 1));
  return Math.max(1, Math.min(wanted, Math.floor((shareOfMemory * availableMemory()) / bytesEach)));
}

/** Bundles lie in sibling folders; run from source, the built program is used. */
export function startDataThread(task: ThreadTask): Worker {
  const bundled = new URL("../data/worker.js", import.meta.url);
  const built = new URL("../../dist/data/worker.js", import.meta.url);
  return new Worker(existsSync(fileURLToPath(bundled)) ? bundled : built, { workerData: task });
}
