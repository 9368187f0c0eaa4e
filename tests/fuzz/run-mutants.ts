import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { build } from "esbuild";
import type { MutantReport, MutantTask } from "./mutant-worker.ts";

/** Threads, as many as the cores of a small machine. */
const parts = 2;

/** Megabytes that a worker may hold: what one text of 100 kB may take, and so more than any mutant may. */
const mostMegabytes = 256;

/** Milliseconds without a next mutant after which a worker is said to hang. */
const longestSilence = 20_000;

/**
 * Checks mutants of every program in threads of their own, where the compiler runs as one bundle, as it does for users, and
 * several times as fast as module by module. What a mutant comes to depends on its program, its number and the seed alone.
 */
export async function runMutants(
  programs: MutantTask["programs"],
  mutants: number,
  seed = 1,
): Promise<MutantReport> {
  const cache = fileURLToPath(new URL("../../node_modules/.cache/", import.meta.url));
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "mutants-"));
  try {
    const outfile = join(folder, "worker.mjs");
    const entry = fileURLToPath(new URL("mutant-worker.ts", import.meta.url));
    await build({
      entryPoints: [entry],
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      packages: "external",
    });
    const reports = await Promise.all(
      Array.from({ length: parts }, (_, part) =>
        runWorker(outfile, {
          programs,
          mutants,
          part,
          parts,
          seed,
          progress: new Int32Array(new SharedArrayBuffer(8)),
        }),
      ),
    );
    return {
      mutants: sum(reports.map((report) => report.mutants)),
      formatted: sum(reports.map((report) => report.formatted)),
      slowest: Math.max(...reports.map((report) => report.slowest)),
      failures: reports.flatMap((report) => report.failures),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((sofar, number) => sofar + number, 0);
}

function runWorker(file: string, task: MutantTask): Promise<MutantReport> {
  const { progress, programs } = task;
  const worker = new Worker(file, {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: mostMegabytes },
  });
  const place = (): string => `mutant ${progress[1]} of ${programs[progress[0]!]![0]}`;
  return new Promise((resolve, reject) => {
    let last = "";
    const watch = setInterval(() => {
      if (place() === last) {
        void worker.terminate();
        reject(new Error(`no answer: ${place()}`));
      }
      last = place();
    }, longestSilence);
    worker.once("message", resolve);
    worker.once("error", (cause) => reject(new Error(`${place()}: ${cause.message}`, { cause })));
    worker.once("exit", () => {
      clearInterval(watch);
      reject(new Error(`ended without an answer: ${place()}`));
    });
  });
}
