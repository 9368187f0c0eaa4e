import { createHash } from "node:crypto";
import { type Compilation, compile } from "../compile.ts";
import type { LossOptions } from "../autodiff/training-graphs.ts";
import type { ShapedGraph } from "../analyze/shaped-graph.ts";
import { batchCount, splitValidation } from "../data/batches.ts";
import type { Dataset } from "../data/dataset.ts";
import { loadData } from "../data/named.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { InputError } from "../diagnostics/input-error.ts";
import { renderDiagnostics } from "../diagnostics/render.ts";
import { createOrtEngine } from "../engine/ort.ts";
import { readImport } from "../files/imports.ts";
import { SourceFile } from "../source/source-file.ts";
import { version } from "../version.ts";
import { startingWeights } from "../weights/pretrained.ts";
import type { Checkpoint, CheckpointDescription } from "./checkpoint.ts";
import { checkFit, pixelScale } from "./fit-data.ts";
import type { TrainingJob, TrainingObserver, TrainingResult } from "./job.ts";
import { type LoopPlan, type LoopState, runLoop, startOfRun } from "./loop.ts";
import { chooseLoss, encodeTargets } from "./loss.ts";
import { RunFolder } from "./run-folder.ts";
import { resolveSettings, type SettingOverrides, type TrainSettings } from "./settings.ts";

/** A job, with the settings that an interrupted run began with. */
interface ResumableJob extends TrainingJob {
  readonly resumedSettings?: TrainSettings;
}

/** Everything that a run is made from, before its first step. */
interface PreparedRun {
  readonly model: ShapedGraph;
  readonly settings: TrainSettings;
  readonly loss: LossOptions;
  readonly train: Dataset;
  readonly validation: Dataset | undefined;
  readonly dataSource: string;
  readonly scale: number;
  /** Values that the model gives an example. */
  readonly units: number;
}

/**
 * Runs a job from its settings to its last checkpoint, on the calling thread: ONNX Runtime blocks it.
 *
 * @throws InputError for every mistake that the user can mend: the model, the data, the folder, a loss that is no number
 */
export async function runTraining(job: TrainingJob, observer: TrainingObserver): Promise<TrainingResult> {
  const folder = new RunFolder(job.runFolder);
  const resumed = await folder.open(job.start);
  const run = await prepare(resumed === undefined ? job : resumeJob(job, resumed, folder.path), observer);
  if (resumed !== undefined) checkSameData(resumed, run, folder.path);
  if (resumed !== undefined && resumed.description.progress.epoch >= run.settings.epochs) {
    throw new InputError(`the run in ${folder.path} has done all of its ${run.settings.epochs} epochs`, {
      help: "say how far it shall go, e.g. --epochs 20",
    });
  }
  const { model, settings } = run;
  const { learningRate: _, ...optimizer } = settings.optimizer;
  const session = await createOrtEngine().createTrainingSession({
    model,
    loss: run.loss,
    optimizer,
    batch: settings.batch,
    seed: settings.seed,
    weights: resumed?.weights ?? startingWeights(model, settings.seed),
    ...(job.threads === undefined ? {} : { threads: job.threads }),
  });
  try {
    const state = resumed === undefined ? startOfRun() : resumeState(resumed);
    if (resumed !== undefined) session.restore(resumed.weights, optimizerStateOf(resumed));
    const description = describeRun(job, run);
    const plan: LoopPlan = {
      session,
      train: run.train,
      validation: run.validation,
      settings,
      scale: run.scale,
      encode: (labels) => encodeTargets(labels, run.loss.target, run.units),
      save: (state) =>
        folder.save({
          description: {
            ...description,
            progress: state.progress,
            running: state.running,
            history: state.history,
          },
          weights: session.weights(),
          optimizer: momentsOf(session.optimizerState().moments),
        }),
    };
    observer.onEvent({
      kind: "start",
      start: {
        model: model.graph.name,
        parameters: model.totals.parameters.value ?? 0,
        data: run.train.name,
        trainCount: run.train.count,
        validationCount: run.validation?.count ?? 0,
        epochs: settings.epochs,
        stepsPerEpoch: batchCount(run.train.count, settings.batch),
        engine: session.description,
        notes: [],
        epochsDone: state.progress.epoch,
      },
    });
    const started = performance.now();
    const finished = await runLoop(plan, state, observer);
    const seconds = (performance.now() - started) / 1000;
    return { checkpoint: folder.checkpointPath, history: state.history, finished, seconds };
  } finally {
    await session.dispose();
  }
}

async function prepare(job: ResumableJob, observer: TrainingObserver): Promise<PreparedRun> {
  const file = new SourceFile(job.source.name, job.source.text);
  const first = compileJob(file, job, job.compile.inputs);
  const { value: declared, diagnostics } = resolveSettings(first.model.graph, job.overrides);
  refuseErrors(diagnostics);
  const settings = job.resumedSettings ?? declared;
  const data = await loadData(settings.data, {
    ...(job.dataFolder === undefined ? {} : { dataFolder: job.dataFolder }),
    onProgress: ({ file: name, receivedBytes, totalBytes }) =>
      observer.onEvent({ kind: "download", file: name, received: receivedBytes, total: totalBytes }),
  });
  // A file without an input takes the images' shape.
  const asData = first.model.graph.inputIsImplied && (job.compile.inputs ?? []).length === 0;
  const { model } = asData ? compileJob(file, job, [data.train.shape.join("x")]) : first;
  checkFit(model, data);
  const held =
    settings.validation > 0 ? splitValidation(data.train, { fraction: settings.validation }) : undefined;
  return {
    model,
    settings,
    loss: chooseLoss(model, settings.loss),
    train: held?.train ?? data.train,
    validation: held?.validation,
    dataSource: data.train.source,
    scale: pixelScale(model),
    units: model.layer(model.graph.outputs[0]!.layer).shape![0]!.value!,
  };
}

function compileJob(file: SourceFile, job: TrainingJob, inputs: readonly string[] | undefined): Compilation {
  const compilation = compile(file, { ...job.compile, inputs, readImport });
  refuseErrors(compilation.diagnostics);
  return compilation;
}

function refuseErrors(diagnostics: readonly Diagnostic[]): void {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new InputError(`the model cannot be trained\n\n${renderDiagnostics(errors)}`);
}

type FixedDescription = Omit<CheckpointDescription, "progress" | "running" | "history">;

function describeRun(job: TrainingJob, run: PreparedRun): FixedDescription {
  const { name, text } = job.source;
  const { graph } = run.model;
  return {
    format: 1,
    version,
    model: graph.name,
    source: { name, text, sha256: createHash("sha256").update(text).digest("hex") },
    compile: job.compile,
    inputShape: run.model.layer(graph.inputs[0]!).shape!.map((dim) => dim.value!),
    classNames: run.train.classNames,
    pixelScale: run.scale,
    data: { name: run.settings.data, source: run.dataSource },
    settings: { ...run.settings, loss: run.loss.name },
  };
}

/**
 * The job of a run that goes on: the program and settings that it began with. More epochs may be asked for, and the data
 * may lie elsewhere.
 *
 * @throws InputError where the job asks for anything else than the run began with
 */
function resumeJob(job: TrainingJob, { description }: Checkpoint, folder: string): ResumableJob {
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
  return { ...job, source, compile: compiled, resumedSettings: { ...settings, epochs, data } };
}

function checkSameData({ description }: Checkpoint, run: PreparedRun, folder: string): void {
  if (contentsOf(description.data.source) === contentsOf(run.dataSource)) return;
  throw new InputError(`the data of the run in ${folder} is not what it began with`, {
    help: "bring the data back as it was, or start a run of its own with --run FOLDER",
  });
}

/** What identifies data wherever it lies: its checksums, or the whole description of data that is drawn. */
function contentsOf(source: string): string {
  return source.match(/sha256:[0-9a-f]+/g)?.join() ?? source;
}

function resumeState({ description }: Checkpoint): LoopState {
  const { progress, running, history } = description;
  return { progress: { ...progress }, running: { ...running }, history: [...history] };
}

function optimizerStateOf({ optimizer, description }: Checkpoint): {
  moments: Map<string, Float32Array>;
  step: number;
} {
  const moments = new Map([...optimizer].map(([name, { data }]) => [name, data]));
  return { moments, step: description.progress.step };
}

function momentsOf(moments: ReadonlyMap<string, Float32Array>): Checkpoint["optimizer"] {
  return new Map([...moments].map(([name, data]) => [name, { shape: [data.length], data }]));
}
