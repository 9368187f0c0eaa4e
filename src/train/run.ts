import { createHash } from "node:crypto";
import { batchCount } from "../data/batches.ts";
import { InputError } from "../diagnostics/input-error.ts";
import { createOrtEngine } from "../engine/ort.ts";
import { version } from "../version.ts";
import { startingWeights } from "../weights/pretrained.ts";
import type { CheckpointDescription } from "./checkpoint.ts";
import type { TrainingJob, TrainingObserver, TrainingResult } from "./job.ts";
import { type LoopPlan, runLoop, startOfRun } from "./loop.ts";
import { encodeTargets } from "./loss.ts";
import { type PreparedRun, prepareRun } from "./prepare.ts";
import { checkSameData, momentsOf, optimizerStateOf, resumeJob, resumeState } from "./resume.ts";
import { RunFolder } from "./run-folder.ts";

/**
 * Runs a job from its settings to its last checkpoint, on the calling thread: ONNX Runtime blocks it.
 *
 * @throws InputError for every mistake that the user can mend: the model, the data, the folder, a loss that is no number
 */
export async function runTraining(job: TrainingJob, observer: TrainingObserver): Promise<TrainingResult> {
  const folder = new RunFolder(job.runFolder);
  const resumed = await folder.open(job.start);
  const going = resumed === undefined ? job : resumeJob(job, resumed, folder.path);
  const run = await prepareRun(going, observer);
  if (resumed !== undefined) checkSameData(resumed, run, folder.path);
  if (resumed !== undefined && resumed.description.progress.epoch >= run.settings.epochs) {
    throw new InputError(`the run in ${folder.path} has done all of its ${run.settings.epochs} epochs`, {
      help: "say how far it shall go, e.g. --epochs 20",
    });
  }
  const { model, settings } = run;
  const { learningRate: _, ...optimizer } = settings.optimizer;
  const session = await createOrtEngine(job.device).createTrainingSession({
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
    if (resumed !== undefined) await session.restore(resumed.weights, optimizerStateOf(resumed));
    const description = describeRun(going, run);
    const plan: LoopPlan = {
      session,
      train: run.train,
      validation: run.validation,
      settings,
      scale: run.scale,
      encode: (labels) => encodeTargets(labels, run.loss.target, run.units),
      save: async (state) =>
        folder.save({
          description: {
            ...description,
            progress: state.progress,
            running: state.running,
            history: state.history,
          },
          weights: await session.weights(),
          optimizer: momentsOf((await session.optimizerState()).moments),
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
        notes: session.notes,
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

type FixedDescription = Omit<CheckpointDescription, "progress" | "running" | "history">;

function describeRun(job: TrainingJob, run: PreparedRun): FixedDescription {
  const { name, text } = job.source;
  const { graph } = run.model;
  return {
    format: 1,
    version,
    model: graph.name,
    source: { name, text, sha256: createHash("sha256").update(text).digest("hex"), imports: run.imports },
    compile: job.compile,
    inputShape: run.model.layer(graph.inputs[0]!).shape!.map((dim) => dim.value!),
    classNames: run.train.classNames,
    pixelScale: run.scale,
    data: { name: run.settings.data, source: run.dataSource },
    settings: run.settings,
    overrides: job.overrides,
  };
}
