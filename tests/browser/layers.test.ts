import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createOrtEngine } from "../../src/engine/ort.ts";
import { layerKinds } from "../../src/graph/layer-kind.ts";
import { outputsOnOnnxRuntime } from "../parity/compare-engines.ts";
import { programFor } from "../parity/layer-parity.ts";
import { chromium, type PageResult, workInPage, writePage } from "./chromium.ts";
import { flatten, planOf } from "./take-steps.ts";

// Shaders in software take a second to compile each, so that this is a part of `npm run verify`.
const each = Number(process.env["CNN_PAGE_LAYERS"] ?? 0);

/** On volumes, since those are what GPUs' kernels have the least of. */
const volumes: readonly string[] = [
  "conv 3 2x3x1 stride=1x2x1 same relu",
  "conv 4 2x2x2 dilation=2 groups=2 pad=(1,0)x(0,2)x(1,1) selu",
  "conv_transpose 3 2x3x2 stride=2x1x2 leaky_relu",
  "pool max 2x3x1 stride=1",
  "pool avg 2 same",
  "pool sum 3x1x2 stride=2x1x1",
  "pool min 2 pad=(1,0)x(0,1)x(1,1)",
  "global_pool max keepdims=yes",
  "pad (1,2)x(0,1)x(2,0); crop 1x0x1",
  "upsample 2x1x3",
  "bn; relu6",
  "layer_norm; layer_scale 0.5; hard_tanh",
  "instance_norm; softmax",
  "group_norm 2; log_softmax",
  "rms_norm; hard_shrink 0.3",
  "lrn 3; sparsemax",
  "normalize; prelu",
  "prelu shared=1x2",
  "glu; elu",
  "threshold 0.2 value=-1; soft_shrink 0.2",
  "rbf 3 learned=yes",
  "spatial_dropout 0.3; dropout 0.2; gaussian_noise 0.1",
  "maximum { branch { dense 4 }; branch { dense 1 } }",
  "multiply { branch { dense 4; global_pool avg keepdims=yes; sigmoid }; branch { } }",
  "concat { branch { dense 2 }; branch { } }",
  "attention 2",
  "reshape 4x5x2x2x4; dense 3 selu; dense 2 bias=no; bn; softmax",
];

const programs = [
  ...volumes.map(
    (statement) => `input 4x5x4x3\ndense 4${/bn|norm/.test(statement) ? " bias=no" : ""}\n${statement}\n`,
  ),
  ...layerKinds
    .filter((kind) => kind !== "input")
    .flatMap((kind) => Array.from({ length: each }, (_, seed) => programFor(kind, seed + 1))),
];

const isThere = chromium !== undefined && process.env["CNN_PAGE_LAYERS"] !== undefined;

describe.skipIf(!isThere)(
  "layers in a page in Chromium (in `npm run verify`; skipped where there is none)",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "cnn-layers-"));
    afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

    it.each(["webgl", "webgpu"])(
      "on %s give the outputs and gradients of ONNX Runtime",
      async (backend) => {
        await writePage(folder);
        for (let first = 0; first < programs.length; first += 60) {
          const part = programs.slice(first, first + 60);
          const work = part.flatMap((program) => [
            { backend, program },
            { backend, program, steps: 1, summed: true },
          ]);
          const results = await workInPage(folder, work, 900_000);
          for (const [index, program] of part.entries()) {
            await expectSame(program, results[2 * index]!, results[2 * index + 1]!);
          }
        }
      },
      7_200_000,
    );
  },
);

async function expectSame(program: string, predicted: PageResult, trained: PageResult): Promise<void> {
  const { plan, batch, rate } = planOf({ program, steps: 1, summed: true });
  const data = [batch.data].flat() as readonly Float32Array[];
  const [output] = await outputsOnOnnxRuntime(plan.model, plan.weights, data, batch.count);
  expectClose(`output of\n${program}`, predicted, [...output!]);
  const session = await createOrtEngine().createTrainingSession(plan);
  try {
    await session.step(batch, rate);
    await session.settle();
    const before = flatten(plan.weights);
    const change = (after: readonly number[]): number[] =>
      after.map((value, index) => value - before[index]!);
    const { numbers, error } = trained;
    expectClose(
      `gradients of\n${program}`,
      {
        ...(numbers === undefined ? {} : { numbers: change(numbers) }),
        ...(error === undefined ? {} : { error }),
      },
      change(flatten(await session.weights())),
    );
  } finally {
    await session.dispose();
  }
}

/** Within 1e-5 and 1e-4 of a number's size. */
function expectClose(what: string, { numbers, error }: PageResult, expected: readonly number[]): void {
  expect(error, what).toBeUndefined();
  expect(numbers!.length, what).toBe(expected.length);
  for (const [index, wanted] of expected.entries()) {
    const apart = Math.abs(numbers![index]! - wanted);
    expect(apart, `${what} [${index}]: ${numbers![index]} in place of ${wanted}`).toBeLessThanOrEqual(
      1e-5 + 1e-4 * Math.abs(wanted),
    );
  }
}
