import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { InputError } from "../../diagnostics/input-error.ts";
import type { TrainingJob, TrainingResult } from "../../train/job.ts";
import type { Receipt } from "../../train/receipt.ts";
import { runFiles } from "../../train/run-folder.ts";
import { runTrainingInWorker } from "../../train/run-in-worker.ts";
import type { ExitCode } from "../exit.ts";
import { createTrainingDisplay, writeEvent } from "../progress.ts";
import { whenReaderGoes, writeNote, writeOut } from "../terminal.ts";
import { chooseJob, type JobOptions } from "../training-job.ts";

interface TrainOptions extends JobOptions {
  readonly export?: string;
  readonly report?: boolean;
  readonly findRate?: true;
  readonly format?: "human" | "json";
}

/** `cnn train`: a run in a worker thread; this thread shows it, and asks it to stop at Ctrl-C. */
export async function runTrain(path: string | undefined, options: TrainOptions): Promise<ExitCode> {
  const job = await chooseJob(path, options);
  if (job === undefined) return 1;
  const { runFolder } = job;
  if (options.findRate) return (await import("./find-rate.ts")).runFindRate(job);
  if (options.export !== undefined) (await import("./export.ts")).checkExportPath(options.export, runFolder);

  const display = createTrainingDisplay(options.format ?? "human");
  const training = runTrainingInWorker(job, (event) => display.show(event));
  const tell = options.format === "json" ? writeNote : writeOut;
  const signals = stopOnSignals(training.stop, (text) => display.note(text));
  try {
    const result = await training.result;
    display.finish();
    if (options.format === "json") writeEvent({ event: "end", ...describeEnd(result) });
    if (result.end === "stopped") {
      tell(`stopped and saved; go on with: cnn train --resume ${runFolder}\n`);
      return signals.exitCode;
    }
    if (options.report !== false) await report(job, (text) => display.note(text));
    tell(`${describeResult(result)}\n`);
    if (job.repeats !== undefined) tell(`${describeRepetition(job.repeats, result)}\n`);
    if (options.export !== undefined) {
      const { runExport } = await import("./export.ts");
      return await runExport(runFolder, options.export, { layout: "channels_first" });
    }
    return result.isRepeated === false ? 1 : 0;
  } finally {
    display.finish();
    signals.release();
  }
}

/** What a page lacks is no reason to call the run failed. */
async function report(
  { runFolder, dataFolder, threads }: TrainingJob,
  note: (text: string) => void,
): Promise<void> {
  const { reportRun } = await import("../../train/report-run.ts");
  try {
    await reportRun(runFolder, { ...(dataFolder === undefined ? {} : { dataFolder }), threads });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    note(`the run has no report: ${error.message}`);
  }
}

function describeEnd({ history, ...result }: TrainingResult): object {
  return { ...result, epochs: history.length };
}

function describeResult({ runFolder, checkpoint, end, history, bestEpoch }: TrainingResult): string {
  const { historyTable, report } = runFiles;
  const files = [
    basename(checkpoint),
    historyTable,
    ...(existsSync(join(runFolder, report)) ? [report] : []),
  ];
  const best =
    bestEpoch === undefined ? "" : `; the result is epoch ${bestEpoch}, the best of ${history.length}`;
  const early = end === "no longer better" ? "ended early, " : "";
  return `${early}kept in ${runFolder}: ${files.join(", ")}${best}`;
}

function describeRepetition({ result: before }: Receipt, { isRepeated, history }: TrainingResult): string {
  if (isRepeated === undefined) return "the receipt's run had not ended, so that nothing can be compared";
  if (isRepeated) return "the weights are those of the receipt, bit for bit";
  const [there, here] = [before!.training.loss, history.at(-1)!.training.loss];
  return `the weights are not those of the receipt (loss ${there.toFixed(6)} there, ${here.toFixed(6)} here)`;
}

interface SignalHandling {
  /** What shells expect of a process that a signal ended: 128 and the signal's number. */
  readonly exitCode: ExitCode;
  release(): void;
}

/** Milliseconds in which signals are one: `timeout` and npx send theirs to the process and again to its whole group. */
const oneSignal = 500;

/**
 * The first Ctrl-C lets the run save; the second ends the process at once. A run whose reader has gone saves too: to end the
 * process within a native call of the other thread would abort it.
 */
function stopOnSignals(stop: () => void, note: (text: string) => void): SignalHandling {
  let exitCode: ExitCode = 0;
  let firstAt = 0;
  const handler =
    (code: ExitCode): (() => void) =>
    () => {
      if (exitCode !== 0) {
        // An orderly exit would wait for the native call under way in the other thread.
        if (performance.now() - firstAt > oneSignal) process.kill(process.pid, "SIGKILL");
        return;
      }
      exitCode = code;
      firstAt = performance.now();
      note("stopping after this step and saving; press Ctrl-C again to end at once");
      stop();
    };
  const handlers = { SIGINT: handler(130), SIGTERM: handler(143) };
  for (const [signal, onSignal] of Object.entries(handlers)) process.on(signal, onSignal);
  const endAsBefore = whenReaderGoes(stop);
  return {
    get exitCode() {
      return exitCode;
    },
    release: () => {
      endAsBefore();
      // A signal's second coming would end the process while it writes what it has.
      if (exitCode !== 0) return;
      for (const [signal, onSignal] of Object.entries(handlers)) process.off(signal, onSignal);
    },
  };
}
