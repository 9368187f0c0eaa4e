import { type EpochRecord, scoreOf } from "./history.ts";
import { noScore } from "./settings/keeping.ts";
import type { TrainSettings } from "./settings/table.ts";

/** When a run that no longer gains ends: after `patience` epochs without a better score. */
export interface StopRule {
  /** A score's name: `val_loss`. */
  readonly score: string;
  /** Epochs without a better score. */
  readonly patience: number;
  /** What counts as better must be so by more than this. */
  readonly minDelta: number;
}

/** What a rule makes of the epochs so far. */
export interface Judgement {
  /** The number of the epoch with the best score; undefined before there is a score. */
  readonly bestEpoch: number | undefined;
  readonly bestScore: number | undefined;
  /** Epochs since then. */
  readonly waited: number;
  readonly shouldStop: boolean;
}

/** Scores that are errors: less is better. */
const errorWords = ["loss", "error", "mae", "mse", "rmse", "log_loss", "brier", "error_rate"];

/** Whether less of a score is better. */
export function isError(score: string): boolean {
  return errorWords.some((word) => score === word || score.endsWith(`_${word}`));
}

/**
 * Which epoch is the best so far, and whether the run should end: Keras' EarlyStopping, as a function of the history alone, so
 * that a resumed run judges as one that never stopped.
 */
export function judgeHistory(history: readonly EpochRecord[], rule: StopRule): Judgement {
  const sign = isError(rule.score) ? -1 : 1;
  let best: { readonly epoch: number; readonly score: number } | undefined;
  let waited = 0;
  let shouldStop = false;
  for (const record of history) {
    const score = scoreOf(record, rule.score);
    if (score === undefined) continue;
    const isBetter =
      !Number.isNaN(score) && (best === undefined || sign * (score - best.score) > rule.minDelta);
    if (isBetter) best = { epoch: record.epoch, score };
    waited = isBetter ? 0 : waited + 1;
    shouldStop = !isBetter && waited >= rule.patience && record.epoch > 1;
  }
  return { bestEpoch: best?.epoch, bestScore: best?.score, waited, shouldStop };
}

/** The rule by which a run ends early; undefined where it does not. */
export function stopRuleOf({ stop }: Pick<TrainSettings, "stop">): StopRule | undefined {
  return stop === undefined || stop.score === noScore ? undefined : stop;
}

/** The rule by which the settings tell the best epoch; undefined where they name no score. */
export function bestRuleOf(settings: Pick<TrainSettings, "stop" | "checkpoint">): StopRule | undefined {
  const { best } = settings.checkpoint;
  return (
    stopRuleOf(settings) ??
    (best === undefined ? undefined : { score: best, patience: Infinity, minDelta: 0 })
  );
}

/** The best epoch by the settings; undefined where they name no score. */
export function judgeBest(
  history: readonly EpochRecord[],
  settings: Pick<TrainSettings, "stop" | "checkpoint">,
): Judgement | undefined {
  const rule = bestRuleOf(settings);
  return rule && judgeHistory(history, rule);
}
