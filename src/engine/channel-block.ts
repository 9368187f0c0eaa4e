import { OnnxBuilder } from "../onnx/builder.ts";
import { nchwcDomain } from "../onnx/select/node-maker.ts";
import { writeOnnx } from "../onnx/write.ts";
import type { OnnxRuntime } from "./onnx-runtime.ts";

const known = new WeakMap<OnnxRuntime, Promise<number | undefined>>();

/**
 * How many channels ONNX Runtime's direct convolutions take together on this machine, found by reordering an image of two cells
 * and as many channels as a block could have: where the second cell's first number comes, a block ends.
 *
 * @returns undefined where there are no such convolutions
 */
export function findChannelBlock(runtime: OnnxRuntime): Promise<number | undefined> {
  let block = known.get(runtime);
  if (block === undefined) known.set(runtime, (block = reorderAnImage(runtime)));
  return block;
}

const mostChannels = 64;

async function reorderAnImage(runtime: OnnxRuntime): Promise<number | undefined> {
  const dims = [1, mostChannels, 1, 2];
  const model = new OnnxBuilder("block");
  const image = model.input("image", "float32", dims);
  const options = { domain: nchwcDomain };
  model.output("reordered", model.node("ReorderInput", [image], {}, options), "float32", dims);
  try {
    const session = await runtime.InferenceSession.create(writeOnnx(model.finish()), {
      executionProviders: ["cpu"],
      intraOpNumThreads: 1,
      logSeverityLevel: 4,
    });
    const numbers = Float32Array.from({ length: 2 * mostChannels }, (_, index) => index);
    const { reordered } = await session.run({ image: new runtime.Tensor("float32", numbers, dims) });
    await session.release();
    const block = (reordered!.data as Float32Array).indexOf(1);
    return block > 1 ? block : undefined;
  } catch {
    // This build of ONNX Runtime, or this processor, has none.
    return undefined;
  }
}
