import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { buildGradients } from "../../src/autodiff/gradients.ts";
import { buildLoss, lossKinds, type LossOptions, targetType } from "../../src/autodiff/losses/losses.ts";
import { TensorBuilder } from "../../src/tensor/builder.ts";
import { evaluateTensorGraph } from "../../src/tensor/reference/evaluate.ts";
import { largestDifference } from "../tensor/random-tensors.ts";
import { type CaseTensor, numbers } from "./training-cases.ts";

interface LossCase {
  readonly options: LossOptions;
  readonly activation: "linear" | "softmax" | "sigmoid";
  readonly output: CaseTensor;
  readonly target: CaseTensor;
  readonly loss: number;
  readonly gradient: CaseTensor;
  readonly precision?: number;
}

/** Made by cases/losses.py with Keras. */
const cases = JSON.parse(
  readFileSync(new URL("cases/losses.json", import.meta.url), "utf8"),
) as readonly LossCase[];

describe("losses against Keras, values and gradients", () => {
  it.each(cases.map((each) => [`${JSON.stringify(each.options)} after ${each.activation}`, each] as const))(
    "%s",
    (_, { options, activation, output, target, loss, gradient, precision = 1e-7 }) => {
      const b = new TensorBuilder();
      const logits = b.input("data", "logits", output.shape);
      const value = {
        linear: () => logits,
        softmax: () => b.softmax(logits, output.shape.length - 1),
        sigmoid: () => b.sigmoid(logits),
      }[activation]();
      const type = targetType(options, output.shape);
      expect(type.shape).toEqual(target.shape);
      const context = {
        builder: b,
        output: { name: "out", value, logits, activation },
        target: b.input("target", "target", type.shape, type.dataType),
        targetKind: options.target,
      };
      const sum = b.reduceSum(buildLoss(options, context, true), [0]);
      const graph = b.finish({ sum, gradient: buildGradients(b, sum, [logits])[0]! });
      const given = new Map([
        ["logits", numbers(output)],
        ["target", numbers(target)],
      ]);
      const results = evaluateTensorGraph(graph, given);
      const scale = Math.max(1, Math.abs(loss));
      expect(Math.abs(results.get("sum")!.data[0]! - loss) / scale).toBeLessThan(precision);
      const largest = Math.max(1, ...gradient.data.map(Math.abs));
      const difference = largestDifference(results.get("gradient")!.data, gradient.data);
      expect(difference / largest).toBeLessThan(precision * 10);
    },
  );

  it("covers every loss", () => {
    const covered = new Set(cases.map(({ options }) => options.name));
    expect(Object.keys(lossKinds).filter((name) => !covered.has(name as LossOptions["name"]))).toEqual([]);
  });
});

describe("losses where the output is sure", () => {
  const finite = (options: LossOptions, size: number): void => {
    const b = new TensorBuilder();
    const logits = b.input("data", "logits", [2, 2]);
    const activation = lossKinds[options.name].folds ?? "linear";
    const value =
      activation === "sigmoid" ? b.sigmoid(logits) : activation === "softmax" ? b.softmax(logits, 1) : logits;
    const target = b.input("target", "target", [2, 2]);
    const context = {
      builder: b,
      output: { name: "out", value, logits, activation },
      target,
      targetKind: "values" as const,
    };
    const sum = b.reduceSum(buildLoss(options, context, true), [0]);
    const graph = b.finish({ sum, gradient: buildGradients(b, sum, [logits])[0]! });
    const results = evaluateTensorGraph(
      graph,
      new Map([
        ["logits", { shape: [2, 2], data: Float64Array.of(size, -size, -size, size) }],
        ["target", { shape: [2, 2], data: Float64Array.of(1, 0, 1, 0) }],
      ]),
      { roundToFloat32: true },
    );
    for (const { data } of results.values()) expect([...data].every(Number.isFinite)).toBe(true);
  };

  it.each([
    "cross_entropy",
    "binary_cross_entropy",
    "focal",
    "binary_focal",
    "kl_divergence",
    "log_cosh",
    "huber",
    "cosine",
  ] as const)("%s stays a number, and its gradient", (name) => {
    for (const size of [0, 30, 1000]) finite({ name, target: "values" }, size);
  });
});
