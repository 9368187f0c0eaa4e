import { renderCurves } from "../report/curves.ts";

/** What one epoch came to. Losses are means over examples, accuracies shares from 0 to 1. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly validationLoss?: number;
  readonly validationAccuracy?: number;
  readonly learningRate: number;
  readonly seconds: number;
  readonly imagesPerSecond: number;
}

/** Loss and accuracy over the epochs as an SVG document. */
export function renderHistory(title: string, history: readonly EpochRecord[]): string {
  const validated = history.some((record) => record.validationLoss !== undefined);
  const chart = (
    name: string,
    trained: (record: EpochRecord) => number,
    held: (record: EpochRecord) => number | undefined,
  ): Parameters<typeof renderCurves>[1][number] => ({
    title: name,
    curves: [
      { label: "training", values: history.map(trained), dashed: false },
      ...(validated
        ? [{ label: "validation", values: history.map((record) => held(record) ?? NaN), dashed: true }]
        : []),
    ],
  });
  return renderCurves(title, [
    chart(
      "loss",
      (record) => record.loss,
      (record) => record.validationLoss,
    ),
    chart(
      "accuracy",
      (record) => record.accuracy,
      (record) => record.validationAccuracy,
    ),
  ]);
}
