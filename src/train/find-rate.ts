import { availableParallelism } from "node:os";
import { openBatches } from "../data/batch-source.ts";
import { epochOrder } from "../data/split.ts";
import { checkPrecision, chooseEngine } from "../engine/choose.ts";
import { checkMemory } from "../engine/memory/budget.ts";
import type { TrainingJob, TrainingObserver } from "./job.ts";
import { exampleBatchOf } from "./loss.ts";
import { prepareRun } from "./prepare.ts";
import { weightsToStart } from "./starting-weights.ts";
import { batchFormOf, dataBytes, planOf } from "./training-plan.ts";

/** The losses of steps at rising learning rates, and the rate that they speak for. */
export interface RateSearch {
  readonly rates: readonly number[];
  /** Smoothed over the steps. */
  readonly losses: readonly number[];
  /** Where the loss falls fastest; undefined where it never fell. */
  readonly suggestion: number | undefined;
}

/** From where the rate rises to where it ends, at the latest. */
const range = { first: 1e-7, last: 10 } as const;
const mostSteps = 200;
/** How much of the loss so far is kept at each step. */
const smoothing = 0.9;
/** The search ends where the loss has become so many times the smallest. */
const divergence = 4;

/**
 * Trains for up to 200 steps while the learning rate rises from 1e-7 to 10, and looks where the loss falls fastest (L. Smith, 2017).
 * Nothing is kept of what is learned.
 *
 * @throws InputError as `runTraining` does
 */
export async function findLearningRate(
  job: TrainingJob,
  observer: TrainingObserver = {},
): Promise<RateSearch> {
  const run = await prepareRun(job, observer);
  const { settings, train } = run;
  const threads = job.threads ?? availableParallelism();
  const plan = planOf(run, threads);
  const { engine = "ort", device = "cpu" } = job;
  if (device === "cpu") checkMemory(plan, threads, { data: dataBytes(run) });
  checkPrecision({ engine, device }, plan);
  const { weights } = await weightsToStart(run, job.from);
  const trained = { ...plan, weights };
  const chosen = await chooseEngine({ engine, device }, trained);
  const session = await chosen.engine.createTrainingSession(trained);
  const { seed } = settings;
  const source = openBatches(train, batchFormOf(run));
  const rates: number[] = [];
  const losses: number[] = [];
  try {
    for (let epoch = 0; rates.length < mostSteps; epoch++) {
      const order = epochOrder(train.count, seed, epoch);
      for await (const batch of source.epoch({ epoch, order, firstBatch: 0 })) {
        const rate = rateAt(rates.length);
        const { lossSum } =
          (await session.step(exampleBatchOf(batch, run), rate)) ?? (await session.settle());
        const loss = smooth(losses, lossSum / batch.size);
        if (!Number.isFinite(loss) || loss > divergence * Math.min(...losses)) {
          return { rates, losses, suggestion: steepest(rates, losses) };
        }
        rates.push(rate);
        losses.push(loss);
        if (rates.length >= mostSteps) break;
      }
    }
    return { rates, losses, suggestion: steepest(rates, losses) };
  } finally {
    await source.close();
    await session.dispose();
  }
}

/** Equal steps on a logarithmic scale. */
function rateAt(step: number): number {
  return range.first * (range.last / range.first) ** (step / (mostSteps - 1));
}

/** The moving mean of the losses so far and this one. */
function smooth(losses: readonly number[], loss: number): number {
  const before = losses.at(-1);
  return before === undefined ? loss : smoothing * before + (1 - smoothing) * loss;
}

/** The rate at which the loss falls fastest per decade of the rate, before it is at its lowest. */
export function steepest(rates: readonly number[], losses: readonly number[]): number | undefined {
  const lowest = losses.indexOf(Math.min(...losses));
  const reach = 5;
  let best: { readonly slope: number; readonly rate: number } | undefined;
  for (let at = reach; at + reach <= lowest; at++) {
    const fall = losses[at + reach]! - losses[at - reach]!;
    const slope = fall / Math.log(rates[at + reach]! / rates[at - reach]!);
    if (slope < 0 && slope < (best?.slope ?? 0)) best = { slope, rate: rates[at]! };
  }
  return best && Number(best.rate.toPrecision(2));
}
