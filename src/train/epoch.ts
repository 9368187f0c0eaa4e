// One epoch of a run: its steps, their sums, what is told of them, and the checkpoints within it.
import { type Batch, batchCount } from "../data/batches.ts";
import type { BatchResult, ExampleBatch } from "../engine/engine.ts";
import type { RunControl, StepProgress, TrainingObserver } from "./job.ts";
import { learningRateOf, type LoopPlan, type LoopState, stepSize } from "./run-state.ts";
import { explainNotANumber } from "./not-a-number.ts";
import { isDue } from "./saving.ts";

/** Milliseconds between two reports of progress. */
const reportInterval = 100;
/** Milliseconds between two checkpoints within an epoch. */
const saveInterval = 60_000;

/** What a run is asked before each step. */
export interface StopRequest extends RunControl {
  readonly isStopped: boolean;
}

/** The rest of the epoch under way; false where the run was asked to stop within it. Changes `state`. */
export async function runEpoch(
  plan: LoopPlan,
  state: LoopState,
  observer: TrainingObserver,
  control: StopRequest,
): Promise<boolean> {
  const { epoch, stepInEpoch } = state.progress;
  const order = plan.orderOf(epoch);
  const steps = new EpochSteps(plan, state, order.length);
  for await (const batch of plan.source.epoch({ epoch, order, firstBatch: stepInEpoch })) {
    if (control.isStopped) {
      await steps.settle();
      return false;
    }
    const loss = await steps.take(batch);
    const { step } = state.progress;
    observer.onBatch?.({ epoch: epoch + 1, step, count: batch.size, loss }, control);
    await steps.report(observer);
    await steps.saveWhereDue();
  }
  await steps.settle();
  return true;
}

/** The steps of an epoch as they are taken. */
class EpochSteps {
  readonly #plan: LoopPlan;
  readonly #state: LoopState;
  readonly #stepCount: number;
  /** What an earlier part of an interrupted epoch came to. */
  readonly #before: { readonly seconds: number; readonly count: number };
  readonly #started = performance.now();
  #reported = this.#started;
  #saved = this.#started;
  /** Examples whose sums are told: a device may keep those of some steps for itself until they are asked for. */
  #told: number;
  #latest: ExampleBatch | undefined;

  constructor(plan: LoopPlan, state: LoopState, exampleCount: number) {
    [this.#plan, this.#state] = [plan, state];
    this.#stepCount = batchCount(exampleCount, stepSize(plan.settings));
    this.#before = { seconds: state.running.seconds, count: state.running.count };
    this.#told = state.running.count;
  }

  /**
   * One step.
   *
   * @returns its mean loss; undefined where the device keeps it for some steps
   * @throws InputError where the loss is no number
   */
  async take(batch: Batch): Promise<number | undefined> {
    const { session, encode } = this.#plan;
    const { progress, running } = this.#state;
    this.#latest = encode(batch);
    const rate = learningRateOf(this.#plan, progress.stepInEpoch, this.#state);
    const result = await session.step(this.#latest, rate);
    running.count += batch.size;
    progress.stepInEpoch += 1;
    progress.step += 1;
    if (result !== undefined) await this.#add(result);
    running.seconds = this.#before.seconds + this.#seconds;
    return result && result.lossSum / batch.size;
  }

  /** Asks for the sums that the device kept. */
  async settle(): Promise<void> {
    if (this.#told < this.#state.running.count) await this.#add(await this.#plan.session.settle());
  }

  /** Tells of the progress, where the last time is long enough ago. */
  async report(observer: TrainingObserver): Promise<void> {
    const now = performance.now();
    if (now - this.#reported < reportInterval || this.#told === 0) return;
    this.#reported = now;
    observer.onEvent?.({ kind: "step", progress: this.#describe() });
    // Steps follow each other without a pause in which timers, signals and messages of this thread would get their turn.
    await new Promise(setImmediate);
  }

  /** Saves within the epoch; what comes after the last step is saved with its epoch. */
  async saveWhereDue(): Promise<void> {
    const { progress } = this.#state;
    if (progress.stepInEpoch === this.#stepCount) return;
    const due = isDue(this.#plan.settings.checkpoint, progress);
    const now = performance.now();
    if (!due && now - this.#saved < saveInterval) return;
    this.#saved = now;
    await this.settle();
    await this.#plan.save(this.#state, due);
  }

  get #seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  async #add({ lossSum, correct }: BatchResult): Promise<void> {
    const { progress, running } = this.#state;
    if (!Number.isFinite(lossSum)) {
      const rate = learningRateOf(this.#plan, progress.stepInEpoch - 1, this.#state);
      throw explainNotANumber(progress, await this.#plan.session.findNonFinite(this.#latest!), rate);
    }
    running.lossSum += lossSum;
    running.correct += correct;
    this.#told = running.count;
  }

  #describe(): StepProgress {
    const { train, settings, countsCorrect } = this.#plan;
    const { progress, running } = this.#state;
    const rate = (running.count - this.#before.count) / this.#seconds;
    const epochsAfter = settings.epochs - progress.epoch - 1;
    return {
      epoch: progress.epoch + 1,
      stepInEpoch: progress.stepInEpoch,
      loss: running.lossSum / this.#told,
      ...(countsCorrect ? { accuracy: running.correct / this.#told } : {}),
      imagesPerSecond: rate,
      secondsLeft: (train.count - running.count + epochsAfter * train.count) / rate,
    };
  }
}
