import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { InputError } from "../../diagnostics/input-error.ts";
import { int } from "../../onnx/attributes.ts";
import { OnnxBuilder } from "../../onnx/builder.ts";
import { dataTypeCode } from "../../onnx/data-type.ts";
import { writeOnnx } from "../../onnx/write.ts";
import type { OnnxRuntime } from "../onnx-runtime.ts";

/** A session on a GPU with the names of what it takes and gives. */
export interface GpuSession {
  readonly session: InferenceSession;
  /** Operators that WebGPU has not and that run on the CPU, as `Erf in gelu_1`; empty where the whole graph stays on the GPU. */
  readonly onCpu: readonly string[];
}

/**
 * Opens a model on the machine's GPU.
 *
 * @param onHost the outputs that the host reads; all others stay in the GPU's memory
 * @throws InputError where there is no GPU that WebGPU can use
 */
export async function openOnGpu(
  runtime: OnnxRuntime,
  bytes: Uint8Array,
  outputs: readonly string[],
  onHost: (output: string) => boolean,
): Promise<GpuSession> {
  const options: InferenceSession.SessionOptions = {
    // WebGPU's own validation stays, so that nothing too large is bound; ONNX Runtime's of each launch takes a fifth of a step.
    executionProviders: [{ name: "webgpu", validationMode: "wgpuOnly" }],
    preferredOutputLocation: Object.fromEntries(
      outputs.map((name) => [name, onHost(name) ? "cpu" : "gpu-buffer"]),
    ),
    logSeverityLevel: 4,
  };
  const gpuAlone = { ...options, extra: { session: { disable_cpu_ep_fallback: "1" } } };
  try {
    return { session: await runtime.InferenceSession.create(bytes, gpuAlone), onCpu: [] };
  } catch (cause) {
    if (!isFallback(cause)) throw explain(cause);
  }
  return {
    session: await runtime.InferenceSession.create(bytes, options),
    onCpu: await findNodesOnCpu(runtime, bytes),
  };
}

function isFallback(cause: unknown): boolean {
  return cause instanceof Error && cause.message.includes("fallback to CPU EP has been explicitly disabled");
}

function explain(cause: unknown): unknown {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (!/adapter|webgpu/i.test(message)) return cause;
  const isMissing = message.includes("adapter");
  return new InputError(
    isMissing
      ? "there is no GPU here that WebGPU can use"
      : `ONNX Runtime cannot use this machine's GPU: ${message.trim().split("\n")[0]!}`,
    {
      help: "on Linux WebGPU needs a Vulkan driver (`vulkaninfo --summary` lists what is there); or train on the CPU: --device cpu",
      cause,
    },
  );
}

/** @throws InputError where the GPU, or its driver, has no float16 for programs (WebGPU's feature `shader-f16`) */
export async function requireHalfPrecision(runtime: OnnxRuntime): Promise<void> {
  const model = new OnnxBuilder("half precision");
  const half = model.node("Cast", [model.input("x", "float32", [1])], { to: int(dataTypeCode("float16")) });
  const sum = model.node("Add", [half, half]);
  model.output("y", model.node("Cast", [sum], { to: int(dataTypeCode("float32")) }), "float32", [1]);
  const { session } = await openOnGpu(runtime, writeOnnx(model.finish()), ["y"], () => true);
  try {
    await session.run({ x: new runtime.Tensor("float32", Float32Array.of(1), [1]) });
  } catch (cause) {
    throw new InputError(
      "this machine's GPU has no float16 for WebGPU: its driver does not offer `shader-f16`",
      { help: "train in float32: --precision float32", cause },
    );
  } finally {
    await session.release();
  }
}

/** Asks ONNX Runtime's profile where each node of a model runs, on inputs of zeros. */
async function findNodesOnCpu(runtime: OnnxRuntime, bytes: Uint8Array): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), "cnn-profile-"));
  try {
    const session = await runtime.InferenceSession.create(bytes, {
      executionProviders: ["webgpu"],
      enableProfiling: true,
      profileFilePrefix: join(folder, "profile"),
      logSeverityLevel: 4,
    });
    await session.run(zerosFor(runtime, session));
    session.endProfiling();
    await session.release();
    const [file] = await readdir(folder);
    return nodesOnCpu(JSON.parse(await readFile(join(folder, file!), "utf8")) as readonly ProfileEvent[]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function zerosFor(runtime: OnnxRuntime, { inputMetadata }: InferenceSession): Record<string, Tensor> {
  const zeros = inputMetadata.flatMap((input) => {
    if (!input.isTensor) return [];
    const dims = input.shape.map(Number);
    const count = dims.reduce((product, dim) => product * dim, 1);
    const data = input.type === "int32" ? new Int32Array(count) : new Float32Array(count);
    return [[input.name, new runtime.Tensor(input.type as "float32", data as Float32Array, dims)] as const];
  });
  return Object.fromEntries(zeros);
}

interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  readonly args?: { readonly provider?: string; readonly op_name?: string };
}

function nodesOnCpu(events: readonly ProfileEvent[]): readonly string[] {
  const nodes = events.filter(({ cat, args }) => cat === "Node" && args?.provider === "CPUExecutionProvider");
  const told = nodes.map(({ name, args }) => {
    const path = name.replace(/_kernel_time$/, "").split("/");
    return path.length > 1 ? `${args!.op_name!} in ${path.slice(0, -1).join("/")}` : args!.op_name!;
  });
  return [...new Set(told)].sort();
}
