import { afterAll, describe, expect, it } from "vitest";
import type { TrainingSession } from "../../src/engine/engine.ts";
import { createOrtEngine } from "../../src/engine/ort.ts";
import { createTensorFlowEngine } from "../../src/engine/tfjs/engine.ts";
import { loadTensorFlow } from "../../src/engine/tfjs/load.ts";
import { openWebGpu } from "../../src/engine/tfjs/web-gpu.ts";
import { difference, planFor, randomBatch } from "../engine/training-models.ts";
import { countTensors } from "./count-tensors.ts";

// A file of its own: Dawn stays in the process. Needs the package `webgpu` (CNN_TFJS_NODE names its folder) and a Vulkan driver.
const hasGpu = await openWebGpu().then(
  () => true,
  () => false,
);

describe.skipIf(!hasGpu)("TensorFlow.js on WebGPU in Node (skipped where there is none)", () => {
  const open: TrainingSession[] = [];
  afterAll(async () => {
    for (const session of open) await session.dispose();
  });

  it.each([
    ["a small network", "conv 4 3x3 relu; pool max 2; flatten; dense 5 softmax", [8, 8, 1]],
    [
      "batch norm and dropout",
      "conv 4 3x3 same bias=no; bn; relu; dropout 0.3; global_pool avg; dense 5 softmax",
      [6, 6, 2],
    ],
    ["a sequence", "conv 4 3 causal gelu; layer_norm; global_pool max; dense 5 softmax", [10, 3]],
    [
      "a volume",
      "conv 4 3x3x3 pad=(1,0)x(1,1)x(0,1) bias=no; bn; leaky_relu; pool max 2x1x2; flatten; dense 5 softmax",
      [4, 5, 4, 2],
    ],
  ] as const)(
    "takes the steps of ONNX Runtime: %s",
    async (_, text, input) => {
      const plan = planFor(text, input, 6, { optimizer: { name: "sgd", momentum: 0.9 } });
      const ort = await createOrtEngine().createTrainingSession(plan);
      const tfjs = await createTensorFlowEngine("webgpu").createTrainingSession(plan);
      open.push(ort, tfjs);
      expect(tfjs.description).toContain("WebGPU");
      for (let index = 0; index < 3; index++) {
        const batch = randomBatch(input, 6, index);
        const expected = (await ort.step(batch, 0.05)) ?? (await ort.settle());
        const actual = (await tfjs.step(batch, 0.05))!;
        expect(actual.lossSum / expected.lossSum).toBeCloseTo(1, 4);
        expect(actual.correct).toBe(expected.correct);
      }
      expect(difference(await tfjs.weights(), await ort.weights())).toBeLessThan(1e-4);
    },
    120_000,
  );

  // 2,000 in `npm run verify`.
  const steps = Number(process.env["CNN_SOAK_STEPS"] ?? 20);
  it(`holds as many tensors after ${steps} steps as after ten`, async () => {
    const { tf } = await loadTensorFlow("webgpu");
    const plan = planFor("conv 3 3x3 bias=no; bn; relu; dropout 0.5; flatten; dense 5 softmax", [6, 6, 2], 6);
    const session = await createTensorFlowEngine("webgpu").createTrainingSession(plan);
    open.push(session);
    const [early, late] = await countTensors(tf, session, randomBatch([6, 6, 2], 6, 0), steps);
    expect(late).toEqual(early);
  }, 600_000);

  it("refuses seven axes with what can compute them", async () => {
    const plan = planFor("reshape 2x2x2x2x2x2; flatten; dense 5 softmax", [64], 6);
    await expect(createTensorFlowEngine("webgpu").createTrainingSession(plan)).rejects.toThrow(
      /TensorFlow.js on WebGPU cannot compute/,
    );
  });
});
