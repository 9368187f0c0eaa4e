// Everything that can be said of a classifier's probabilities on labelled examples.
import { brierScore, type CalibrationBin, confidenceCalibration, logLoss } from "./calibration.ts";
import type { ClassificationReport } from "./classification.ts";
import { classify, meanAveragePrecision, areaUnderRoc, type ScoredExamples } from "./named.ts";
import {
  type MeanAveragePrecision,
  type MultiClassAuc,
  multiClassAuc,
  multiClassAveragePrecision,
} from "./ranking.ts";
import { topKAccuracy } from "./top-k.ts";

/** Ratios that the examples do not determine are NaN. */
export interface ScoreReport {
  readonly classification: ClassificationReport;
  /** Accuracy among the k likeliest classes, for the k that say something. */
  readonly topK: readonly { readonly k: number; readonly accuracy: number }[];
  /** Of two classes that of the second one; else the mean of the classes. */
  readonly auc: number;
  readonly areas: MultiClassAuc;
  readonly averagePrecision: number;
  readonly averagePrecisions: MeanAveragePrecision;
  readonly calibration: { readonly expectedError: number; readonly bins: readonly CalibrationBin[] };
  readonly brier: number;
  /** Undefined where the scores are no probabilities. */
  readonly logLoss: number | undefined;
}

/** @param areProbabilities whether the scores of an example add up to 1 */
export function reportScores(
  examples: ScoredExamples,
  classNames: readonly string[],
  areProbabilities: boolean,
): ScoreReport {
  const { labels, scores, classCount } = examples;
  const calibration = areProbabilities ? confidenceCalibration(labels, examples) : undefined;
  return {
    classification: classify(examples, classNames),
    topK: [2, 3, 5]
      .filter((k) => k < classCount)
      .map((k) => ({ k, accuracy: topKAccuracy(labels, scores, classCount, k) })),
    auc: areaUnderRoc(examples),
    areas: multiClassAuc(labels, examples),
    averagePrecision: meanAveragePrecision(examples),
    averagePrecisions: multiClassAveragePrecision(labels, examples),
    calibration: { expectedError: calibration?.expectedError ?? NaN, bins: calibration?.bins ?? [] },
    brier: areProbabilities ? brierScore(labels, examples) : NaN,
    logLoss: areProbabilities ? logLoss(labels, examples) : undefined,
  };
}
