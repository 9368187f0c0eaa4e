import { basename, join } from "node:path";
import { runFiles } from "../../train/run-folder.ts";
import { runTrainingInWorker } from "../../train/run-in-worker.ts";
import type { TrainingResult } from "../../train/job.ts";
import { readCheckpoint } from "../../train/checkpoint.ts";

import type { Compilation } from "../../compile.ts";
import type { Device } from "../../engine/engine.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { InputError } from "../../diagnostics/input-error.ts";
import { settingWord } from "../../settings/setting.ts";
import type { SettingOverrides } from "../../train/settings/overrides.ts";
import { resolveSettings } from "../../train/settings/resolve.ts";
import { shorthands } from "../../train/settings/shorthands.ts";
import { trainSettings } from "../../train/settings/table.ts";
import { SourceFile } from "../../source/source-file.ts";
import { type ExitCode, UsageError } from "../exit.ts";
import { compileForCommand, type ModelOptions, reportFindings } from "../model.ts";
import { createTrainingDisplay, writeLine } from "../progress.ts";
import { type ModelSource, readSource } from "../sources.ts";
import { writeNote, writeOut } from "../terminal.ts";

interface TrainOptions extends ModelOptions {
  readonly dataFolder?: string;
  readonly threads?: number;
  readonly device?: Device;
  readonly run?: string;
  readonly resume?: true | string;
  readonly overwrite?: true;
  readonly export?: string;
  readonly format?: "human" | "json";
  /** Settings by their words in camel case; each text as it would stand in the file. */
  readonly [setting: string]: unknown;
}

/** `cnn train`: a run in a worker thread; this thread shows it, and asks it to stop at Ctrl-C. */
export async function runTrain(path: string | undefined, options: TrainOptions): Promise<ExitCode> {
  if (options.resume !== undefined && options.overwrite)
    throw new UsageError("--resume and --overwrite exclude each other");
  const resumedFolder = typeof options.resume === "string" ? options.resume : options.run;
  const source = await chooseSource(path, options, resumedFolder);
  const compilation = compileForCommand(source, options);
  // Without an input the shapes come from the data; what could not be proved before is judged then.
  const isOpen = compilation.model.graph.inputIsImplied && options.input === undefined;
  const isError = ({ severity }: Diagnostic): boolean => severity === "error";
  const findings = isOpen ? compilation.diagnostics.filter(isError) : compilation.diagnostics;
  if (!reportFindings({ ...compilation, diagnostics: findings })) return 1;
  const runFolder = resumedFolder ?? join("runs", compilation.model.graph.name);
  if (options.export !== undefined) (await import("./export.ts")).checkExportPath(options.export, runFolder);
  const overrides = overridesOf(options);
  checkOverrides(compilation, overrides);

  const display = createTrainingDisplay(options.format ?? "human");
  const training = runTrainingInWorker(
    {
      source: { name: source.file.name, text: source.file.text },
      compile: { inputs: options.input, parameters: options.set, modelName: source.modelName },
      overrides,
      dataFolder: options.dataFolder,
      runFolder,
      start: options.resume !== undefined ? "resume" : options.overwrite ? "overwrite" : "fresh",
      threads: options.threads,
      device: options.device,
      command: process.argv.slice(2),
    },
    (event) => display.show(event),
  );
  const tell = options.format === "json" ? writeNote : writeOut;
  const signals = stopOnSignals(training.stop, (text) => display.note(text));
  try {
    const result = await training.result;
    display.finish();
    if (options.format === "json") writeLine({ event: "end", ...describeEnd(result) });
    if (result.end === "stopped") {
      tell(`stopped and saved; go on with: cnn train --resume ${runFolder}\n`);
      return signals.exitCode;
    }
    tell(`${describeResult(result)}\n`);
    if (options.export !== undefined) {
      const { runExport } = await import("./export.ts");
      return await runExport(runFolder, options.export, { layout: "channels_first" });
    }
    return 0;
  } finally {
    display.finish();
    signals.release();
  }
}

function describeEnd({ history, ...result }: TrainingResult): object {
  return { ...result, epochs: history.length };
}

function describeResult({ runFolder, checkpoint, end, history, bestEpoch }: TrainingResult): string {
  const { historyTable, curves } = runFiles;
  const best =
    bestEpoch === undefined ? "" : `; the result is epoch ${bestEpoch}, the best of ${history.length}`;
  const early = end === "no longer better" ? "ended early, " : "";
  return `${early}kept in ${runFolder}: ${basename(checkpoint)}, ${historyTable}, ${curves}${best}`;
}

/** What the command line says of settings. */
function overridesOf(options: TrainOptions): SettingOverrides {
  const words = [...Object.keys(trainSettings), ...Object.keys(shorthands)];
  return Object.fromEntries(
    words.flatMap((key) => {
      const texts = options[key] as readonly string[] | undefined;
      return texts === undefined ? [] : [[settingWord(key), texts]];
    }),
  );
}

/** Words that no run could take are a mistake of the call, known before anything is loaded. */
function checkOverrides({ model }: Compilation, overrides: SettingOverrides): void {
  try {
    resolveSettings(model.graph, overrides);
  } catch (error) {
    if (error instanceof InputError) throw new UsageError(error.message, error.help);
    throw error;
  }
}

/** A resumed run may leave its model file out: the checkpoint holds the text. */
async function chooseSource(
  path: string | undefined,
  options: TrainOptions,
  resumedFolder: string | undefined,
): Promise<ModelSource> {
  const none = path === undefined && options.expression === undefined;
  if (!none || options.resume === undefined) {
    return readSource({
      paths: path === undefined ? [] : [path],
      expression: options.expression,
      model: options.model,
    });
  }
  if (resumedFolder === undefined)
    throw new UsageError("which run?", "name its folder: cnn train --resume runs/lenet5");
  const { description } = await readCheckpoint(join(resumedFolder, runFiles.checkpoint));
  return {
    file: new SourceFile(description.source.name, description.source.text),
    modelName: description.compile.modelName,
  };
}

interface SignalHandling {
  /** What shells expect of a process that a signal ended: 128 and the signal's number. */
  readonly exitCode: ExitCode;
  release(): void;
}

/** The first Ctrl-C lets the run save; the second ends the process at once. */
function stopOnSignals(stop: () => void, note: (text: string) => void): SignalHandling {
  let exitCode: ExitCode = 0;
  const handler =
    (code: ExitCode): (() => void) =>
    () => {
      // An orderly exit would wait for the native call under way in the other thread.
      if (exitCode !== 0) process.kill(process.pid, "SIGKILL");
      exitCode = code;
      note("stopping after this step and saving; press Ctrl-C again to end at once");
      stop();
    };
  const handlers = { SIGINT: handler(130), SIGTERM: handler(143) };
  for (const [signal, onSignal] of Object.entries(handlers)) process.on(signal, onSignal);
  return {
    get exitCode() {
      return exitCode;
    },
    release: () => {
      for (const [signal, onSignal] of Object.entries(handlers)) process.off(signal, onSignal);
    },
  };
}
