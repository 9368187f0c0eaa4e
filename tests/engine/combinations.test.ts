import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { compile } from "../../src/compile.ts";
import type { TrainingPlan } from "../../src/engine/engine.ts";
import { createOrtEngine } from "../../src/engine/ort.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { largestDifference } from "../tensor/random-tensors.ts";

interface CaseTensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface Combination {
  readonly source: string;
  readonly plan: Omit<TrainingPlan, "model" | "weights" | "seed">;
  readonly learningRate: number;
  readonly start: Readonly<Record<string, CaseTensor>>;
  readonly steps: readonly {
    readonly data: readonly number[];
    readonly targets: readonly (readonly number[])[];
  }[];
  readonly end: Readonly<Record<string, CaseTensor>>;
}

/** Made by cases/combinations.py with Keras. */
const cases = JSON.parse(
  readFileSync(new URL("cases/combinations.json", import.meta.url), "utf8"),
) as readonly Combination[];

it.each(cases.map((each) => [JSON.stringify({ ...each.plan, source: each.source }), each] as const))(
  "four steps in two lanes end as in Keras: %s",
  async (_, { source, plan, learningRate, start, steps, end }) => {
    const { model, diagnostics } = compile(new SourceFile("case.cnn", source));
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    const weights = new Map(
      Object.entries(start).map(([key, { shape, data }]) => [key, { shape, data: Float32Array.from(data) }]),
    );
    const session = await createOrtEngine().createTrainingSession({
      ...plan,
      model,
      weights,
      seed: 0,
      threads: 2,
    });
    const count = plan.batch * (plan.accumulate ?? 1);
    for (const { data, targets } of steps) {
      const batch = {
        data: Float32Array.from(data),
        targets: targets.map((numbers) => Float32Array.from(numbers)),
        count,
      };
      await session.step(batch, learningRate);
    }
    const trained = await session.weights();
    await session.dispose();
    for (const [key, { data }] of Object.entries(end)) {
      const moved = largestDifference(data, start[key]!.data);
      expect(largestDifference(trained.get(key)!.data, data)).toBeLessThan(2e-6 + 1e-3 * moved);
    }
  },
);
