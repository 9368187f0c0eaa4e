import { availableParallelism } from "node:os";
import type { ShapedGraph } from "../analyze/shaped-graph.ts";
import type { LossOptions } from "../autodiff/training-graphs.ts";
import { type Compilation, compile } from "../compile.ts";
import { shareStores } from "../data/batch-source.ts";
import { isMixing } from "../data/augment/augment.ts";
import type { Augmentation } from "../data/augment/kinds.ts";
import { checkAugmentations, readAugmentations } from "../data/augment/read.ts";
import type { WantedColumns, WantedTarget } from "../data/columns.ts";
import type { Dataset } from "../data/dataset.ts";
import { loadPart } from "../data/named.ts";
import { checkClasses } from "../data/own-data.ts";
import type { DeferredDecoding, ReadOptions } from "../data/read-options.ts";
import { balancedClassWeights, splitDataset } from "../data/split.ts";
import { scarceMemory } from "../engine/memory/budget.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { InputError } from "../diagnostics/input-error.ts";
import { mistakeInProgram } from "../diagnostics/render-mistake.ts";
import { type ImportedFile, recordImports, replayImports } from "../files/imports.ts";
import { SourceFile } from "../source/source-file.ts";
import { bestRuleOf } from "./best-epoch.ts";
import { notesOfData } from "./data-notes.ts";
import { followAugmentation } from "./augmented-targets.ts";
import { checkFit, knownInputShape, pixelScale, scaleColumns } from "./fit-data.ts";
import { validationPrefix } from "./history.ts";
import type { TrainingJob, TrainingObserver } from "./job.ts";
import { chooseLosses, type TargetForm, targetForms, wantedColumns } from "./loss.ts";
import { type MeasuredOutput, measuredOutputs, scoreNames } from "./measured-outputs.ts";
import { checkNormalization } from "./normalization.ts";
import { resolveSettings } from "./settings/resolve.ts";
import type { TrainSettings } from "./settings/table.ts";
import { planOf } from "./training-plan.ts";
import { settingsToGoOn } from "./resume.ts";

/** What a run that goes on began with. */
export interface BegunRun {
  readonly folder: string;
  readonly settings: TrainSettings;
}

/** A job, with the settings that an interrupted run began with. */
export interface ResumableJob extends TrainingJob {
  readonly begun?: BegunRun;
  /** The files that the program used then; those on the disk may have changed. */
  readonly imports?: readonly ImportedFile[] | undefined;
}

/** Everything that a run is made from, before its first step. */
export interface PreparedRun {
  readonly model: ShapedGraph;
  /** The files that the program uses. */
  readonly imports: readonly ImportedFile[];
  readonly settings: TrainSettings;
  /** One for each output. */
  readonly losses: readonly LossOptions[];
  readonly train: Dataset;
  readonly validation: Dataset | undefined;
  /** What the examples to validate with are called, where they came with the data: `photos/val`. */
  readonly validationData: string | undefined;
  readonly dataSource: string;
  /** What happens to training examples before each step. */
  readonly augmentations: readonly Augmentation[];
  /** Pictures that are not decoded yet. */
  readonly decoding: DeferredDecoding | undefined;
  /** What the user should know of the data. */
  readonly notes: readonly string[];
  readonly scale: number;
  /** How what each output is compared with stands in the data. */
  readonly targetForms: readonly TargetForm[];
  /** What outputs give and how they are measured, where that is not the class of each example. */
  readonly outputs: readonly MeasuredOutput[] | undefined;
}

/**
 * Compiles the model, reads its settings and loads the data.
 *
 * @param defersDecoding whether pictures may be left for `decoding` of the prepared run, which the caller then starts
 * @throws InputError where the model has mistakes, or where the data is not there or does not fit
 */
export async function prepareRun(
  job: ResumableJob,
  observer: TrainingObserver,
  { defersDecoding = false }: { readonly defersDecoding?: boolean } = {},
): Promise<PreparedRun> {
  const file = new SourceFile(job.source.name, job.source.text);
  const { read, imports } = recordImports(job.imports && replayImports(job.imports));
  const compileJob = (inputs: readonly string[] | undefined): Compilation => {
    const compilation = compile(file, { ...job.compile, inputs, readImport: read });
    refuseErrors(compilation.diagnostics);
    return compilation;
  };
  const first = compileJob(job.compile?.inputs);
  const { value: declared, diagnostics } = resolveSettings(first.model.graph, job.overrides);
  refuseErrors(diagnostics);
  const settings = job.begun === undefined ? declared : settingsToGoOn(declared, job.begun);
  const augmentations = readAugmentations(first.model.graph);
  refuseErrors(augmentations.diagnostics);
  let decoding: DeferredDecoding | undefined;
  const examples = await loadPart(settings.data, "train", {
    ...readingOf(settings, knownInputShape(first.model), wantedColumns(first.model, settings.loss)),
    ...(job.dataFolder === undefined ? {} : { dataFolder: job.dataFolder }),
    takesValidation: settings.validation.share > 0,
    reserved: stepMemory(first.model, settings, job.threads),
    onProgress: ({ file: name, receivedBytes, totalBytes }) =>
      observer.onEvent?.({ kind: "download", file: name, received: receivedBytes, total: totalBytes }),
    onDecoded: (progress) => observer.onEvent?.({ kind: "decode", ...progress }),
    ...(defersDecoding ? { onDeferred: (deferred) => (decoding = deferred) } : {}),
  });
  // A file without an input takes the examples' shape.
  const asData = first.model.graph.inputIsImplied && (job.compile?.inputs ?? []).length === 0;
  const { model } = asData ? compileJob([examples.shape.join("x")]) : first;
  const scaled = scaleColumns(model, examples);
  // Shared before it is split, so that the first copy can go.
  const shared = augmentations.value.length === 0 ? scaled : shareStores(scaled);
  const wanted = wantedColumns(model, settings.loss);
  const data = followAugmentation(model, augmentations.value, shared, wanted);
  if (data.targets === undefined) checkClasses(data);
  checkFit(model, data, wanted);
  if (data.validation !== undefined) checkFit(model, data.validation, wanted);
  refuseErrors([...checkAugmentations(model).diagnostics, ...checkNormalization(model).diagnostics]);
  const split = splitOff(model, data, settings);
  const classWeights = classWeightsOf(split.train, settings);
  const isMixed = augmentations.value.some(isMixing);
  const targets = data.targets && wanted && { wanted: wanted.targets, targets: data.targets };
  if (targets !== undefined) checkForColumns(settings, data);
  const losses = chooseLosses(model, settings.loss, targets).map((loss) => ({
    ...loss,
    // A blended example is of two classes.
    ...(isMixed ? { target: "values" as const } : {}),
    ...(classWeights === undefined ? {} : { classWeights }),
  }));
  const measured = measuredOutputs(model, targets?.wanted ?? [ofExamples(model)], losses, settings.metrics);
  const outputs = targets && measured;
  const scale = pixelScale(model, data.content);
  checkWatched(settings, outputs);
  return {
    model,
    imports: imports(),
    settings,
    losses,
    augmentations: augmentations.value,
    ...split,
    dataSource: sourceOf(data),
    scale,
    targetForms: targetForms(model, targets?.wanted),
    outputs,
    decoding,
    notes: notesOfData(settings, data, { ...split, scale }),
  };
}

/** Bytes that the steps of a run will take where memory is scarce and the shapes are known before the data is. */
function stepMemory(model: ShapedGraph, settings: TrainSettings, threads = availableParallelism()): number {
  if (
    knownInputShape(model) === undefined ||
    model.graph.outputs.some(
      ({ layer }) => model.layer(layer).shape?.every((dim) => dim.value !== undefined) !== true,
    )
  )
    return 0;
  const plan = planOf({ model, settings, losses: chooseLosses(model, settings.loss) }, threads);
  return scarceMemory(plan, threads, settings.validation.share > 0);
}

/** How a run reads its data, and how its model's test data is read. */
export function readingOf(
  { resize, skipBad, label }: Pick<TrainSettings, "resize" | "skipBad" | "label">,
  inputShape: readonly number[] | undefined,
  wanted: WantedColumns | undefined,
): Partial<ReadOptions> {
  return {
    resize,
    skipBad,
    ...(label === undefined ? {} : { label }),
    ...(inputShape === undefined ? {} : { inputShape }),
    ...(wanted === undefined ? {} : { wanted }),
  };
}

/** What trains and what validates: what came with the data for that, as Keras' `validation_data`, else a share of it. */
function splitOff(
  model: ShapedGraph,
  { validation: given, ...data }: Dataset,
  { validation: { share, split }, seed }: TrainSettings,
): Pick<PreparedRun, "train" | "validation" | "validationData"> {
  if (share === 0) return { train: data, validation: undefined, validationData: undefined };
  if (given !== undefined)
    return { train: data, validation: scaleColumns(model, given), validationData: given.name };
  const how = split === "last" ? { method: "last" as const } : { method: "stratified" as const, seed };
  const { train, held } = splitDataset(data, { fraction: share }, how);
  return { train, validation: held, validationData: undefined };
}

function classWeightsOf(train: Dataset, { classWeights }: TrainSettings): readonly number[] | undefined {
  if (classWeights === "balanced") return balancedClassWeights(train);
  const count = train.classNames.length;
  if (classWeights === undefined || classWeights.length === count) return classWeights;
  throw new InputError(
    `class_weights has ${classWeights.length} numbers, but ${train.name} has ${count} classes`,
    { help: "give a number for each class, in their order, or `balanced`" },
  );
}

/** What identifies all that a run learns from or is judged by; what was read together says it of both. */
function sourceOf({ source, validation }: Dataset): string {
  const isSaid = validation === undefined || validation.source === source;
  return isSaid ? source : `${source}; to validate with: ${validation.source}`;
}

/** What a classifier of examples gives. */
function ofExamples({ graph }: ShapedGraph): WantedTarget {
  return { name: graph.outputs[0]!.name, kind: "class", shape: [1] };
}

/** What is said of classes alone has no meaning for several outputs, numbers and sequences. */
function checkForColumns({ classWeights, sampling }: TrainSettings, { name }: Dataset): void {
  const setting = classWeights === undefined ? sampling === "balanced" && "sampling" : "class_weights";
  if (setting === false) return;
  throw new InputError(`${setting} is about classes, but the examples of ${name} have none of their own`, {
    help: `leave ${setting} out`,
  });
}

/** @throws InputError where `stop` or `checkpoint` watches a score that no epoch of this run will have */
function checkWatched(settings: TrainSettings, outputs: readonly MeasuredOutput[] | undefined): void {
  const score = bestRuleOf(settings)?.score;
  if (score === undefined) return;
  const measured = scoreNames(settings, outputs);
  const isHeld = score.startsWith(validationPrefix);
  const name = isHeld ? score.slice(validationPrefix.length) : score;
  if ((isHeld ? measured.validation : measured.training).includes(name)) return;
  const all = [...measured.training, ...measured.validation.map((each) => validationPrefix + each)];
  throw new InputError(`no epoch will have the score ${score}, which is watched`, {
    help: `there will be ${all.join(", ")}`,
  });
}

function refuseErrors(diagnostics: readonly Diagnostic[]): void {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw mistakeInProgram("the model cannot be trained", errors);
}
