import type { Engine } from "./engine.ts";
import { loadTensorFlow, type TensorFlowBackend } from "./tensorflow.ts";
import { TensorFlowTrainingSession } from "./tfjs-session.ts";

/** The engine on TensorFlow.js: tfjs-node where it is installed, else plain JavaScript. Steps block the thread that calls them. */
export function createTensorFlowEngine(backend?: TensorFlowBackend): Engine {
  return {
    name: "tfjs",
    async createTrainingSession(plan) {
      return new TensorFlowTrainingSession(await loadTensorFlow(backend), plan);
    },
  };
}
