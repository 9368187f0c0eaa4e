import type { FileSystem } from "../files/atomic.ts";
import type { TrainingJob, TrainingObserver, TrainingResult } from "./job.ts";
import { runTraining } from "./run.ts";
import type { EarlierPart } from "./run-description.ts";

/**
 * Runs a job; one that repeats a run which went on with other settings, or with another number of threads, goes through the
 * parts of that run one after the other.
 *
 * @throws InputError as `runTraining` does
 */
export async function repeatRun(
  job: TrainingJob,
  observer: TrainingObserver = {},
  fileSystem?: FileSystem,
): Promise<TrainingResult> {
  let { start } = job;
  for (const part of job.repeats?.earlier ?? []) {
    const result = await runTraining(
      { ...jobOfPart(job, part), ...(start && { start }) },
      stopAfter(observer, part.steps),
      fileSystem,
    );
    if (observer.shouldStop?.() === true) return result;
    start = "resume";
  }
  return runTraining({ ...job, ...(start && { start }) }, observer, fileSystem);
}

/** A job as it was for a part of the run; what the command says in place of the receipt holds for every part. */
function jobOfPart(job: TrainingJob, { settings, overrides, made }: EarlierPart): TrainingJob {
  const receipt = job.repeats!;
  const isOwn = ([word, texts]: [string, unknown]): boolean =>
    word === "data" || JSON.stringify(texts) !== JSON.stringify(receipt.overrides[word]);
  const own = Object.fromEntries(Object.entries(job.overrides ?? {}).filter(isOwn));
  const choose = <Value>(asked: Value, then: Value, of: Value): Value => (asked === then ? of : asked);
  const { result: _, earlier: __, ...whole } = receipt;
  return {
    ...job,
    overrides: { ...overrides, ...own },
    threads: choose(job.threads, receipt.made.threads, made.threads),
    device: choose(job.device, receipt.made.device, made.device),
    engine: choose(job.engine, receipt.made.engineName, made.engineName),
    repeats: { ...whole, settings, made },
  };
}

function stopAfter(observer: TrainingObserver, steps: number): TrainingObserver {
  return {
    ...observer,
    onBatch: (batch, run) => {
      observer.onBatch?.(batch, run);
      if (batch.step === steps) run.stop();
    },
  };
}
