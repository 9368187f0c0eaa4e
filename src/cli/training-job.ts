import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Compilation, compile } from "../compile.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { InputError } from "../diagnostics/input-error.ts";
import type { EngineName } from "../engine/choose.ts";
import type { Device } from "../engine/engine.ts";
import { replayImports } from "../files/imports.ts";
import { settingWord } from "../settings/setting.ts";
import { SourceFile } from "../source/source-file.ts";
import { readCheckpoint } from "../train/checkpoint.ts";
import type { TrainingJob } from "../train/job.ts";
import { readReceipt } from "../train/receipt.ts";
import type { RunDescription } from "../train/run-description.ts";
import { RunFolder, runFiles } from "../train/run-folder.ts";
import type { SettingOverrides } from "../train/settings/overrides.ts";
import { resolveSettings } from "../train/settings/resolve.ts";
import { shorthands } from "../train/settings/shorthands.ts";
import { trainSettings } from "../train/settings/table.ts";
import { UsageError } from "./exit.ts";
import type { ModelOptions } from "./compile-options.ts";
import { compileForCommand, reportFindings } from "./model.ts";
import { readSource } from "./sources.ts";
import { writeNote } from "./terminal.ts";

/** What `cnn train` is told of a run. */
export interface JobOptions extends ModelOptions {
  readonly dataFolder?: string;
  readonly threads?: number;
  readonly device?: Device;
  readonly engine?: EngineName;
  readonly run?: string;
  readonly resume?: true | string;
  readonly receipt?: string;
  readonly overwrite?: true;
  readonly from?: string;
  /** Settings by their words in camel case; each text as it would stand in the file. */
  readonly [setting: string]: unknown;
}

/**
 * The job that the command's words ask for: a file's, that of a run that goes on, or that of a receipt.
 *
 * @returns undefined where the model has mistakes, which have been told
 * @throws UsageError where the words do not go together
 */
export async function chooseJob(
  path: string | undefined,
  options: JobOptions,
): Promise<TrainingJob | undefined> {
  refuseContradictions(options);
  const common = {
    overrides: overridesOf(options),
    dataFolder: options.dataFolder,
    threads: options.threads,
    device: options.device,
    engine: options.engine,
    from: options.from,
    command: process.argv.slice(2),
  };
  const isNew = path !== undefined || options.expression !== undefined;
  if (options.resume !== undefined) {
    const { runFolder, checkpoint } = resumedRun(options);
    const begun = isNew ? undefined : await readBegun(runFolder, checkpoint);
    const job = begun === undefined ? await jobOfFile(path, options, common) : jobOf(begun, common);
    return job && { ...job, runFolder, ...(checkpoint === undefined ? { start: "resume" } : { checkpoint }) };
  }
  const start = options.overwrite ? "overwrite" : "fresh";
  if (options.receipt !== undefined) {
    if (isNew) throw new UsageError("a receipt holds its own program", "leave the model file out");
    const receipt = readReceipt(fileOf(options.receipt, runFiles.receipt));
    noteChangedFile(receipt);
    const { threads, device, engineName } = receipt.made;
    const job = jobOf(receipt, {
      ...common,
      threads: options.threads ?? threads,
      device: options.device ?? device,
      engine: options.engine ?? engineName,
    });
    const { overrides, dataFolder = receipt.dataFolder, from = receipt.from } = job;
    return {
      ...job,
      overrides: { ...receipt.overrides, ...overrides },
      ...(dataFolder === undefined ? {} : { dataFolder }),
      ...(from === undefined ? {} : { from }),
      runFolder: options.run ?? join("runs", receipt.model),
      start,
      repeats: receipt,
    };
  }
  const job = await jobOfFile(path, options, common);
  return job && { ...job, start };
}

type CommonParts = Pick<
  TrainingJob,
  "overrides" | "dataFolder" | "threads" | "device" | "engine" | "from" | "command"
>;

function refuseContradictions({ resume, receipt, overwrite, from }: JobOptions): void {
  const given = { "--resume": resume, "--overwrite": overwrite, "--receipt": receipt, "--from": from };
  const pairs = [
    ["--resume", "--overwrite"],
    ["--resume", "--receipt"],
    ["--resume", "--from"],
  ] as const;
  for (const [one, other] of pairs) {
    if (given[one] !== undefined && given[other] !== undefined)
      throw new UsageError(`${one} and ${other} exclude each other`);
  }
}

async function jobOfFile(
  path: string | undefined,
  options: JobOptions,
  common: CommonParts,
): Promise<TrainingJob | undefined> {
  const { expression, model } = options;
  const source = readSource({ paths: path === undefined ? [] : [path], expression, model });
  const compilation = await compileForCommand(source, options);
  // Without an input the shapes come from the data; what could not be proved before is judged then.
  const isOpen = compilation.model.graph.inputIsImplied && options.input === undefined;
  const isError = ({ severity }: Diagnostic): boolean => severity === "error";
  const isReplaced = aboutReplaced(compilation, common.overrides);
  const findings = compilation.diagnostics.filter(
    (finding) => isError(finding) || (!isOpen && !isReplaced(finding)),
  );
  if (!reportFindings({ ...compilation, diagnostics: findings })) return undefined;
  checkOverrides(compilation, common.overrides);
  return {
    ...common,
    source: { name: source.file.name, text: source.file.text },
    compile: { inputs: options.input, parameters: options.set, modelName: source.modelName },
    runFolder: options.run ?? join("runs", compilation.model.graph.name),
  };
}

/** Tells warnings of what the file says of training where the command line says something else. */
function aboutReplaced(
  { model }: Compilation,
  overrides: SettingOverrides = {},
): (finding: Diagnostic) => boolean {
  const words = Object.keys(overrides).map((word) =>
    word in shorthands ? shorthands[word as keyof typeof shorthands].setting : word,
  );
  const replaced = model.graph.sections
    .flatMap(({ settings }) => settings)
    .filter(({ name }) => words.includes(name));
  return ({ primary, labels }) =>
    [primary, ...labels].some(({ span }) =>
      replaced.some(
        (each) => each.span.file === span.file && span.start >= each.span.start && span.end <= each.span.end,
      ),
    );
}

/** A program that has been trained before, with the files that it used then. */
function jobOf(
  { source, compile: compiled }: RunDescription,
  common: CommonParts,
): Omit<TrainingJob, "runFolder"> {
  const file = new SourceFile(source.name, source.text);
  const readImport = replayImports(source.imports);
  checkOverrides(compile(file, { ...compiled, readImport }), common.overrides);
  return { ...common, source: { name: source.name, text: source.text }, compile: compiled };
}

/**
 * Which run goes on: the one in a folder from where it stands, or from one of its checkpoints in a new folder.
 *
 * @throws UsageError where the words do not say
 */
function resumedRun({ resume, run }: JobOptions): {
  readonly runFolder: string;
  readonly checkpoint?: string;
} {
  const named = typeof resume === "string" ? resume : run;
  if (named === undefined)
    throw new UsageError("which run?", "name its folder: cnn train --resume runs/lenet5");
  if (statSync(named, { throwIfNoEntry: false })?.isFile() !== true) return { runFolder: named };
  if (run === undefined || named === run)
    throw new UsageError(
      `${named} is one checkpoint of a run`,
      "go on from there in a folder of its own: --run FOLDER; or name the run's folder",
    );
  return { runFolder: run, checkpoint: named };
}

async function readBegun(runFolder: string, checkpoint: string | undefined): Promise<RunDescription> {
  const folder = new RunFolder(runFolder);
  if (checkpoint === undefined) folder.requireRun();
  return (await readCheckpoint(checkpoint ?? folder.checkpointPath)).description;
}

/** A file by itself, or by the folder that it lies in. */
function fileOf(path: string, name: string): string {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? join(path, name) : path;
}

function noteChangedFile({ source }: RunDescription): void {
  if (existsSync(source.name) && readFileSync(source.name, "utf8") !== source.text)
    writeNote(`${source.name} has changed since; the receipt's own text is used\n`);
}

/** What the command line says of settings. */
function overridesOf(options: JobOptions): SettingOverrides {
  const words = [...Object.keys(trainSettings), ...Object.keys(shorthands)];
  return Object.fromEntries(
    words.flatMap((key) => {
      const texts = options[key] as readonly string[] | undefined;
      return texts === undefined ? [] : [[settingWord(key), texts]];
    }),
  );
}

/** Words that no run could take are a mistake of the call, known before anything is loaded. */
function checkOverrides({ model }: Compilation, overrides: SettingOverrides = {}): void {
  try {
    resolveSettings(model.graph, overrides);
  } catch (error) {
    if (error instanceof InputError) throw new UsageError(error.message, error.help);
    throw error;
  }
}
