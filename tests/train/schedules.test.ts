import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compile } from "../../src/compile.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { afterEpoch, learningRateAt, startOfSchedule } from "../../src/train/learning-rate.ts";
import { scheduleKinds } from "../../src/train/schedules.ts";
import { resolveSettings } from "../../src/train/settings/resolve.ts";

/** Made by cases/schedules.py with Keras and PyTorch. */
const { rate, stepsPerEpoch, epochs, cases, losses, plateaus } = JSON.parse(
  readFileSync(new URL("cases/schedules.json", import.meta.url), "utf8"),
) as {
  readonly rate: number;
  readonly stepsPerEpoch: number;
  readonly epochs: number;
  readonly cases: readonly {
    readonly schedule: string;
    readonly rates: readonly number[];
    readonly rise?: number;
  }[];
  readonly losses: readonly number[];
  readonly plateaus: readonly {
    readonly options: Readonly<Record<"factor" | "patience" | "cooldown" | "min_lr" | "min_delta", number>>;
    readonly rates: readonly number[];
  }[];
};

const graph = compile(new SourceFile("m.cnn", "input 4\ndense 3\n")).model.graph;

const settingsFor = (schedule: string) =>
  resolveSettings(graph, { optimizer: [`sgd ${rate}`], schedule: [schedule], epochs: [String(epochs)] })
    .value;

const ratesOf = (schedule: string): number[] => {
  const settings = settingsFor(schedule);
  const stepLength = 1 / stepsPerEpoch;
  return Array.from({ length: epochs * stepsPerEpoch }, (_, step) =>
    learningRateAt(settings, startOfSchedule, { epoch: step * stepLength, stepLength }),
  );
};

describe("schedules", () => {
  it.each(cases.map((each) => [each.schedule, each] as const))(
    "are Keras' (one_cycle PyTorch's): %s",
    (_, { schedule, rates, rise }) => {
      const text = rise === undefined ? schedule : `${schedule} rise=${rise}`;
      ratesOf(text).forEach((value, step) => {
        const tolerance = 1e-6;
        expect(Math.abs(value - rates[step]!) / rate, `step ${step}`).toBeLessThan(tolerance);
      });
    },
  );

  it("cover every kind", () => {
    const covered = new Set([...cases.map(({ schedule }) => schedule.split(" ")[0]), "constant", "plateau"]);
    expect(Object.keys(scheduleKinds).filter((name) => !covered.has(name))).toEqual([]);
  });

  it("warm up in a line to the rate, and begin after it", () => {
    const rates = ratesOf("cosine warmup=1");
    for (let step = 0; step < stepsPerEpoch; step++)
      expect(rates[step]).toBeCloseTo((rate * (step + 1)) / stepsPerEpoch, 10);
    expect(rates[stepsPerEpoch]).toBeCloseTo(rate, 10);
    expect(rates.at(-1)!).toBeLessThan(rate * 0.01);
  });

  it.each(plateaus.map((each) => [JSON.stringify(each.options), each] as const))(
    "go down where the loss no longer does, as ReduceLROnPlateau: %s",
    (_, { options, rates }) => {
      const settings = settingsFor(
        `plateau ${Object.entries(options)
          .map(([name, value]) => `${name}=${value}`)
          .join(" ")}`,
      );
      let state = startOfSchedule;
      losses.forEach((loss, epoch) => {
        const stepLength = 1 / stepsPerEpoch;
        expect(learningRateAt(settings, state, { epoch, stepLength })).toBeCloseTo(rates[epoch]!, 6);
        state = afterEpoch(settings.schedule, state, loss);
      });
    },
  );
});
