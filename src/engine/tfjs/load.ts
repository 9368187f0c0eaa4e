import { InputError } from "../../diagnostics/input-error.ts";
import type { TensorFlowBackend } from "../../tfjs/backend-limits.ts";
import type { TensorFlow } from "../../tfjs/tensorflow.ts";
import { findNativeTensorFlow } from "./packages.ts";
import { openWebGpu } from "./web-gpu.ts";

export type { TensorFlowBackend };

/** TensorFlow.js, ready to compute. */
export interface LoadedTensorFlow {
  readonly tf: TensorFlow;
  readonly backend: TensorFlowBackend;
  /** `tfjs-node 4.22.0 on TensorFlow 2.9.1`. */
  readonly description: string;
  /** Why it is not the faster one, and what to do about that; undefined where it is. */
  readonly note: string | undefined;
}

/** How to get TensorFlow's own library. */
export const nativeHelp =
  "npm install @tensorflow/tfjs-node (its install script downloads TensorFlow's library; where that cannot be reached, the library of a TensorFlow wheel does as well)";

let plain: TensorFlow | undefined;

/**
 * TensorFlow.js: tfjs-node where it is installed and loads, else the pure JavaScript backend, which is part of this program and
 * slow.
 *
 * @param backend the only one that is wanted
 * @throws InputError where what is wanted is not there
 */
export async function loadTensorFlow(backend?: TensorFlowBackend): Promise<LoadedTensorFlow> {
  if (backend === "webgpu") return loadWebGpuTensorFlow();
  if (backend === "webgl") throw new InputError("WebGL is there in a browser's page alone");
  const found = backend === "cpu" ? undefined : findNativeTensorFlow();
  if (found?.state === "loaded") {
    const note = found.broken.length === 0 ? undefined : found.broken.join("; ");
    return { tf: found.tf, backend: "tensorflow", description: found.description, note };
  }
  const reason = found?.reason ?? "plain JavaScript was asked for";
  if (backend === "tensorflow") throw new InputError(reason, { help: nativeHelp });
  const tf = await loadPlainTensorFlow();
  return {
    tf,
    backend: "cpu",
    description: `TensorFlow.js ${tf.version_core}, plain JavaScript`,
    note: `${reason}, so TensorFlow.js computes in plain JavaScript, which is slow; ${nativeHelp}`,
  };
}

/** The pure JavaScript backend. */
export async function loadPlainTensorFlow(): Promise<TensorFlow> {
  const tf = await importPlain();
  await tf.setBackend("cpu");
  return tf;
}

/** The same module computing on a GPU. */
async function loadWebGpuTensorFlow(): Promise<LoadedTensorFlow> {
  const device = await openWebGpu();
  const tf = await importPlain();
  await import("../../tfjs/webgpu.ts");
  if (!(await tf.setBackend("webgpu")))
    throw new InputError("TensorFlow.js cannot use the GPU that WebGPU finds");
  await tf.ready();
  const description = `TensorFlow.js ${tf.version_core}, WebGPU on ${device}`;
  return { tf, backend: "webgpu", description, note: undefined };
}

async function importPlain(): Promise<TensorFlow> {
  plain ??= (await import("../../tfjs/plain.ts")).tensorFlow;
  // Else it prints an advertisement for tfjs-node.
  plain.enableProdMode();
  return plain;
}
