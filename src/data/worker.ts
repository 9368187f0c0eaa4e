// The program of a data thread: it fills batches as it is asked to, or decodes its part of a folder of pictures.
import { parentPort, workerData } from "node:worker_threads";
import { InputError } from "../diagnostics/input-error.ts";
import { BatchFiller } from "./batches.ts";
import { type FillJob, packMistake, slotStates, type ThreadTask } from "./threads.ts";

const port = parentPort!;
const work = workerData as ThreadTask;

/** An error that is not the user's ends the thread, and reaches the other side as it is. */
function tellMistake(error: unknown): void {
  if (!(error instanceof InputError)) throw error;
  port.postMessage(packMistake(error));
}

function fillBatches({ dataset, form, slots, states }: Extract<ThreadTask, { readonly kind: "fill" }>): void {
  let filler: BatchFiller | undefined;
  port.on("message", ({ slot, rows, ...place }: FillJob) => {
    let state: number = slotStates.failed;
    try {
      filler ??= new BatchFiller(dataset, form);
      state = filler.fill(rows, place, slots[slot]!) ? slotStates.mixed : slotStates.filled;
    } catch (error) {
      tellMistake(error);
    } finally {
      Atomics.store(states, slot, state);
      Atomics.notify(states, slot);
    }
  });
}

if (work.kind === "fill") fillBatches(work);
else {
  try {
    const { decodePictures } = await import("./decode-pictures.ts");
    await decodePictures(work.task, (message) => port.postMessage(message));
  } catch (error) {
    tellMistake(error);
  }
}
