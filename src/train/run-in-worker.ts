import { SHARE_ENV, Worker } from "node:worker_threads";
import { InputError, type InputPlace } from "../diagnostics/input-error.ts";
import type { TrainingEvent, TrainingJob, TrainingResult } from "./job.ts";

export type WorkerMessage =
  | { readonly kind: "event"; readonly event: TrainingEvent }
  | { readonly kind: "result"; readonly result: TrainingResult }
  | {
      readonly kind: "mistake";
      readonly message: string;
      readonly place: InputPlace;
      readonly help: string | undefined;
      readonly code: InputError["code"];
    };

/** A run in a thread of its own. */
export interface RunningTraining {
  /** @throws InputError as `runTraining` does */
  readonly result: Promise<TrainingResult>;
  /** Asks the run to save and end after the step under way. */
  stop(): void;
}

/** Starts a run in a worker thread, so that this thread goes on drawing and listening. */
export function runTrainingInWorker(
  job: TrainingJob,
  onEvent: (event: TrainingEvent) => void,
): RunningTraining {
  const stopFlag = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL("../train/worker.js", import.meta.url), {
    workerData: { job, stopFlag },
    // What TensorFlow's library reads is the environment of the process.
    env: SHARE_ENV,
  });
  const result = new Promise<TrainingResult>((resolve, reject) => {
    worker.on("message", (message: WorkerMessage) => {
      if (message.kind === "event") onEvent(message.event);
      else if (message.kind === "result") resolve(message.result);
      else
        reject(
          new InputError(message.message, {
            place: message.place,
            ...(message.help === undefined ? {} : { help: message.help }),
            ...(message.code === undefined ? {} : { code: message.code }),
          }),
        );
    });
    worker.on("error", reject);
    worker.on("exit", (code) =>
      reject(new Error(`the training thread ended with code ${code} before its result`)),
    );
  });
  return { result, stop: () => void Atomics.store(stopFlag, 0, 1) };
}
