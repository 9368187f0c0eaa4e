import { availableParallelism } from "node:os";
import { InputError } from "../../diagnostics/input-error.ts";
import { findChannelBlock } from "../channel-block.ts";
import { importOnnxRuntime } from "../onnx-runtime.ts";
import type { Engine } from "../engine.ts";
import { loadTensorFlow, type TensorFlowBackend } from "./load.ts";
import { TensorFlowTrainingSession } from "./session.ts";

/** The engine on TensorFlow.js: tfjs-node where it is installed, else plain JavaScript. Steps block the thread that calls them. */
export function createTensorFlowEngine(backend?: TensorFlowBackend): Engine {
  return {
    name: "tfjs",
    async createTrainingSession(plan) {
      const threads = plan.threads ?? availableParallelism();
      const loaded = await loadTensorFlow(backend);
      return new TensorFlowTrainingSession(loaded, { ...plan, threads }, await channelBlockThere());
    },
  };
}

/** Undefined where ONNX Runtime is not installed. */
async function channelBlockThere(): Promise<number | undefined> {
  try {
    return await findChannelBlock(await importOnnxRuntime());
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}
