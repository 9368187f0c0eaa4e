import { describe, expect, it } from "vitest";
import { buildGradients } from "../../../src/autodiff/gradients.ts";
import { createRandom } from "../../../src/random/random.ts";
import { TensorBuilder } from "../../../src/tensor/builder.ts";
import { evaluateTensorGraph } from "../../../src/tensor/reference/evaluate.ts";
import { factorOutOfSum } from "../../../src/tensor/rewrites/factor-out-of-sum.ts";
import { scaleIntoKernel } from "../../../src/tensor/rewrites/scale-into-kernel.ts";
import type { TensorGraph, ValueId } from "../../../src/tensor/tensor-graph.ts";
import { verifyTensorGraph } from "../../../src/tensor/verify.ts";
import { largestDifference, randomTensor } from "../random-tensors.ts";

const geometry = {
  kernel: [3, 3],
  stride: [1, 1],
  dilation: [1, 1],
  pads: [[1, 1], [1, 1]],
} as const; // prettier-ignore

const shapes = { x: [3, 5, 4, 2], kernel: [3, 3, 2, 4], bias: [4], gamma: [4], wanted: [3, 5, 4, 4] };

type Layer = (b: TensorBuilder, z: ValueId, gamma: ValueId) => ValueId;

const layers: Readonly<Record<string, Layer>> = {
  "batch norm": (b, z, gamma) => {
    const deviation = b.sqrt(b.add(b.reduceVariance(z, [0, 1, 2]), b.scalar(1e-3)));
    return b.multiply(b.subtract(z, b.reduceMean(z, [0, 1, 2])), b.divide(gamma, deviation));
  },
  // The gradient has one term alone, or terms without a common factor: it stays as it is.
  scale: (b, z, gamma) => b.multiply(z, gamma),
  "two ways": (b, z, gamma) => b.add(b.multiply(z, gamma), b.tanh(z)),
};

/** The gradients of Σ wanted · layer(x ∗ kernel + bias). */
function build(layer: Layer, rewritten: boolean): TensorGraph {
  const b = new TensorBuilder(rewritten ? [factorOutOfSum, scaleIntoKernel] : []);
  const given = Object.entries(shapes).map(([name, shape]) => b.input("data", name, shape));
  const [x, kernel, bias, gamma, wanted] = given as [ValueId, ValueId, ValueId, ValueId, ValueId];
  const z = b.add(b.conv(x, kernel, { ...geometry, groups: 1 }), bias);
  const loss = b.reduceSum(b.multiply(layer(b, z, gamma), wanted), [0, 1, 2, 3]);
  const [dx, dKernel, dBias, dGamma] = buildGradients(b, loss, [x, kernel, bias, gamma]);
  return b.finish({ dx: dx!, dKernel: dKernel!, dBias: dBias!, dGamma: dGamma! });
}

describe("scale into kernel", () => {
  it.each(Object.keys(layers))("%s: gradients are the same", (name) => {
    const random = createRandom(7, name);
    const inputs = new Map(
      Object.entries(shapes).map(([input, shape]) => [input, randomTensor(random, shape)] as const),
    );
    // A scale of zero must not be divided by.
    inputs.get("gamma")!.data[1] = 0;
    const [graph, plain] = [build(layers[name]!, true), build(layers[name]!, false)];
    verifyTensorGraph(graph);
    const [actual, expected] = [graph, plain].map((each) => evaluateTensorGraph(each, inputs));
    for (const [output, { data }] of expected!) {
      expect(largestDifference(actual!.get(output)!.data, data), output).toBeLessThan(1e-12);
    }
    const { inputs: operands } = graph.nodes.find(({ op }) => op === "convInputGradient")!;
    expect(graph.nodes[operands[1]!]!.op).toBe(name === "batch norm" ? "multiply" : "input");
  });
});
