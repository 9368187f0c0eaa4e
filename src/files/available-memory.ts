// How much memory is left: of the machine, and within the limits of the control groups that the process is in.
import { readFileSync } from "node:fs";
import { freemem } from "node:os";
import { dirname, join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Bytes that this process can still take: what the machine has free or can free, within the limits of its control groups.
 *
 * @param root where the system's own files are found
 */
export function availableMemory(root = "/"): number {
  const free = /^MemAvailable:\s+(\d+) kB/m.exec(readText(join(root, "proc/meminfo")));
  const ofMachine = free === null ? freemem() : 1024 * Number(free[1]);
  return Math.max(0, Math.min(ofMachine, ...memoryGroups(root).map(leftInGroup)));
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

/** Gives back what is no longer used: copies of data from its reading, which Node would leave where they are as long as it may grow. */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

/** A number of bytes as messages about memory give it. */
export function inGigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(bytes < 1e9 ? 2 : 1)} GB`;
}
