import { readFileSync } from "node:fs";
import { freemem } from "node:os";
import { InputError } from "../diagnostics/input-error.ts";
import { predictMemory, type WeightlessPlan } from "./memory.ts";

/**
 * Refuses a training that cannot fit before anything of its size is allocated.
 *
 * @param available bytes that the process can still take
 * @throws InputError with the batch that would fit, where there is one
 */
export function checkMemory(plan: WeightlessPlan, threads: number, available = availableMemory()): void {
  if (roughlyBytes(plan) < available) return;
  const needed = predictMemory(plan, threads);
  if (needed <= available) return;
  const fitting = largestFittingBatch(plan, threads, available);
  throw new InputError(
    `training ${plan.model.graph.name} with a batch of ${plan.batch} takes about ${inGigabytes(needed)} of memory, and ${inGigabytes(available)} are free`,
    {
      help:
        fitting === undefined
          ? "even a batch of 1 is too large for this machine: take a smaller model or smaller images"
          : `a batch of ${fitting} fits (--batch ${fitting}); --accumulate ${Math.ceil(plan.batch / fitting)} makes steps as large as before`,
    },
  );
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

function largestFittingBatch(plan: WeightlessPlan, threads: number, available: number): number | undefined {
  for (let batch = Math.floor(plan.batch / 2); batch >= 1; batch = Math.floor(batch / 2)) {
    if (predictMemory({ ...plan, batch }, threads) <= available) return batch;
  }
  return undefined;
}

/** Bytes that this process can still take: what the machine has free or can free, within its control group's limit. */
export function availableMemory(): number {
  const free = /^MemAvailable:\s+(\d+) kB/m.exec(readText("/proc/meminfo"));
  const ofMachine = free === null ? freemem() : 1024 * Number(free[1]);
  const limit = Number(readText("/sys/fs/cgroup/memory.max"));
  if (!(limit > 0)) return ofMachine;
  const used = Number(readText("/sys/fs/cgroup/memory.current"));
  const cached = Number(/^file (\d+)/m.exec(readText("/sys/fs/cgroup/memory.stat"))?.[1] ?? 0);
  return Math.min(ofMachine, limit - used + cached);
}

/** Empty where there is no such file: on other systems than Linux. */
function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function inGigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
