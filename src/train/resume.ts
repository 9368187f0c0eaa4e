import { InputError } from "../diagnostics/input-error.ts";
import type { OptimizerState } from "../engine/engine.ts";
import { type SettingDefinition, settingWord } from "../settings/setting.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { TrainingJob } from "./job.ts";
import { endOf } from "./loop.ts";
import type { LoopState } from "./run-state.ts";
import type { BegunRun, PreparedRun, ResumableJob } from "./prepare.ts";
import { contentsOf } from "./receipt.ts";
import type { EarlierPart, Making } from "./run-description.ts";
import { type TrainSettings, trainSettings } from "./settings/table.ts";

/**
 * The job of a run that goes on: the program and settings that it began with.
 *
 * @throws InputError where the job asks for another program than the run began with
 */
export function resumeJob(job: TrainingJob, { description }: Checkpoint, folder: string): ResumableJob {
  const { source, compile: compiled, settings, overrides } = description;
  const changed: string[] = job.source.text === source.text ? [] : ["model file"];
  for (const key of ["inputs", "parameters"] as const) {
    const given = job.compile?.[key];
    if (given !== undefined && given.join() !== compiled[key]?.join()) changed.push(key);
  }
  if (changed.length > 0) throw cannotChange(folder, changed);
  return {
    ...job,
    source,
    imports: source.imports,
    compile: compiled,
    overrides: { ...overrides, ...job.overrides },
    begun: { settings, folder },
  };
}

/**
 * The settings of a run that goes on.
 *
 * @param declared what file and command line say now
 * @throws InputError where a setting is another than the run began with, unless it is one that may change
 */
export function settingsToGoOn(declared: TrainSettings, { settings, folder }: BegunRun): TrainSettings {
  const keys = Object.keys(trainSettings) as (keyof TrainSettings)[];
  const changed = keys
    .filter((key) => JSON.stringify(declared[key]) !== JSON.stringify(settings[key]))
    .filter((key) => !mayChange(key, settings, declared));
  if (changed.length > 0) throw cannotChange(folder, changed.map(settingWord));
  return declared;
}

function mayChange(key: keyof TrainSettings, begun: TrainSettings, asked: TrainSettings): boolean {
  return (trainSettings[key] as SettingDefinition).mayChangeOnResume(begun[key], asked[key]);
}

function cannotChange(folder: string, changed: readonly string[]): InputError {
  return new InputError(`the run in ${folder} cannot go on with another ${changed.join(", ")}`, {
    help: "resume it without changes, or start a run of its own with --run FOLDER",
  });
}

/** @throws InputError where the data is not what the run began with */
export function checkSameData({ description }: Checkpoint, run: PreparedRun, folder: string): void {
  if (contentsOf(description.data.source) === contentsOf(run.dataSource)) return;
  throw new InputError(`the data of the run in ${folder} is not what it began with`, {
    help: "bring the data back as it was, or start a run of its own with --run FOLDER",
  });
}

/** @throws InputError where nothing is left to do */
export function checkUnfinished(checkpoint: Checkpoint, { settings }: PreparedRun, folder: string): void {
  const end = endOf({ settings }, resumeState(checkpoint));
  if (end === "finished") {
    throw new InputError(`the run in ${folder} has done all of its ${settings.epochs} epochs`, {
      help: "say how far it shall go, e.g. --epochs 20",
    });
  }
  if (end === "no longer better") {
    const { score, patience } = settings.stop!;
    throw new InputError(
      `the run in ${folder} has ended: ${score} has not become better for ${patience} epochs`,
      { help: 'go on with more patience, e.g. --stop "val_loss patience=10", or with --stop none' },
    );
  }
}

/** The parts of a run up to where it goes on; a new one where it goes on with other settings, or is made in another way. */
export function earlierParts(
  { description }: Checkpoint,
  settings: TrainSettings,
  made: Making,
): readonly EarlierPart[] {
  const { earlier = [], progress, overrides, settings: before, made: madeBefore } = description;
  const wayOf = ({ data: _, ...others }: TrainSettings, { threads, device, engineName }: Making): string =>
    JSON.stringify([others, threads, device, engineName]);
  if (progress.step === 0 || wayOf(before, madeBefore) === wayOf(settings, made)) return earlier;
  return [...earlier, { steps: progress.step, settings: before, overrides, made: madeBefore }];
}

/** Where the loop goes on. */
export function resumeState({ description }: Checkpoint): LoopState {
  const { progress, running, schedule, history } = description;
  return { progress: { ...progress }, running: { ...running }, schedule, history: [...history] };
}

/** The optimizer's state as a session takes it back. */
export function optimizerStateOf({ optimizer, description }: Checkpoint): OptimizerState {
  const moments = new Map([...optimizer].map(([name, { data }]) => [name, data]));
  return { moments, step: description.progress.step };
}

/** The optimizer's state as a checkpoint keeps it. */
export function momentsOf(moments: ReadonlyMap<string, Float32Array>): Checkpoint["optimizer"] {
  return new Map([...moments].map(([name, data]) => [name, { shape: [data.length], data }]));
}
