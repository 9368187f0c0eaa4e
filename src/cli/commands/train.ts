import { join } from "node:path";
import { checkpointName } from "../../train/run-folder.ts";
import { runTrainingInWorker } from "../../train/run-in-worker.ts";
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
import { createTrainingDisplay } from "../progress.ts";
import { type ModelSource, readSource } from "../sources.ts";
import { writeOut } from "../terminal.ts";

interface TrainOptions extends ModelOptions {
  readonly dataFolder?: string;
  readonly threads?: number;
  readonly device?: Device;
  readonly run?: string;
  readonly resume?: true | string;
  readonly overwrite?: true;
  readonly export?: string;
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

  const display = createTrainingDisplay();
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
    },
    (event) => display.show(event),
  );
  const stop = stopOnSignals(training.stop, (text) => display.note(text));
  try {
    const result = await training.result;
    display.finish();
    if (!result.finished) {
      writeOut(`stopped and saved; go on with: cnn train --resume ${runFolder}\n`);
      return 0;
    }
    writeOut(`kept in ${runFolder}: ${checkpointName}, history.csv, curves.svg\n`);
    if (options.export !== undefined) {
      const { runExport } = await import("./export.ts");
      return await runExport(runFolder, options.export, { layout: "channels_first" });
    }
    return 0;
  } finally {
    display.finish();
    stop();
  }
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
    return readSource({ paths: path === undefined ? [] : [path], expression: options.expression });
  }
  if (resumedFolder === undefined)
    throw new UsageError("which run?", "name its folder: cnn train --resume runs/lenet5");
  const { description } = await readCheckpoint(join(resumedFolder, checkpointName));
  return {
    file: new SourceFile(description.source.name, description.source.text),
    modelName: description.compile.modelName,
  };
}

/** The first Ctrl-C lets the run save; the second ends the process as usual. */
function stopOnSignals(stop: () => void, note: (text: string) => void): () => void {
  let asked = false;
  const onSignal = (): void => {
    // An orderly exit would wait for the native call under way in the other thread.
    if (asked) process.kill(process.pid, "SIGKILL");
    asked = true;
    note("stopping after this step and saving; press Ctrl-C again to end at once");
    stop();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return () => {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  };
}
