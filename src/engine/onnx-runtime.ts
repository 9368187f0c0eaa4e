import { InputError } from "../diagnostics/input-error.ts";

export type OnnxRuntime = typeof import("onnxruntime-node");

/**
 * ONNX Runtime, loaded when it is first needed: nothing else of the compiler wants it.
 *
 * @throws InputError where it is not installed, or its native part does not load on this machine
 */
export async function importOnnxRuntime(): Promise<OnnxRuntime> {
  try {
    return await import("onnxruntime-node");
  } catch (cause) {
    const isMissing = cause instanceof Error && "code" in cause && cause.code === "ERR_MODULE_NOT_FOUND";
    const platform = `${process.platform}-${process.arch}`;
    throw new InputError(
      isMissing
        ? "ONNX Runtime is not installed, and training and prediction run on it"
        : `ONNX Runtime does not load on this machine (${platform}): ${firstLine(cause)}`,
      {
        help: isMissing
          ? "install it: npm install onnxruntime-node --onnxruntime-node-install=skip (without the last word it also fetches CUDA's libraries, which not every network allows); or take the other engine: --engine tfjs"
          : "it comes for 64-bit Linux with glibc 2.28 or newer, macOS on Apple silicon, and Windows; reinstall it there: npm install onnxruntime-node",
        cause,
      },
    );
  }
}

function firstLine(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split("\n")[0]!;
}
