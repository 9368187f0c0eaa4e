import { type Chart, renderCurves } from "../report/curves.ts";

/** The mean loss over examples, and metrics by their names, shares from 0 to 1: `loss`, `accuracy`. */
export type Scores = { readonly loss: number } & Readonly<Record<string, number>>;

/** What one epoch came to. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /** Steps of the run so far. */
  readonly step: number;
  /** Over the training data, while the weights changed. */
  readonly training: Scores;
  /** Over the data held back, after the epoch; absent where nothing is. */
  readonly validation?: Scores;
  readonly learningRate: number;
  readonly seconds: number;
  readonly imagesPerSecond: number;
}

/** What marks a score as one of the validation data, as in Keras: `val_loss`. */
export const validationPrefix = "val_";

/** An epoch as one row of named numbers: `epoch`, `step`, `loss`, `accuracy`, `val_loss`, …, `learning_rate`. */
export function flattenRecord(record: EpochRecord): Readonly<Record<string, number>> {
  const { epoch, step, training, validation = {}, learningRate, seconds, imagesPerSecond } = record;
  const held = Object.entries(validation).map(([name, value]) => [validationPrefix + name, value] as const);
  return {
    epoch,
    step,
    ...training,
    ...Object.fromEntries(held),
    learning_rate: learningRate,
    seconds,
    images_per_second: imagesPerSecond,
  };
}

/** A score of an epoch by its name, `accuracy` or `val_accuracy`; undefined where the epoch has none such. */
export function scoreOf({ training, validation }: EpochRecord, name: string): number | undefined {
  return name.startsWith(validationPrefix)
    ? validation?.[name.slice(validationPrefix.length)]
    : training[name];
}

/** One JSON object a line, an epoch each. */
export function renderHistoryLines(history: readonly EpochRecord[]): string {
  return history.map((record) => `${JSON.stringify(flattenRecord(record))}\n`).join("");
}

/** A table with a head line; its columns are those of all epochs, a score that an epoch lacks is empty. */
export function renderHistoryTable(history: readonly EpochRecord[]): string {
  const rows = history.map(flattenRecord);
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = rows.map((row) => columns.map((column) => row[column] ?? "").join(","));
  return `${[columns.join(","), ...lines].join("\n")}\n`;
}

/** One chart a score over the epochs as an SVG document: training drawn through, validation dashed. */
export function renderHistory(title: string, history: readonly EpochRecord[]): string {
  return renderCurves(title, historyCharts(history));
}

/** The charts of a run: its loss, then each metric. @param bestEpoch an epoch to point out */
export function historyCharts(history: readonly EpochRecord[], bestEpoch?: number): readonly Chart[] {
  const names = [
    ...new Set(
      history.flatMap(({ training, validation = {} }) => Object.keys({ ...training, ...validation })),
    ),
  ];
  // Some metrics are measured on validation data alone.
  const isTrained = (name: string): boolean => history.some(({ training }) => name in training);
  const values = (name: string): number[] => history.map((record) => scoreOf(record, name) ?? NaN);
  return names.map((name) => {
    const held = values(validationPrefix + name);
    const isValidated = held.some((value) => !Number.isNaN(value));
    return {
      title: name.replaceAll("_", " "),
      ...(bestEpoch === undefined ? {} : { mark: { epoch: bestEpoch, label: `best: epoch ${bestEpoch}` } }),
      curves: [
        ...(isTrained(name) ? [{ label: "training", values: values(name), dashed: false }] : []),
        ...(isValidated ? [{ label: "validation", values: held, dashed: true }] : []),
      ],
    };
  });
}
