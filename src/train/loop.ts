import type { BatchSource } from "../data/batch-source.ts";
import { type Batch, batchCount, batches } from "../data/batches.ts";
import type { Dataset } from "../data/dataset.ts";
import type { BatchResult, ExampleBatch, TrainingSession } from "../engine/engine.ts";
import { explainNotANumber } from "./not-a-number.ts";
import type { EpochRecord, Scores } from "./history.ts";
import { judgeHistory, stopRuleOf } from "./best-epoch.ts";
import type { RunControl, RunEnd, StepProgress, TrainingObserver } from "./job.ts";
import { afterEpoch, learningRateAt, type ScheduleState, startOfSchedule } from "./learning-rate.ts";
import { isDue } from "./saving.ts";
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
  /** Makes of a batch's class numbers what the session takes as targets. */
  encode(batch: Batch): Int32Array | Float32Array;
  /** What else is measured on the validation data. */
  readonly measure: (() => Promise<Readonly<Record<string, number>>>) | undefined;
  /** Keeps the run as it stands. @param due whether the settings ask for a checkpoint here */
  save(state: LoopState, due: boolean): Promise<void>;
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

interface Sums {
  lossSum: number;
  correct: number;
  count: number;
  /** Time spent on the epoch, over all parts of an interrupted one. */
  seconds: number;
}

const nothing = (): Sums => ({ lossSum: 0, correct: 0, count: 0, seconds: 0 });

/** Milliseconds between two reports of progress. */
const reportInterval = 100;
/** Milliseconds between two checkpoints within an epoch. */
const saveInterval = 60_000;

export function startOfRun(): LoopState {
  return {
    progress: { epoch: 0, stepInEpoch: 0, step: 0 },
    running: nothing(),
    schedule: startOfSchedule,
    history: [],
  };
}

/**
 * Trains from `state` to the last epoch, saving after each epoch, each minute, where the settings say so, and when asked to
 * stop. Changes `state`.
 *
 * @throws InputError where the loss is no number; the last checkpoint then holds the weights before
 */
export async function runLoop(plan: LoopPlan, state: LoopState, observer: TrainingObserver): Promise<RunEnd> {
  const control = new Control(observer);
  for (;;) {
    const end = endOf(plan, state);
    if (end !== undefined) return end;
    if (control.isStopped || !(await runEpoch(plan, state, observer, control))) {
      // At the end of an epoch the run is saved already.
      if (state.progress.stepInEpoch > 0) await plan.save(state, false);
      return "stopped";
    }
    const record = await finishEpoch(plan, state);
    observer.onEvent?.({ kind: "epoch", record });
    await observer.onEpoch?.(record, control);
  }
}

/** How a run that stands here has ended; undefined where there is more to do. */
export function endOf({ settings }: Pick<LoopPlan, "settings">, state: LoopState): RunEnd | undefined {
  if (state.progress.epoch >= settings.epochs) return "finished";
  const rule = stopRuleOf(settings);
  const isAtEpoch = state.progress.stepInEpoch === 0;
  return rule !== undefined && isAtEpoch && judgeHistory(state.history, rule).shouldStop
    ? "no longer better"
    : undefined;
}

/** What callbacks and the observer say of stopping. */
class Control implements RunControl {
  #observer: TrainingObserver;
  #isStopped = false;

  constructor(observer: TrainingObserver) {
    this.#observer = observer;
  }

  stop(): void {
    this.#isStopped = true;
  }

  get isStopped(): boolean {
    this.#isStopped ||= this.#observer.shouldStop?.() ?? false;
    return this.#isStopped;
  }
}

/** Validates, records and saves an epoch whose steps are done. */
async function finishEpoch(plan: LoopPlan, state: LoopState): Promise<EpochRecord> {
  const { settings } = plan;
  const validation = plan.validation && {
    ...(await evaluateDataset(plan, plan.validation)),
    ...(await plan.measure?.()),
  };
  const { lossSum, correct, count, seconds } = state.running;
  const learningRate = learningRateOf(plan, state.progress.stepInEpoch - 1, state);
  state.schedule = afterEpoch(settings.schedule, state.schedule, validation?.["loss"] ?? lossSum / count);
  const record: EpochRecord = {
    epoch: state.progress.epoch + 1,
    step: state.progress.step,
    training: { loss: lossSum / count, accuracy: correct / count },
    ...(validation === undefined ? {} : { validation }),
    learningRate,
    seconds,
    imagesPerSecond: count / seconds,
  };
  state.history.push(record);
  state.progress = { ...state.progress, epoch: record.epoch, stepInEpoch: 0 };
  state.running = nothing();
  await plan.save(state, isDue(settings.checkpoint, state.progress));
  return record;
}

/** The rest of the epoch under way; false where the run was asked to stop within it. */
async function runEpoch(
  plan: LoopPlan,
  state: LoopState,
  observer: TrainingObserver,
  control: Control,
): Promise<boolean> {
  const { session, source } = plan;
  const { progress, running } = state;
  const order = plan.orderOf(progress.epoch);
  const stepCount = batchCount(order.length, stepSize(plan.settings));
  const before = { seconds: running.seconds, count: running.count };
  // A device may keep the sums of some steps for itself until they are asked for.
  let told = running.count;
  let latest: ExampleBatch | undefined;
  const take = async ({ lossSum, correct }: BatchResult): Promise<void> => {
    if (!Number.isFinite(lossSum)) {
      const rate = learningRateOf(plan, progress.stepInEpoch - 1, state);
      throw explainNotANumber(progress, await session.findNonFinite(latest!), rate);
    }
    running.lossSum += lossSum;
    running.correct += correct;
    told = running.count;
  };
  const settle = async (): Promise<void> => {
    if (told < running.count) await take(await session.settle());
  };
  const started = performance.now();
  let reported = started;
  let saved = started;
  for await (const batch of source.epoch({
    epoch: progress.epoch,
    order,
    firstBatch: progress.stepInEpoch,
  })) {
    if (control.isStopped) {
      await settle();
      return false;
    }
    latest = { data: batch.examples, targets: plan.encode(batch), count: batch.size };
    const result = await session.step(latest, learningRateOf(plan, progress.stepInEpoch, state));
    running.count += batch.size;
    progress.stepInEpoch += 1;
    progress.step += 1;
    if (result !== undefined) await take(result);
    const now = performance.now();
    running.seconds = before.seconds + (now - started) / 1000;
    observer.onBatch?.(
      {
        epoch: progress.epoch + 1,
        step: progress.step,
        count: batch.size,
        loss: result && result.lossSum / batch.size,
      },
      control,
    );
    if (now - reported >= reportInterval && told > 0) {
      reported = now;
      const rate = (running.count - before.count) / ((now - started) / 1000);
      observer.onEvent?.({ kind: "step", progress: describeProgress(plan, state, { rate, told }) });
      // Steps follow each other without a pause in which timers, signals and messages of this thread would get their turn.
      await new Promise(setImmediate);
    }
    // What comes after the last step is saved with its epoch.
    const isLast = progress.stepInEpoch === stepCount;
    const due = isDue(plan.settings.checkpoint, progress);
    if (!isLast && (due || now - saved >= saveInterval)) {
      saved = now;
      await settle();
      await plan.save(state, due);
    }
  }
  await settle();
  return true;
}

/** Examples of a step: those whose gradients are taken together. */
export function stepSize({ batch, accumulate }: Pick<TrainSettings, "batch" | "accumulate">): number {
  return batch * accumulate;
}

/** The learning rate of a step of the epoch under way, counted from 0. */
function learningRateOf(
  { train, settings }: LoopPlan,
  step: number,
  { progress, schedule }: LoopState,
): number {
  const stepLength = 1 / batchCount(train.count, stepSize(settings));
  const epoch = progress.epoch + step * stepLength;
  return learningRateAt(settings, schedule, { epoch, stepLength });
}

function describeProgress(
  { train, settings }: LoopPlan,
  { progress, running }: LoopState,
  { rate, told }: { readonly rate: number; readonly told: number },
): StepProgress {
  const epochsAfter = settings.epochs - progress.epoch - 1;
  return {
    epoch: progress.epoch + 1,
    stepInEpoch: progress.stepInEpoch,
    loss: running.lossSum / told,
    accuracy: running.correct / told,
    imagesPerSecond: rate,
    secondsLeft: (train.count - running.count + epochsAfter * train.count) / rate,
  };
}

/** Loss and accuracy over a data set, in inference form. */
async function evaluateDataset(plan: LoopPlan, dataset: Dataset): Promise<Scores> {
  const sums = nothing();
  for (const batch of batches(dataset, { batchSize: evaluationBatch, scale: plan.scale })) {
    const result = await plan.session.evaluate({
      data: batch.examples,
      targets: plan.encode(batch),
      count: batch.size,
    });
    sums.lossSum += result.lossSum;
    sums.correct += result.correct;
    sums.count += batch.size;
  }
  return { loss: sums.lossSum / sums.count, accuracy: sums.correct / sums.count };
}

/** Images at once where nothing is learned; small enough to stay in the processor's cache for small networks. */
const evaluationBatch = 128;
