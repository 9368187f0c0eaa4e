import { InputError } from "../../diagnostics/input-error.ts";
import { availableMemory, collectGarbage, inGigabytes } from "../../files/available-memory.ts";
import { predictEvaluation, predictMemory, type WeightlessPlan } from "./predict.ts";

/** What training has, and what it needs beside its steps. */
export interface MemoryBudget {
  /** Bytes that the process can still take; what the system says by default. */
  readonly available?: number;
  /** Bytes that its data will take. */
  readonly data?: number;
  /** Whether it is measured on data that is held back. */
  readonly evaluates?: boolean;
}

/**
 * Refuses a training that cannot fit before anything of its size is allocated.
 *
 * @throws InputError with the batch that would fit, where there is one
 */
export function checkMemory(plan: WeightlessPlan, threads: number, budget: MemoryBudget = {}): void {
  const { data = 0, evaluates = false } = budget;
  let available = budget.available ?? availableMemory();
  if (roughlyBytes(plan) + data < available) return;
  const predict = (of: WeightlessPlan): number => data + predictTraining(of, threads, evaluates);
  const needed = predict(plan);
  if (needed > available && budget.available === undefined) {
    collectGarbage();
    available = availableMemory();
  }
  if (needed <= available) return;
  const fitting = largestFittingBatch(plan, available, predict);
  const forData = data === 0 ? "" : ` (${inGigabytes(data)} of it for data on its way)`;
  throw new InputError(
    `training ${plan.model.graph.name} with a batch of ${plan.batch} takes about ${inGigabytes(needed)} of memory${forData}, and ${inGigabytes(available)} are free`,
    {
      help:
        fitting === undefined
          ? "even a batch of 1 is too large for this machine: take a smaller model or smaller images"
          : `a batch of ${fitting} fits (--batch ${fitting}); --accumulate ${Math.ceil(plan.batch / fitting)} makes steps as large as before`,
    },
  );
}

/**
 * Bytes that the steps of a training will take where memory is scarce; 0 where they are far from filling it.
 *
 * @param evaluates whether it is measured on data that is held back
 */
export function scarceMemory(plan: WeightlessPlan, threads: number, evaluates: boolean): number {
  return roughlyBytes(plan) < availableMemory() / 2 ? 0 : predictTraining(plan, threads, evaluates);
}

function predictTraining(plan: WeightlessPlan, threads: number, evaluates: boolean): number {
  return predictMemory(plan, threads) + (evaluates ? predictEvaluation(plan, threads) : 0);
}

/** An upper bound that costs nothing to compute: what a network of usual form stays far below. */
function roughlyBytes({ model, batch }: WeightlessPlan): number {
  const values = model.layers.reduce((sum, { shape }) => {
    const size = shape?.reduce((product, dim) => product * (dim.value ?? 1), 1) ?? 0;
    return sum + size;
  }, 0);
  const weights = model.totals.parameters.value ?? 0;
  return 200e6 + 4 * (200 * values * batch + 60 * weights);
}

function largestFittingBatch(
  plan: WeightlessPlan,
  available: number,
  predict: (plan: WeightlessPlan) => number,
): number | undefined {
  for (let batch = Math.floor(plan.batch / 2); batch >= 1; batch = Math.floor(batch / 2)) {
    if (predict({ ...plan, batch }) <= available) return batch;
  }
  return undefined;
}
