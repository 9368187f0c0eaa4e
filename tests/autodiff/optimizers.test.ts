import { describe, expect, it } from "vitest";
import { createOptimizer } from "../../src/autodiff/optimizers.ts";
import { TensorBuilder } from "../../src/tensor/builder.ts";
import { evaluateTensorGraph } from "../../src/tensor/reference/evaluate.ts";
import { largestDifference } from "../tensor/random-tensors.ts";
import { run, scalar, type Values } from "./sessions.ts";
import { cases } from "./training-cases.ts";

describe("optimizers against Keras", () => {
  const { start, gradients, cases: optimizers } = cases.optimizers;

  it.each(optimizers.map((each) => [JSON.stringify(each.options), each] as const))("%s", (_, given) => {
    const optimizer = createOptimizer(given.options);
    const b = new TensorBuilder();
    const vector = (name: string) => b.input("state", name, [start.length]);
    const updated = optimizer.update({
      builder: b,
      weights: vector("weights"),
      gradient: vector("gradient"),
      moments: optimizer.moments.map(({ name }) => vector(name)),
      scalar: (name) => b.input("scalar", name, []),
    });
    const graph = b.finish({
      weights: updated.weights,
      ...Object.fromEntries(optimizer.moments.map(({ name }, index) => [name, updated.moments[index]!])),
    });
    const tensor = (data: readonly number[]) => ({ shape: [start.length], data: Float32Array.from(data) });
    let values: Values = {
      weights: tensor(start),
      ...Object.fromEntries(
        optimizer.moments.map(({ name, initial }) => [name, tensor(start.map(() => initial))]),
      ),
    };
    gradients.forEach((gradient, index) => {
      const factors = Object.entries(optimizer.factors(index + 1, given.learningRate));
      const inputs = {
        ...values,
        gradient: tensor(gradient),
        ...Object.fromEntries(factors.map(([name, value]) => [name, scalar(Math.fround(value))])),
      };
      values = Object.fromEntries(
        evaluateTensorGraph(graph, new Map(Object.entries(inputs)), { roundToFloat32: true }),
      );
      // Keras computes Adam's corrections in float32, which loses five digits of 1 - 0.999.
      expect(largestDifference(values["weights"]!.data, given.trajectory[index]!)).toBeLessThan(
        6e-7 * (index + 1),
      );
    });
  });

  it("keeps a moment whose gradient has become 0 out of the numbers too small to be normalised", () => {
    for (const options of [{ name: "adam" }, { name: "sgd", momentum: 0.9 }] as const) {
      const optimizer = createOptimizer(options);
      const b = new TensorBuilder();
      const moments = optimizer.moments.map(({ name }) => b.input("state", name, []));
      const updated = optimizer.update({
        builder: b,
        weights: b.scalar(1),
        gradient: b.input("data", "gradient", []),
        moments,
        scalar: (name) => b.input("scalar", name, []),
      });
      const graph = b.finish({ moment: updated.moments[0]! });
      let moment = scalar(1e-10);
      for (let step = 0; step < 2000; step++) {
        const inputs = {
          [optimizer.moments[0]!.name]: moment,
          gradient: scalar(0),
          learning_rate: scalar(0.1),
        };
        moment = run(graph, inputs)["moment"]!;
      }
      expect(Math.abs(moment.data[0]!)).toBeGreaterThan(1.2e-38);
      expect(Math.abs(moment.data[0]!)).toBeLessThan(1e-28);
    }
  });
});
