import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createOptimizer, optimizerKinds } from "../../src/autodiff/optimizers/optimizers.ts";
import type { UpdateOptions, WeightRule } from "../../src/autodiff/training-graphs.ts";
import { layOutWeights } from "../../src/autodiff/weight-layout.ts";
import { WeightUpdate } from "../../src/autodiff/weight-update.ts";
import { TensorBuilder } from "../../src/tensor/builder.ts";
import { evaluateTensorGraph } from "../../src/tensor/reference/evaluate.ts";
import { largestDifference } from "../tensor/random-tensors.ts";
import { run, scalar, type Values } from "./sessions.ts";
import { cases } from "./training-cases.ts";

interface UpdateCases {
  readonly shapes: readonly (readonly number[])[];
  readonly start: readonly number[];
  readonly gradients: readonly (readonly number[])[];
  readonly cases: readonly {
    readonly options: UpdateOptions;
    readonly learningRate: number;
    readonly trajectory: readonly (readonly number[])[];
    readonly average?: readonly (readonly number[])[];
    /** Of the first weight alone. */
    readonly maxNorm?: number;
    /** Shares of the learning rate, one for each weight. */
    readonly rates?: readonly number[];
    /** Steps that are passed over, counted from 0. */
    readonly skipped?: readonly number[];
  }[];
}

/** Made by cases/losses.py with Keras; the plain ones by cases/training.py. */
const more = JSON.parse(
  readFileSync(new URL("cases/optimizers.json", import.meta.url), "utf8"),
) as UpdateCases;

const updates: readonly (Omit<UpdateCases, "cases"> & UpdateCases["cases"][number])[] = [
  ...cases.optimizers.cases.map(({ options, ...rest }) => ({
    ...cases.optimizers,
    ...rest,
    shapes: [[cases.optimizers.start.length]],
    options: { optimizer: options },
  })),
  ...more.cases.map((each) => ({ ...more, ...each })),
];

describe("updates against Keras, ten steps", () => {
  it.each(
    updates.map((each) => {
      const { options, maxNorm, rates, skipped } = each;
      return [JSON.stringify({ ...options, maxNorm, rates, skipped }), each] as const;
    }),
  )("%s", (_, { shapes, start, gradients, options, learningRate, trajectory, average, ...given }) => {
    const part = layOutWeights(shapes.map((shape, index) => ({ key: `${index}`, shape })));
    const ruleOf = (index: number): WeightRule => ({
      ...(given.maxNorm === undefined || index > 0 ? {} : { maxNorm: given.maxNorm }),
      ...(given.rates === undefined ? {} : { rate: given.rates[index]! }),
    });
    const weightRules = Object.fromEntries(part.slots.map(({ key }, index) => [key, ruleOf(index)]));
    const maySkip = given.skipped !== undefined;
    const weights = part.slots.map(({ key, shape }) => ({
      ...{ key, shape, layer: "", use: "trained" as const, l1: 0, l2: 0 },
    }));
    const update = new WeightUpdate({ ...options, weightRules }, part, weights, maySkip);
    const b = new TensorBuilder();
    const flat = (name: string) => b.input("state", name, [start.length]);
    const isGood = b.greater(b.input("scalar", "is good", []), b.scalar(0.5));
    const operands = { weights: flat("weights"), gradient: flat("gradient") };
    const updated = update.build(b, maySkip ? { ...operands, isGood } : operands);
    const moments = update.moments.map(({ name }) => [`moment/${name}`, updated.moments[name]!] as const);
    const graph = b.finish({ weights: updated.weights, ...Object.fromEntries(moments) });
    const tensor = (data: readonly number[]) => ({ shape: [start.length], data: Float32Array.from(data) });
    let values: Values = {
      weights: tensor(start),
      ...Object.fromEntries(
        update.moments.map(({ port, initial }) => [
          port.name,
          { shape: port.shape as number[], data: initial() },
        ]),
      ),
    };
    gradients.forEach((gradient, index) => {
      const numbers = Object.entries(update.hostNumbers(index + 1, learningRate));
      const inputs = {
        ...values,
        gradient: tensor(gradient),
        "is good": scalar(given.skipped?.includes(index) === true ? 0 : 1),
        ...Object.fromEntries(numbers.map(([name, value]) => [`scalar/${name}`, scalar(Math.fround(value))])),
      };
      values = Object.fromEntries(
        evaluateTensorGraph(graph, new Map(Object.entries(inputs)), { roundToFloat32: true }),
      );
      // Keras computes Adam's corrections in float32, which loses five digits of 1 - 0.999.
      const tolerance = 6e-7 * (index + 1) * Math.max(1, ...(given.rates ?? []));
      expect(largestDifference(values["weights"]!.data, trajectory[index]!)).toBeLessThan(tolerance);
      if (average === undefined) return;
      expect(largestDifference(values["moment/average"]!.data, average[index]!)).toBeLessThan(tolerance);
    });
  });

  it("cover every optimizer", () => {
    const covered = new Set(updates.map(({ options }) => options.optimizer.name));
    expect(Object.keys(optimizerKinds).filter((name) => !covered.has(name as "sgd"))).toEqual([]);
  });

  it("keeps a moment whose gradient has become 0 out of the numbers too small to be normalised", () => {
    for (const options of [{ name: "adam" }, { name: "sgd", momentum: 0.9 }] as const) {
      const optimizer = createOptimizer(options);
      const b = new TensorBuilder();
      const moments = Object.fromEntries(
        optimizer.moments.map(({ name }) => [name, b.input("state", name, [])]),
      );
      const updated = optimizer.update({
        builder: b,
        weights: b.scalar(1),
        gradient: b.input("data", "gradient", []),
        moments,
        rate: (name) => b.input("scalar", name, []),
        scalar: (name) => b.input("scalar", name, []),
      });
      const graph = b.finish({ moment: updated.moments[optimizer.moments[0]!.name]! });
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
