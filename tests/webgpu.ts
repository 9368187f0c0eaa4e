import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { InferenceSession } from "onnxruntime-node";
import { OnnxBuilder } from "../src/onnx/builder.ts";
import { writeOnnx } from "../src/onnx/write.ts";

/** Where Chromium keeps its software implementation of Vulkan: slow, but correct, and there on any machine. */
const softwareDrivers = ["/usr/lib/chromium/vk_swiftshader_icd.json"];

/**
 * Why tests cannot run on WebGPU here; undefined where they can, on a GPU or on a software adapter. Vulkan reads the environment
 * of the process, so this must be asked before ONNX Runtime first looks for an adapter.
 */
export async function whyNoWebGpu(): Promise<string | undefined> {
  const driver = softwareDrivers.find((path) => existsSync(path));
  if (process.env.VK_ICD_FILENAMES === undefined && driver !== undefined)
    process.env.VK_ICD_FILENAMES = driver;
  process.env.XDG_RUNTIME_DIR ??= tmpdir();
  const model = new OnnxBuilder("probe");
  const input = model.input("x", "float32", [1]);
  model.output("y", model.node("Relu", [input]), "float32", [1]);
  try {
    // Kept open: the first session makes the device, and the last one to go takes it along.
    await InferenceSession.create(writeOnnx(model.finish()), {
      executionProviders: ["webgpu"],
      logSeverityLevel: 4,
    });
    return undefined;
  } catch {
    return "needs a WebGPU adapter: a Vulkan driver, or Debian's chromium and libvulkan1 for a software one";
  }
}
