import { batches } from "../data/batches.ts";
import type { Dataset } from "../data/dataset.ts";
import { runEpoch, type StopRequest } from "./epoch.ts";
import type { EpochRecord, Scores } from "./history.ts";
import { judgeHistory, stopRuleOf } from "./best-epoch.ts";
import type { RunEnd, TrainingObserver } from "./job.ts";
import { afterEpoch } from "./learning-rate.ts";
import { learningRateOf, type LoopPlan, type LoopState, nothing, type Sums } from "./run-state.ts";
import { isDue } from "./saving.ts";

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
class Control implements StopRequest {
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
  const measured = await plan.measure?.();
  const validation = plan.validation && {
    ...(await evaluateDataset(plan, plan.validation)),
    ...measured?.validation,
  };
  const training = { ...meansOf(plan, state.running), ...measured?.training };
  const { count, seconds } = state.running;
  const learningRate = learningRateOf(plan, state.progress.stepInEpoch - 1, state);
  state.schedule = afterEpoch(settings.schedule, state.schedule, validation?.["loss"] ?? training.loss);
  const record: EpochRecord = {
    epoch: state.progress.epoch + 1,
    step: state.progress.step,
    training,
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

/** Loss and accuracy over a data set, in inference form. */
async function evaluateDataset(plan: LoopPlan, dataset: Dataset): Promise<Scores> {
  const sums = nothing();
  for (const batch of batches(dataset, { batchSize: evaluationBatch, scale: plan.scale })) {
    const result = await plan.session.evaluate(plan.encode(batch));
    sums.lossSum += result.lossSum;
    sums.correct += result.correct;
    sums.count += batch.size;
  }
  return meansOf(plan, sums);
}

function meansOf({ countsCorrect }: LoopPlan, { lossSum, correct, count }: Sums): Scores {
  return { loss: lossSum / count, ...(countsCorrect ? { accuracy: correct / count } : {}) };
}

/** Images at once where nothing is learned; small enough to stay in the processor's cache for small networks. */
const evaluationBatch = 128;
