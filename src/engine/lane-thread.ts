import { once } from "node:events";
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import { createLane, type LaneExamples, type LaneJob, type LaneSetup, type SessionSource } from "./lane.ts";
import type { OnnxRuntime } from "./onnx-runtime.ts";

/** What a lane in another thread is told. */
export type LaneMessage =
  | { readonly kind: "define"; readonly key: string; readonly source: SessionSource }
  | { readonly kind: "release"; readonly key: string }
  | { readonly kind: "hold"; readonly name: string; readonly data: Float32Array }
  | { readonly kind: "share moments" }
  | { readonly kind: "examples"; readonly examples: LaneExamples }
  | { readonly kind: "work"; readonly job: LaneJob }
  | { readonly kind: "stop" };

interface LaneWorkerData {
  readonly setup: LaneSetup;
  readonly runtimePath: string;
}

/** A lane in a thread of its own. */
export interface LaneThread {
  /** Messages are taken in order; after "work" the lane arrives where all lanes meet. */
  tell(message: LaneMessage): void;
  /** The first failure in the thread, once it has been told. */
  failure(): unknown;
  stop(): Promise<void>;
}

export function startLaneThread(setup: LaneSetup): LaneThread {
  const { index, count } = setup;
  const { control } = setup.shared;
  const workerData: LaneWorkerData = {
    setup,
    runtimePath: createRequire(import.meta.url).resolve("onnxruntime-node"),
  };
  // The program is given as text so that it needs no file of its own, in bundles as in tests.
  const worker = new Worker(`(${laneProgram.toString()})(require, ${createLane.toString()})`, {
    eval: true,
    workerData,
  });
  let failure: unknown;
  worker.on("message", (error: unknown) => (failure ??= error));
  worker.on("error", (error) => (failure ??= error));
  worker.unref();
  // The count of its messages, on which the thread sleeps, stands at its own index.
  const tell = (message: LaneMessage): void => {
    worker.postMessage(message);
    Atomics.add(control, index, 1);
    Atomics.notify(control, index);
  };
  // A thread must not be ended from outside while ONNX Runtime works in it: that aborts the process. So it is asked to end,
  // and when the process ends without that, there is a moment for the work under way.
  const endWithProcess = (): void => {
    Atomics.store(control, count, 1);
    Atomics.notify(control, 0);
    tell({ kind: "stop" });
    Atomics.wait(control, count + index, 0, 2000);
  };
  process.once("exit", endWithProcess);
  return {
    tell,
    failure: () => failure,
    async stop() {
      worker.ref();
      const ended = once(worker, "exit");
      tell({ kind: "stop" });
      await ended;
      process.off("exit", endWithProcess);
    },
  };
}

/** What runs in the thread. It must not use anything from outside but its arguments. */
function laneProgram(require: NodeJS.Require, create: typeof createLane): void {
  const { parentPort, workerData, receiveMessageOnPort } =
    require("node:worker_threads") as typeof import("node:worker_threads");
  const { setup, runtimePath } = workerData as LaneWorkerData;
  const lane = create(require(runtimePath) as OnnxRuntime, setup);
  const { control } = setup.shared;
  let examples: LaneExamples | undefined;

  async function take(message: LaneMessage): Promise<boolean> {
    switch (message.kind) {
      case "define":
        await lane.define(message.key, message.source);
        break;
      case "release":
        await lane.release(message.key);
        break;
      case "hold":
        lane.hold(message.name, message.data);
        break;
      case "share moments":
        lane.shareMoments();
        break;
      case "examples":
        examples = message.examples;
        break;
      case "work":
        await lane.work(message.job, examples!);
        break;
      case "stop":
        return false;
    }
    return true;
  }

  /** Sleeps until there is a message, after a while of looking for one: the next step mostly comes at once. */
  function nextMessage(): LaneMessage {
    for (;;) {
      const seen = Atomics.load(control, setup.index);
      const received = receiveMessageOnPort(parentPort!) as { readonly message: LaneMessage } | undefined;
      if (received !== undefined) return received.message;
      if (!spinWhile(seen)) Atomics.wait(control, setup.index, seen, 1000);
    }
  }

  /** Whether a message came while looking for one; a function of its own for the reason of `spinUntil` in a lane. */
  function spinWhile(seen: number): boolean {
    for (let spin = 0; spin < 50_000; spin++) if (Atomics.load(control, setup.index) !== seen) return true;
    return false;
  }

  void (async () => {
    for (let goesOn = true; goesOn;) {
      try {
        goesOn = await take(nextMessage());
      } catch (error) {
        parentPort!.postMessage(error);
      }
    }
    parentPort!.close();
    Atomics.store(control, setup.count + setup.index, 1);
    Atomics.notify(control, setup.count + setup.index);
  })();
}
