import { expect, test } from "vitest";
import {
  type EpochRecord,
  historyCharts,
  renderHistoryLines,
  renderHistoryTable,
  scoreOf,
} from "../../src/train/history.ts";

const first: EpochRecord = {
  epoch: 1,
  step: 10,
  training: { loss: 0.5, accuracy: 0.75 },
  learningRate: 0.001,
  seconds: 2,
  imagesPerSecond: 160,
};
const second: EpochRecord = { ...first, epoch: 2, step: 20, validation: { loss: 0.25, accuracy: 1 } };

test("a table has the columns of all epochs", () => {
  expect(renderHistoryTable([first, second])).toBe(
    "epoch,step,loss,accuracy,learning_rate,seconds,images_per_second,val_loss,val_accuracy\n" +
      "1,10,0.5,0.75,0.001,2,160,,\n" +
      "2,20,0.5,0.75,0.001,2,160,0.25,1\n",
  );
});

test("a line is one object", () => {
  const [line] = renderHistoryLines([second]).split("\n");
  expect(JSON.parse(line!)).toEqual({
    epoch: 2,
    step: 20,
    loss: 0.5,
    accuracy: 0.75,
    val_loss: 0.25,
    val_accuracy: 1,
    learning_rate: 0.001,
    seconds: 2,
    images_per_second: 160,
  });
});

test("scores go by Keras' names", () => {
  expect(["loss", "val_loss", "val_accuracy"].map((name) => scoreOf(second, name))).toEqual([0.5, 0.25, 1]);
  expect(scoreOf(first, "val_loss")).toBeUndefined();
});

test("a chart a score, with a gap where an epoch has none", () => {
  const charts = historyCharts([first, second]);
  expect(charts.map(({ title }) => title)).toEqual(["loss", "accuracy"]);
  expect(charts[0]!.curves.map(({ values }) => values)).toEqual([
    [0.5, 0.5],
    [NaN, 0.25],
  ]);
});
