import { availableParallelism } from "node:os";
import { type BatchSource, openBatches, openRows } from "../data/batch-source.ts";
import { batchCount, batches } from "../data/batches.ts";
import { type Dataset, storedRows } from "../data/dataset.ts";
import { balancedOrder, epochOrder } from "../data/split.ts";
import type { Device, RunExamples, TrainingSession } from "../engine/engine.ts";
import { checkMemory } from "../engine/memory/budget.ts";
import { checkPrecision, chooseEngine, type EngineName } from "../engine/choose.ts";
import type { FileSystem } from "../files/atomic.ts";
import type { WeightValues } from "../tensor/weight-values.ts";
import { bestRuleOf, judgeBest } from "./best-epoch.ts";
import { type Checkpoint, readCheckpoint } from "./checkpoint.ts";
import type { RunEnd, RunStart, TrainingJob, TrainingObserver, TrainingResult } from "./job.ts";
import { runLoop } from "./loop.ts";
import { type EpochScores, type LoopPlan, type LoopState, startOfRun, stepSize } from "./run-state.ts";
import { exampleBatchOf } from "./loss.ts";
import { checkWeights } from "./not-a-number.ts";
import { measureModel } from "./measure.ts";
import { type PreparedRun, prepareRun } from "./prepare.ts";
import { compareRuns, hashWeights, type Receipt, type RunOutcome } from "./receipt.ts";
import {
  checkSameData,
  checkUnfinished,
  earlierParts,
  momentsOf,
  optimizerStateOf,
  resumeJob,
  resumeState,
} from "./resume.ts";
import { describeMaking, describeRun, type RunDescription } from "./run-description.ts";
import { RunFolder } from "./run-folder.ts";
import type { TrainSettings } from "./settings/table.ts";
import { type StartingWeights, weightsToStart } from "./starting-weights.ts";
import { batchFormOf, dataBytes, planOf } from "./training-plan.ts";

/**
 * Runs a job from its settings to its last checkpoint, on the calling thread: ONNX Runtime blocks it for a step at a time.
 *
 * @param fileSystem where every file of the run is written through
 * @throws InputError for every mistake that the user can mend: the model, the data, the folder, a loss that is no number
 */
export async function runTraining(
  job: TrainingJob,
  observer: TrainingObserver = {},
  fileSystem?: FileSystem,
): Promise<TrainingResult> {
  const folder = new RunFolder(job.runFolder, fileSystem);
  const resumed = await openRun(folder, job);
  try {
    const going =
      resumed === undefined
        ? { ...job, imports: job.repeats?.source.imports }
        : resumeJob(job, resumed, folder.path);
    const run = await prepareRun(going, observer, { defersDecoding: true });
    if (resumed !== undefined) {
      checkSameData(resumed, run, folder.path);
      if (folder.isComplete) checkUnfinished(resumed, run, folder.path);
    }
    const before = resumed?.description.made;
    const threads = job.threads ?? before?.threads ?? availableParallelism();
    const device = job.device ?? before?.device ?? "cpu";
    const plan = planOf(run, threads);
    const evaluates = run.validation !== undefined;
    if (device === "cpu") checkMemory(plan, threads, { data: dataBytes(run), evaluates });
    const engine = job.engine ?? before?.engineName ?? "ort";
    checkPrecision({ engine, device }, plan);
    const prepared = { job, going, run, plan, made: { engine, threads, device }, folder, resumed, observer };
    return await whileDecoding(run, resumed, () => runPrepared(prepared));
  } finally {
    folder.close();
  }
}

/** A run that can begin. */
interface Prepared {
  readonly job: TrainingJob;
  /** The job as it is when the run goes on. */
  readonly going: TrainingJob;
  readonly run: PreparedRun;
  readonly plan: ReturnType<typeof planOf>;
  readonly made: { readonly engine: EngineName; readonly threads: number; readonly device: Device };
  readonly folder: RunFolder;
  readonly resumed: Checkpoint | undefined;
  readonly observer: TrainingObserver;
}

/** From the first weights to the last checkpoint. */
async function runPrepared(prepared: Prepared): Promise<TrainingResult> {
  const { job, going, run, plan, folder, resumed, observer } = prepared;
  const { engine, threads, device } = prepared.made;
  const edited = resumed === undefined ? [] : folder.setEditedSourceAside(resumed.description.source);
  const starting = resumed === undefined ? await weightsToStart(run, job.from) : startingOf(resumed);
  const examples = device === "cpu" ? undefined : keepableExamples(run);
  const trained = { ...plan, weights: starting.weights, ...(examples === undefined ? {} : { examples }) };
  const chosen = await chooseEngine({ engine, device }, trained);
  const session = await chosen.engine.createTrainingSession(trained);
  if (resumed !== undefined) await session.restore(resumed.weights, optimizerStateOf(resumed));
  const source =
    session.keepsExamples === true
      ? openRows(run.train, stepSize(run.settings))
      : openBatches(run.train, batchFormOf(run));
  try {
    const made = describeMaking(session.description, { engineName: chosen.name, threads, device });
    const description = describeRun(going, run, {
      startedAt: resumed?.description.startedAt ?? new Date().toISOString(),
      startedFrom: starting.files,
      made,
      ...(resumed === undefined ? {} : { earlier: earlierParts(resumed, run.settings, made) }),
    });
    return await runSession({
      run,
      session,
      source,
      folder,
      description,
      resumed,
      observer,
      notes: [...edited, ...run.notes, ...starting.notes, ...chosen.notes],
      repeats: job.repeats,
    });
  } finally {
    await source.close();
    await session.dispose();
  }
}

/** The training data, where it is in memory and every epoch takes it as it is. */
function keepableExamples(run: PreparedRun): RunExamples | undefined {
  const { train, scale, augmentations, decoding } = run;
  const isPlain = train.examples.kind === "memory" && decoding === undefined && augmentations.length === 0;
  if (!isPlain) return undefined;
  return {
    count: train.count,
    read(rows) {
      const form = { batchSize: rows.length, scale, order: Uint32Array.from(rows) };
      const [batch] = batches(train, form);
      return exampleBatchOf(batch!, run);
    },
  };
}

/** Trains while pictures that are not decoded yet become so, in the order in which the run wants them. */
async function whileDecoding(
  run: PreparedRun,
  resumed: Checkpoint | undefined,
  train: () => Promise<TrainingResult>,
): Promise<TrainingResult> {
  const { decoding } = run;
  if (decoding === undefined) return train();
  decoding.start(rowsInOrder(run, resumed?.description.progress));
  try {
    const result = await train();
    if (result.end !== "stopped") await decoding.finish();
    return result;
  } finally {
    await decoding.stop();
  }
}

/** Rows of the store as a run wants them: those of the epoch under way, the others of the training data, those held back. */
function* rowsInOrder(
  run: PreparedRun,
  { epoch, stepInEpoch } = startOfRun().progress,
): Generator<number, void, undefined> {
  const { train, validation, settings } = run;
  const done = stepInEpoch * stepSize(settings);
  yield* storedRows(train, orderOf(run, epoch).subarray(done));
  for (const part of [train, ...(validation === undefined ? [] : [validation])])
    yield* storedRows(
      part,
      Uint32Array.from({ length: part.count }, (_, row) => row),
    );
}

/** The order of an epoch's examples, counted from 0. */
function orderOf({ train, settings: { sampling, seed } }: PreparedRun, epoch: number): Uint32Array {
  return sampling === "balanced" ? balancedOrder(train, seed, epoch) : epochOrder(train.count, seed, epoch);
}

/** @returns where the run goes on from, which may be a checkpoint of another folder */
async function openRun(
  folder: RunFolder,
  { start = "fresh", checkpoint }: TrainingJob,
): Promise<Checkpoint | undefined> {
  const inFolder = await folder.open(start);
  if (checkpoint === undefined) return inFolder;
  try {
    return await readCheckpoint(checkpoint);
  } catch (error) {
    folder.close();
    throw error;
  }
}

/** What a run that goes on was begun with. */
function startingOf({ weights, description }: Checkpoint): StartingWeights {
  return { weights, files: description.startedFrom, notes: [] };
}

interface Ready {
  readonly run: PreparedRun;
  readonly session: TrainingSession;
  readonly source: BatchSource;
  readonly folder: RunFolder;
  readonly description: RunDescription;
  readonly resumed: Checkpoint | undefined;
  readonly observer: TrainingObserver;
  readonly notes: readonly string[];
  readonly repeats: Receipt | undefined;
}

/** From the first checkpoint to the receipt. */
async function runSession(ready: Ready): Promise<TrainingResult> {
  const { run, session, source, folder, description, resumed, observer } = ready;
  const { settings } = run;
  const state = resumed === undefined ? startOfRun() : resumeState(resumed);
  const checkpointOf = async (state: LoopState): Promise<Checkpoint> => ({
    description: { ...description, ...state },
    weights: await session.weights(),
    optimizer: momentsOf((await session.optimizerState()).moments),
  });
  const plan: LoopPlan = {
    session,
    train: run.train,
    validation: run.validation,
    settings,
    scale: run.scale,
    source,
    orderOf: (epoch) => orderOf(run, epoch),
    measure: measurementOf(ready),
    encode(batch) {
      const { rows, size: count } = batch;
      return rows === undefined ? exampleBatchOf(batch, run) : { data: [], targets: [], count, rows };
    },
    countsCorrect: run.outputs === undefined,
    save: async (state, due) => {
      const checkpoint = await checkpointOf(state);
      checkWeights(checkpoint.weights, state.progress, settings.optimizer.learningRate);
      const last = due ? settings.checkpoint.keep : 0;
      await folder.save(checkpoint, { best: isBest(state, settings), last });
    },
  };
  await folder.begin(description, await checkpointOf(state));
  observer.onEvent?.({ kind: "start", start: describeStart(ready, state) });
  const started = performance.now();
  const end = await runLoop(plan, state, observer);
  const seconds = (performance.now() - started) / 1000;
  const outcome = end === "stopped" ? undefined : outcomeOf(state, end, await session.weights());
  if (outcome !== undefined) await folder.writeReceipt({ ...description, result: outcome });
  const expected = ready.repeats?.result?.weights;
  return {
    runFolder: folder.path,
    checkpoint: folder.resultPath,
    history: state.history,
    end,
    bestEpoch: judgeBest(state.history, settings)?.bestEpoch,
    seconds,
    isRepeated: outcome && expected ? outcome.weights === expected : undefined,
  };
}

/** How metrics that the step does not give are measured after an epoch; undefined where there are none. */
function measurementOf({ run, session, description }: Ready): LoopPlan["measure"] {
  const { model, settings, scale, train, validation, outputs } = run;
  const { names, training } = settings.metrics;
  const metrics = names.filter((name) => name !== "accuracy");
  const isAsked =
    outputs === undefined ? metrics.length > 0 : outputs.some((each) => each.metrics.length > 0);
  const parts = [...(training ? [train] : []), ...(validation === undefined ? [] : [validation])];
  if (!isAsked || parts.length === 0) return undefined;
  const { threads } = description.made;
  return async () => {
    const measurement = { model, datasets: parts, scale, metrics, outputs, threads };
    const scores = await measureModel(measurement, await session.weights());
    const of = (part: Dataset | undefined): EpochScores["training"] =>
      part === undefined ? {} : (scores[parts.indexOf(part)] ?? {});
    return { training: of(train), validation: of(validation) };
  };
}

function describeStart(
  { run, session, description, notes, repeats }: Ready,
  { history }: LoopState,
): RunStart {
  const { model, settings, train, validation, validationData } = run;
  return {
    model: model.graph.name,
    parameters: model.totals.parameters.value ?? 0,
    data: train.name,
    trainCount: train.count,
    validationCount: validation?.count ?? 0,
    ...(validationData === undefined ? {} : { validationData }),
    epochs: settings.epochs,
    stepsPerEpoch: batchCount(train.count, stepSize(settings)),
    engine: session.description,
    notes: [...notes, ...session.notes, ...(repeats === undefined ? [] : compareRuns(repeats, description))],
    watched: bestRuleOf(settings)?.score,
    history: [...history],
  };
}

/** Whether the run stands at the end of its best epoch. */
function isBest({ progress, history }: LoopState, settings: TrainSettings): boolean {
  return progress.stepInEpoch === 0 && judgeBest(history, settings)?.bestEpoch === progress.epoch;
}

function outcomeOf({ progress, history }: LoopState, end: RunEnd, weights: WeightValues): RunOutcome {
  const { training, validation } = history.at(-1)!;
  return {
    end,
    epochs: progress.epoch,
    steps: progress.step,
    training,
    ...(validation === undefined ? {} : { validation }),
    weights: hashWeights(weights),
  };
}
