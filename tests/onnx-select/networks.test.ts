import * as runtime from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { findChannelBlock } from "../../src/engine/channel-block.ts";
import type { SelectionTarget } from "../../src/onnx/select/select.ts";
import { createRandom } from "../../src/random/random.ts";
import { TensorBuilder } from "../../src/tensor/builder.ts";
import { rewritesForTraining } from "../../src/tensor/rewrites/for-training.ts";
import type { TensorGraph } from "../../src/tensor/tensor-graph.ts";
import { differenceFromReference, runSelected } from "./harness.ts";
import { blockSizes, halfBlockSizes, randomNetwork } from "./networks.ts";
import { CaseMaker } from "./operations.ts";

const count = Number(process.env.CNN_NETWORKS ?? 60);
const blockCount = Number(process.env.CNN_NETWORKS ?? 20);

/**
 * The difference from the reference, of which the second is taken where the first is large: a number within rounding of a kink of ReLU
 * or of another cell's maximum goes another way in float32, but not with inputs a thousandth larger. A form's mistake shows in both.
 */
async function expectNearReference(
  graph: TensorGraph,
  { inputs }: CaseMaker,
  target: SelectionTarget,
  index: number,
): Promise<void> {
  const first = await differenceFromReference(graph, inputs, target);
  if (first.difference < tolerance) return;
  const moved = [...inputs].map(([name, { shape, data }]) => [name, { shape, data: data.map((number) => 1.001 * number) }] as const); // prettier-ignore
  const { difference, output } = await differenceFromReference(graph, new Map(moved), target);
  expect(difference, `network ${index}: ${output}`).toBeLessThan(tolerance);
}

const tolerance = 2e-5;

describe("random networks and their gradients in selected forms", () => {
  it.each(["cpu", "webgpu"] as const)(
    "%s",
    async (provider) => {
      for (let index = 0; index < count; index++) {
        const builder = new TensorBuilder(index % 2 === 0 ? rewritesForTraining : []);
        const make = new CaseMaker(builder, createRandom(index, "network"));
        const graph = randomNetwork(make);
        await expectNearReference(graph, make, { provider }, index);
      }
    },
    600_000,
  );

  it.each([
    ["channels in blocks, for direct convolutions", "blocks", blockSizes],
    ["pairs of examples in blocks", "halves", halfBlockSizes],
  ] as const)(
    "%s",
    async (_, seed, sizes) => {
      const channelBlock = await findChannelBlock(runtime);
      for (let index = 0; index < blockCount; index++) {
        const builder = new TensorBuilder(index % 2 === 0 ? rewritesForTraining : []);
        const make = new CaseMaker(builder, createRandom(index, seed));
        const graph = randomNetwork(make, sizes);
        await expectNearReference(graph, make, { provider: "cpu", channelBlock }, index);
      }
    },
    600_000,
  );

  it("what is not a number stays so through direct convolutions, ReLU and pooling", async () => {
    const builder = new TensorBuilder();
    const make = new CaseMaker(builder, createRandom(0, "not a number"));
    const images = Float64Array.from({ length: 2 * 64 * 16 }, () => 1);
    images[5] = NaN;
    const geometry = { kernel: [3, 3], stride: [1, 1], dilation: [1, 1], pads: [[1, 1], [1, 1]] } as const; // prettier-ignore
    const kernel = make.input([3, 3, 16, 16]);
    const z = builder.conv(make.given([2, 8, 8, 16], images), kernel, { ...geometry, groups: 1 });
    const cells = { kernel: [2, 2], stride: [2, 2], dilation: [1, 1], pads: [[0, 0], [0, 0]] } as const; // prettier-ignore
    const pooled = builder.maxPool(builder.relu(builder.add(z, make.input([16]))), cells);
    const graph = builder.finish({ sums: builder.reduceSum(pooled, [1, 2, 3]) });
    const target = { provider: "cpu", channelBlock: await findChannelBlock(runtime) } as const;
    const results = await runSelected(graph, make.inputs, target);
    expect([...results.get("sums")!.data].map(Number.isNaN)).toEqual([true, false]);
  });
});
