// What a run goes by, and where it stands.
import type { BatchSource } from "../data/batch-source.ts";
import { type Batch, batchCount } from "../data/batches.ts";
import type { Dataset } from "../data/dataset.ts";
import type { ExampleBatch, TrainingSession } from "../engine/engine.ts";
import type { EpochRecord } from "./history.ts";
import { learningRateAt, type ScheduleState, startOfSchedule } from "./learning-rate.ts";
import type { TrainSettings } from "./settings/table.ts";

export interface LoopPlan {
  readonly session: TrainingSession;
  readonly train: Dataset;
  readonly validation: Dataset | undefined;
  readonly settings: TrainSettings;
  readonly scale: number;
  /** The training data's batches. */
  readonly source: BatchSource;
  /** The order of an epoch, counted from 0. */
  orderOf(epoch: number): Uint32Array;
  /** Makes of a batch what the session takes. */
  encode(batch: Batch): ExampleBatch;
  /** Whether steps count right answers: where examples have classes. */
  readonly countsCorrect: boolean;
  /** What else is measured after an epoch. */
  readonly measure: (() => Promise<EpochScores>) | undefined;
  /** Keeps the run as it stands. @param due whether the settings ask for a checkpoint here */
  save(state: LoopState, due: boolean): Promise<void>;
}

/** Scores by their names, on the training data and on what is held back. */
export interface EpochScores {
  readonly training: Readonly<Record<string, number>>;
  readonly validation: Readonly<Record<string, number>>;
}

/** Where a run stands; what a checkpoint keeps of it beside weights and moments. */
export interface LoopState {
  /** Epochs finished, steps done of the one under way, steps in all. */
  progress: { epoch: number; stepInEpoch: number; step: number };
  /** Sums over the epoch under way. */
  running: Sums;
  /** What the learning rate's schedule remembers. */
  schedule: ScheduleState;
  history: EpochRecord[];
}

/** Over some examples. */
export interface Sums {
  lossSum: number;
  correct: number;
  count: number;
  /** Time spent on the epoch, over all parts of an interrupted one. */
  seconds: number;
}

export const nothing = (): Sums => ({ lossSum: 0, correct: 0, count: 0, seconds: 0 });

export function startOfRun(): LoopState {
  return {
    progress: { epoch: 0, stepInEpoch: 0, step: 0 },
    running: nothing(),
    schedule: startOfSchedule,
    history: [],
  };
}

/** Examples of a step: those whose gradients are taken together. */
export function stepSize({ batch, accumulate }: Pick<TrainSettings, "batch" | "accumulate">): number {
  return batch * accumulate;
}

/** The learning rate of a step of the epoch under way, counted from 0. */
export function learningRateOf(
  { train, settings }: LoopPlan,
  step: number,
  { progress, schedule }: LoopState,
): number {
  const stepLength = 1 / batchCount(train.count, stepSize(settings));
  const epoch = progress.epoch + step * stepLength;
  return learningRateAt(settings, schedule, { epoch, stepLength });
}
