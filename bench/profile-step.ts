import * as runtime from "onnxruntime-node";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { buildTrainingGraphs } from "../src/autodiff/training-step.ts";
import { findChannelBlock } from "../src/engine/channel-block.ts";
import { exampleUnit, splitSizes } from "../src/engine/chunks.ts";
import { selectForms } from "../src/onnx/select/select.ts";
import { writeOnnx } from "../src/onnx/write.ts";
import { createRandom } from "../src/random/random.ts";
import { splitBatch } from "../src/tensor/split/split-batch.ts";
import { compileNetwork, type NetworkSource } from "./compile-network.ts";

/** Runs a network's whole step on one thread. @returns the path of ONNX Runtime's profile */
export async function profileStep(
  network: NetworkSource,
  batch: number,
  steps: number,
  profileFilePrefix: string,
  isInParts = false,
): Promise<string> {
  const { value } = buildTrainingGraphs(compileNetwork(network), {
    loss: { name: "cross_entropy", target: "classes" },
    optimizer: { name: "adam" },
    metrics: ["accuracy"],
    batch,
  });
  const channelBlock = await findChannelBlock(runtime);
  const split = splitBatch(
    value!.step,
    splitSizes(value!.step, batch, exampleUnit(value!.step, channelBlock)),
  );
  const model = selectForms(isInParts ? (split ?? value!.step) : value!.step, {
    provider: "cpu",
    ...(channelBlock === undefined ? {} : { channelBlock }),
  });
  const session = await InferenceSession.create(writeOnnx(model), {
    intraOpNumThreads: Number(process.env["THREADS"] ?? 1),
    interOpNumThreads: 1,
    enableProfiling: true,
    profileFilePrefix,
    logSeverityLevel: 4,
  });
  const random = createRandom(0, "profile");
  const feeds: Record<string, Tensor> = {};
  for (const input of session.inputMetadata) {
    if (!input.isTensor) continue;
    const shape = input.shape.map(Number);
    const count = shape.reduce((product, dim) => product * dim, 1);
    if (input.type === "int32") {
      const labels = Int32Array.from({ length: count }, () => random.integer(network.classes));
      feeds[input.name] = new Tensor("int32", labels, shape);
    } else {
      const numbers = new Float32Array(count);
      random.fillUniform(numbers, 0, 0.1);
      feeds[input.name] = new Tensor("float32", numbers, shape);
    }
  }
  for (let step = 0; step <= steps; step++) await session.run(feeds);
  session.endProfiling();
  await session.release();
  const { readdirSync } = await import("node:fs");
  const { dirname, basename } = await import("node:path");
  const folder = dirname(profileFilePrefix);
  const found = readdirSync(folder).filter((name) => name.startsWith(`${basename(profileFilePrefix)}_`));
  return `${folder}/${found.sort().at(-1)!}`;
}
