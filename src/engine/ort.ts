import { availableParallelism } from "node:os";
import type { Engine } from "./engine.ts";
import { importOnnxRuntime } from "./onnx-runtime.ts";
import { OrtTrainingSession } from "./training-session.ts";

/** The engine on ONNX Runtime's CPU provider. Steps block the thread that calls them. */
export function createOrtEngine(): Engine {
  return {
    name: "onnxruntime",
    async createTrainingSession(plan) {
      const runtime = await importOnnxRuntime();
      return new OrtTrainingSession(runtime, plan, plan.threads ?? availableParallelism()).prepare();
    },
  };
}
