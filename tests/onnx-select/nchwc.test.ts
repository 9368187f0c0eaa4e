import * as runtime from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { buildGradients } from "../../src/autodiff/gradients.ts";
import { findChannelBlock } from "../../src/engine/channel-block.ts";
import { planFrame } from "../../src/onnx/running/frame-plan.ts";
import { selectForms, type SelectionTarget } from "../../src/onnx/select/select.ts";
import { createRandom } from "../../src/random/random.ts";
import { TensorBuilder } from "../../src/tensor/builder.ts";
import type { TensorGraph, ValueId } from "../../src/tensor/tensor-graph.ts";
import { differenceFromReference } from "./harness.ts";
import { CaseMaker } from "./operations.ts";

const channelBlock = await findChannelBlock(runtime);
const target: SelectionTarget = { provider: "cpu", ...(channelBlock === undefined ? {} : { channelBlock }) };
/** A width that fills a block; on a machine without kernels for blocks the plain forms are tested so. */
const block = channelBlock ?? 16;

const same3 = {
  kernel: [3, 3],
  stride: [1, 1],
  dilation: [1, 1],
  pads: [[1, 1], [1, 1]], // prettier-ignore
  groups: 1,
} as const;

/** A convolution of 3×3, which brings its result into blocks. */
function convolve(
  make: CaseMaker,
  x: ValueId,
  filters: number,
  weights: ValueId[],
  [low, high, steps]: readonly [number, number, number?] = [-0.3, 0.3],
): ValueId {
  const { builder } = make;
  const kernel = make.input([3, 3, Number(builder.shape(x).at(-1)), filters], low, high, steps);
  weights.push(kernel);
  return builder.conv(x, kernel, same3);
}

/** A graph of a value, a sum over it that weighs every number, and the gradients of all weights. */
function withGradients(make: CaseMaker, value: ValueId, weights: readonly ValueId[]): TensorGraph {
  const { builder } = make;
  const loss = builder.reduceSum(builder.multiply(value, make.like(value)), [0, 1, 2, 3]);
  const gradients = buildGradients(builder, loss, weights);
  const named = gradients.map((gradient, index) => [`gradient/${index}`, gradient!] as const);
  return builder.finish({ value, ...Object.fromEntries(named) });
}

function newCase(text: string): CaseMaker {
  return new CaseMaker(new TensorBuilder(), createRandom(0, text));
}

async function expectForms(graph: TensorGraph, make: CaseMaker, wanted: readonly string[]): Promise<void> {
  const taken: string[] = [];
  selectForms(graph, target, (_, form) => taken.push(form));
  if (channelBlock !== undefined) expect(taken).toEqual(expect.arrayContaining([...wanted]));
  const { difference, output } = await differenceFromReference(graph, make.inputs, target);
  expect(difference, output).toBeLessThan(1e-5);
}

describe("values in blocks of channels", () => {
  it.each([
    { text: "windows that fill the image", size: [8, 12], window: [2, 2] },
    { text: "a last line and column that no window has", size: [17, 21], window: [2, 2] },
    { text: "windows of three lines and two columns", size: [19, 17], window: [3, 2] },
    { text: "windows of one line", size: [5, 17], window: [1, 4] },
  ] as const)("maxima go to the first of equal cells: $text", async ({ text, size, window }) => {
    for (const filters of [block, block / 2]) {
      const make = newCase(text);
      const { builder } = make;
      const weights: ValueId[] = [];
      // Small whole numbers, so that many cells of a window are equal, and exactly so.
      const x = make.input([16, ...size, block], 0, 1, 2);
      const z = convolve(make, x, filters, weights, [-1, 1, 3]);
      const [down, across] = window;
      const geometry = { kernel: window, stride: [down, across], dilation: [1, 1], pads: [[0, 0], [0, 0]] } as const; // prettier-ignore
      const pooled = builder.maxPool(z, geometry);
      await expectForms(withGradients(make, pooled, weights), make, [
        "maximum along each axis in NCHWc",
        "what is left along each axis in NCHWc",
      ]);
    }
  });

  it("halves of blocks are joined to whole ones, and their gradients are halves again", async () => {
    const make = newCase("halves");
    const { builder } = make;
    const weights: ValueId[] = [];
    const x = make.input([16, 8, 8, block]);
    const sides = [0, 1, 2, 3].map(() => builder.relu(convolve(make, x, block / 2, weights)));
    const joined = builder.concat(sides, 3);
    const value = convolve(make, joined, block, weights);
    await expectForms(withGradients(make, value, weights), make, [
      "Concat of half blocks of channels",
      "Slice of half a block of channels",
    ]);
  });

  it("no direct convolution adds to a sum that is read again, and results are what they were", async () => {
    const make = newCase("residual");
    const { builder } = make;
    const weights: ValueId[] = [];
    let value = convolve(make, make.input([16, 8, 8, 3]), block, weights);
    for (let layer = 0; layer < 3; layer++) {
      const side = convolve(make, builder.relu(convolve(make, value, block, weights)), block, weights);
      value = builder.relu(builder.add(side, value));
    }
    const graph = withGradients(make, value, weights);
    const { graph: selected } = selectForms(graph, target);
    const sums = planFrame(selected).steps.filter(
      ({ node }) => node.opType === "Conv" && node.inputs.length > 3,
    );
    if (channelBlock !== undefined) expect(sums.length).toBeGreaterThan(0);
    expect(sums.filter(({ isOverwriting }) => !isOverwriting).map(({ node }) => node.name)).toEqual([]);
    await expectForms(graph, make, ["direct"]);
  });
});
