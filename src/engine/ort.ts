import { availableParallelism } from "node:os";
import { findChannelBlock } from "./channel-block.ts";
import type { Device, Engine } from "./engine.ts";
import { importOnnxRuntime } from "./onnx-runtime.ts";
import { OrtTrainingSession } from "./training-session.ts";
import { WebGpuTrainingSession } from "./webgpu/training-session.ts";

/** The engine on ONNX Runtime, on its CPU provider or on a GPU through WebGPU. Steps block the thread that calls them. */
export function createOrtEngine(device: Device = "cpu"): Engine {
  return {
    name: "onnxruntime",
    async createTrainingSession(plan) {
      const runtime = await importOnnxRuntime();
      if (device === "webgpu") return new WebGpuTrainingSession(runtime, plan).prepare();
      const threads = plan.threads ?? availableParallelism();
      const block = await findChannelBlock(runtime);
      return new OrtTrainingSession(runtime, plan, threads, block).prepare();
    },
  };
}
