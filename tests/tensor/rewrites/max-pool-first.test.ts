import { describe, expect, it } from "vitest";
import { buildGradients } from "../../../src/autodiff/gradients.ts";
import { createRandom, type Random } from "../../../src/random/random.ts";
import { TensorBuilder } from "../../../src/tensor/builder.ts";
import { evaluateTensorGraph } from "../../../src/tensor/reference/evaluate.ts";
import { maxPoolFirst } from "../../../src/tensor/rewrites/max-pool-first.ts";
import type { TensorGraph, ValueId, WindowGeometry } from "../../../src/tensor/tensor-graph.ts";
import { verifyTensorGraph } from "../../../src/tensor/verify.ts";
import { largestDifference, randomTensor } from "../random-tensors.ts";

type Chain = (b: TensorBuilder, x: ValueId, bias: ValueId) => ValueId;

const geometries: readonly WindowGeometry[] = [
  {
    kernel: [2, 2],
    stride: [2, 2],
    dilation: [1, 1],
    pads: [
      [0, 0],
      [0, 0],
    ],
  },
  {
    kernel: [3, 3],
    stride: [2, 2],
    dilation: [1, 1],
    pads: [
      [0, 1],
      [1, 1],
    ],
  },
  {
    kernel: [3, 2],
    stride: [1, 1],
    dilation: [1, 2],
    pads: [
      [2, 2],
      [0, 0],
    ],
  },
];

const shape = [2, 5, 6, 3];

/** The pooled chain, and the gradients of a weighted sum of it. */
function build(chain: Chain, geometry: WindowGeometry, rewritten: boolean): TensorGraph {
  const b = new TensorBuilder(rewritten ? [maxPoolFirst] : []);
  const [x, bias] = [b.input("data", "x", shape), b.input("weight", "bias", [3])];
  const y = b.maxPool(chain(b, x, bias), geometry);
  const weights = Float32Array.from(
    { length: b.shape(y).reduce<number>((n, dim) => n * (dim as number), 1) },
    (_, i) => i % 7,
  );
  const sum = b.reduceSum(b.multiply(y, b.constant(b.shape(y) as number[], weights)), [0, 1, 2, 3]);
  const [dx, dBias] = buildGradients(b, sum, [x, bias]);
  return b.finish({ y, dx: dx!, ...(dBias === undefined ? {} : { dBias }) });
}

function check(chain: Chain, random: Random): void {
  for (const geometry of geometries) {
    // Whole numbers, so that there are ties.
    const x = randomTensor(random, shape, -4, 4);
    const inputs = new Map([
      ["x", { shape, data: x.data.map((value) => Math.round(value)) }],
      ["bias", randomTensor(random, [3])],
    ]);
    const [plain, rewritten] = [build(chain, geometry, false), build(chain, geometry, true)];
    verifyTensorGraph(rewritten);
    const [expected, actual] = [evaluateTensorGraph(plain, inputs), evaluateTensorGraph(rewritten, inputs)];
    expect(largestDifference(actual.get("y")!.data, expected.get("y")!.data)).toBe(0);
    for (const [name, { data }] of expected) {
      expect(largestDifference(actual.get(name)!.data, data), name).toBeLessThan(1e-12);
    }
  }
}

/** What the pooling works on in the finished graph. */
function pooledOp(chain: Chain): string {
  const { nodes } = build(chain, geometries[0]!, true);
  const pool = nodes.find(({ op }) => op === "maxPool")!;
  return nodes[pool.inputs[0]!]!.op;
}

describe("max pool first", () => {
  const chains: Readonly<Record<string, Chain>> = {
    relu: (b, x) => b.relu(x),
    tanh: (b, x) => b.tanh(x),
    sigmoid: (b, x) => b.sigmoid(x),
    exp: (b, x) => b.exp(x),
    erf: (b, x) => b.erf(x),
    bias: (b, x, bias) => b.add(x, bias),
    "bias and relu": (b, x, bias) => b.relu(b.add(x, bias)),
  };

  it.each(Object.entries(chains))(
    "%s: the same numbers and gradients, computed on pooled cells",
    (name, chain) => {
      check(chain, createRandom(3, name));
      expect(pooledOp(chain)).toBe("input");
    },
  );

  it("leaves alone what does not rise, and sums of images", () => {
    expect(pooledOp((b, x) => b.negate(x))).toBe("negate");
    expect(pooledOp((b, x) => b.add(x, b.exp(b.negate(x))))).toBe("add");
    expect(pooledOp((b, x, bias) => b.add(bias, b.negate(x)))).toBe("add");
  });

  it("keeps the layer that each operation belongs to", () => {
    const b = new TensorBuilder([maxPoolFirst]);
    const x = b.input("data", "x", shape);
    const active = b.inLayer("conv2d", () => b.relu(x));
    const y = b.inLayer("max_pooling2d", () => b.maxPool(active, geometries[0]!));
    expect([b.node(y).op, b.node(y).layer]).toEqual(["relu", "conv2d"]);
    expect(b.node(b.node(y).inputs[0]!).layer).toBe("max_pooling2d");
  });
});
