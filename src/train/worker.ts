// The worker thread's side of a run: ONNX Runtime blocks the thread that it runs on, and the terminal must stay alive.
import { parentPort, workerData } from "node:worker_threads";
import { InputError } from "../diagnostics/input-error.ts";
import type { TrainingJob } from "./job.ts";
import { repeatRun } from "./repeat.ts";
import type { WorkerMessage } from "./run-in-worker.ts";

const { job, stopFlag } = workerData as { job: TrainingJob; stopFlag: Int32Array };
const send = (message: WorkerMessage): void => parentPort?.postMessage(message);

try {
  const result = await repeatRun(job, {
    onEvent: (event) => send({ kind: "event", event }),
    shouldStop: () => Atomics.load(stopFlag, 0) === 1,
  });
  send({ kind: "result", result });
} catch (error) {
  // An error of ours loses its class on the way to another thread; its parts travel instead.
  if (!(error instanceof InputError)) throw error;
  const { message, place, help, code } = error;
  send({ kind: "mistake", message, place, help, code });
}
