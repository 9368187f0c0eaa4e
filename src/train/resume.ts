import { InputError } from "../diagnostics/input-error.ts";
import type { OptimizerState } from "../engine/engine.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { TrainingJob } from "./job.ts";
import type { LoopState } from "./loop.ts";
import type { PreparedRun, ResumableJob } from "./prepare.ts";
import type { SettingOverrides } from "./settings.ts";

/**
 * The job of a run that goes on: the program and settings that it began with. More epochs may be asked for, and the data
 * may lie elsewhere.
 *
 * @throws InputError where the job asks for anything else than the run began with
 */
export function resumeJob(job: TrainingJob, { description }: Checkpoint, folder: string): ResumableJob {
  const { source, compile: compiled, settings } = description;
  const begun: SettingOverrides = {
    ...settings,
    optimizer: settings.optimizer.name,
    learningRate: settings.optimizer.learningRate,
    momentum: settings.optimizer.name === "sgd" ? settings.optimizer.momentum : undefined,
  };
  const free = ["epochs", "data"];
  const changed = Object.entries(job.overrides)
    .filter(
      ([key, value]) =>
        value !== undefined && !free.includes(key) && value !== begun[key as keyof SettingOverrides],
    )
    .map(([key]) => key);
  if (job.source.text !== source.text) changed.unshift("model file");
  for (const key of ["inputs", "parameters"] as const) {
    const given = job.compile[key];
    if (given !== undefined && given.join() !== compiled[key]?.join()) changed.push(key);
  }
  if (changed.length > 0) {
    throw new InputError(`the run in ${folder} cannot go on with another ${changed.join(", ")}`, {
      help: "resume it without changes, or start a run of its own with --run FOLDER",
    });
  }
  const { epochs = settings.epochs, data = settings.data } = job.overrides;
  return {
    ...job,
    source,
    imports: source.imports,
    compile: compiled,
    resumedSettings: { ...settings, epochs, data },
  };
}

/** @throws InputError where the data is not what the run began with */
export function checkSameData({ description }: Checkpoint, run: PreparedRun, folder: string): void {
  if (contentsOf(description.data.source) === contentsOf(run.dataSource)) return;
  throw new InputError(`the data of the run in ${folder} is not what it began with`, {
    help: "bring the data back as it was, or start a run of its own with --run FOLDER",
  });
}

/** What identifies data wherever it lies: its checksums, or the whole description of data that is drawn. */
function contentsOf(source: string): string {
  return source.match(/sha256:[0-9a-f]+/g)?.join() ?? source;
}

/** Where the loop goes on. */
export function resumeState({ description }: Checkpoint): LoopState {
  const { progress, running, history } = description;
  return { progress: { ...progress }, running: { ...running }, history: [...history] };
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
