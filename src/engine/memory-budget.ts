import { readFileSync } from "node:fs";
import { freemem } from "node:os";
import { dirname, join } from "node:path";
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

/**
 * Bytes that this process can still take: what the machine has free or can free, within the limits of its control groups.
 *
 * @param root where the system's own files are found
 */
export function availableMemory(root = "/"): number {
  const free = /^MemAvailable:\s+(\d+) kB/m.exec(readText(join(root, "proc/meminfo")));
  const ofMachine = free === null ? freemem() : 1024 * Number(free[1]);
  return Math.min(ofMachine, ...memoryGroups(root).map(leftInGroup));
}

/** The files of both versions of control groups: a limit, what is taken, and lines that tell of cache that can be given up. */
const groupFiles = [
  {
    folder: "sys/fs/cgroup",
    limit: "memory.max",
    taken: "memory.current",
    cached: /^(?:in)?active_file (\d+)/gm,
  },
  {
    folder: "sys/fs/cgroup/memory",
    limit: "memory.limit_in_bytes",
    taken: "memory.usage_in_bytes",
    cached: /^total_(?:in)?active_file (\d+)/gm,
  },
] as const;

/** A control group that limits memory, and how it is read. */
interface MemoryGroup {
  readonly path: string;
  readonly files: (typeof groupFiles)[number];
}

/**
 * The groups that this process is in, each within the one above it. A container sees its own as the outermost, whatever the
 * process' path says.
 */
function memoryGroups(root: string): readonly MemoryGroup[] {
  const lines = readText(join(root, "proc/self/cgroup")).split("\n");
  const paths = new Set(["/"]);
  for (const line of lines) {
    const [, controllers = "", path = ""] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers !== "" && !controllers.split(",").includes("memory")) continue;
    for (let above = path; above.length > 1; above = dirname(above)) paths.add(above);
  }
  return groupFiles.flatMap((files) =>
    [...paths].map((path): MemoryGroup => ({ path: join(root, files.folder, path), files })),
  );
}

/** Infinite where there is no such group, or where it has no limit. */
function leftInGroup({ path, files: { limit, taken, cached } }: MemoryGroup): number {
  const most = Number(readText(join(path, limit)));
  if (!(most > 0)) return Infinity;
  const lines = readText(join(path, "memory.stat")).matchAll(cached);
  const reclaimable = [...lines].reduce((sum, [, bytes]) => sum + Number(bytes), 0);
  return most - Number(readText(join(path, taken))) + reclaimable;
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
