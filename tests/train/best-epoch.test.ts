import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { isError, judgeHistory } from "../../src/train/best-epoch.ts";
import type { EpochRecord } from "../../src/train/history.ts";

interface Case {
  readonly values: readonly (number | null)[];
  readonly mode: "min" | "max";
  readonly patience: number;
  readonly min_delta: number;
  readonly stopped: number | null;
  readonly best: number | null;
}
const cases = JSON.parse(
  readFileSync(new URL("cases/early-stopping.json", import.meta.url), "utf8"),
) as readonly Case[];

test("runs end, and the best epoch is, where Keras' EarlyStopping says", () => {
  for (const { values, mode, patience, min_delta: minDelta, stopped, best } of cases) {
    const name = mode === "min" ? "loss" : "accuracy";
    const history = values.map((value, index): EpochRecord => {
      const scores = { loss: 0, [name]: value ?? NaN };
      const times = { learningRate: 0, seconds: 0, imagesPerSecond: 0 };
      return { epoch: index + 1, step: index + 1, training: scores, validation: scores, ...times };
    });
    const rule = { score: `val_${name}`, patience, minDelta };
    const end = history.findIndex((_, index) => judgeHistory(history.slice(0, index + 1), rule).shouldStop);
    const ended = end < 0 ? history : history.slice(0, end + 1);
    expect({ end: end < 0 ? null : end + 1, best: judgeHistory(ended, rule).bestEpoch ?? null }).toEqual({
      end: stopped,
      best,
    });
  }
  expect(cases.filter(({ stopped }) => stopped !== null).length).toBeGreaterThan(20);
});

test("less of an error is better", () => {
  expect(["loss", "val_loss", "val_mae", "accuracy", "val_f1"].map(isError)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});
