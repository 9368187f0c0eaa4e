import { formatCount } from "../report/numbers.ts";
import { type EpochRecord, type Scores, validationPrefix } from "../train/history.ts";
import type { RunStart, StepProgress, TrainingEvent } from "../train/job.ts";

/** What a run is about to do, in a few lines. */
export function describeStart(start: RunStart): string[] {
  const where = start.validationData === undefined ? "held back" : `of ${start.validationData}`;
  const validation =
    start.validationCount === 0 ? "" : `, ${formatCount(start.validationCount)} ${where} for validation`;
  const done = start.history.length;
  return [
    `${start.model}: ${formatCount(start.parameters)} parameters, ${start.engine}`,
    `${start.data}: ${formatCount(start.trainCount)} training examples${validation}`,
    ...start.notes,
    ...(done > 0 ? [`going on after epoch ${done} of ${start.epochs}`] : []),
  ];
}

/** `pictures of clothes decoded: 1,200 of 60,000 (2 %)`. */
export function describeDecoding({
  folder,
  done,
  total,
}: Extract<TrainingEvent, { readonly kind: "decode" }>): string {
  return `pictures of ${folder} decoded: ${formatCount(done)} of ${formatCount(total)} (${Math.floor((100 * done) / total)} %)`;
}

export function describeStep({ loss, accuracy, imagesPerSecond, secondsLeft }: StepProgress): string {
  const right = accuracy === undefined ? "" : ` acc ${accuracy.toFixed(4)}`;
  return `loss ${loss.toFixed(4)}${right} ${Math.round(imagesPerSecond)}/s ${describeSeconds(secondsLeft)} left`;
}

export function describeEpoch(record: EpochRecord, epochs: number): string {
  const { epoch, training, validation, imagesPerSecond, seconds } = record;
  const held = validation === undefined ? "" : `  ${describeScores(validation, validationPrefix)}`;
  return `epoch ${epoch}/${epochs}  ${describeScores(training)}${held}  ${Math.round(imagesPerSecond)}/s ${describeSeconds(seconds)}`;
}

function describeScores(scores: Scores, prefix = ""): string {
  return Object.entries(scores)
    .map(([name, value]) => `${prefix}${shortName(name)} ${value.toFixed(4)}`)
    .join(" ");
}

/** Scores as they are called where there is little room. */
export function shortName(score: string): string {
  return score.replace("accuracy", "acc");
}

/** `45s`, `3m05s`, `2h10m`. */
export function describeSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole}s`;
  const pad = (value: number): string => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)}m${pad(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h${pad(Math.floor((whole % 3600) / 60))}m`;
}
