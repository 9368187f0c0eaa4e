import type { ShapedGraph } from "../analyze/shaped-graph.ts";
import type { LossOptions } from "../autodiff/training-graphs.ts";
import { type Compilation, compile } from "../compile.ts";
import { checkAugmentations, readAugmentations } from "../data/augment/read.ts";
import type { Augmentation } from "../data/augment/kinds.ts";
import type { Dataset } from "../data/dataset.ts";
import { loadPart } from "../data/named.ts";
import { checkClasses } from "../data/own-data.ts";
import type { ReadOptions } from "../data/read-options.ts";
import { balancedClassWeights, splitDataset } from "../data/split.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { InputError } from "../diagnostics/input-error.ts";
import { renderDiagnostics } from "../diagnostics/render.ts";
import { type ImportedFile, recordImports, replayImports } from "../files/imports.ts";
import { SourceFile } from "../source/source-file.ts";
import { checkFit, knownInputShape, pixelScale } from "./fit-data.ts";
import type { TrainingJob, TrainingObserver } from "./job.ts";
import { chooseLosses } from "./loss.ts";
import { checkNormalization } from "./normalization.ts";
import { resolveSettings } from "./settings/resolve.ts";
import type { TrainSettings } from "./settings/table.ts";
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
  readonly dataSource: string;
  /** What happens to training examples before each step. */
  readonly augmentations: readonly Augmentation[];
  /** What the user should know of the data. */
  readonly notes: readonly string[];
  readonly scale: number;
  /** Values that the model gives an example. */
  readonly units: number;
}

/**
 * Compiles the model, reads its settings and loads the data.
 *
 * @throws InputError where the model has mistakes, or where the data is not there or does not fit
 */
export async function prepareRun(job: ResumableJob, observer: TrainingObserver): Promise<PreparedRun> {
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
  const data = await loadPart(settings.data, "train", {
    ...readingOf(settings, knownInputShape(first.model)),
    ...(job.dataFolder === undefined ? {} : { dataFolder: job.dataFolder }),
    onProgress: ({ file: name, receivedBytes, totalBytes }) =>
      observer.onEvent?.({ kind: "download", file: name, received: receivedBytes, total: totalBytes }),
  });
  // A file without an input takes the examples' shape.
  const asData = first.model.graph.inputIsImplied && (job.compile?.inputs ?? []).length === 0;
  const { model } = asData ? compileJob([data.shape.join("x")]) : first;
  checkClasses(data);
  checkMeasurable(settings);
  checkFit(model, data);
  refuseErrors([...checkAugmentations(model).diagnostics, ...checkNormalization(model).diagnostics]);
  const split = splitOff(data, settings);
  const classWeights = classWeightsOf(split.train, settings);
  const isMixed = augmentations.value.some(({ name }) => name === "mixup" || name === "cutmix");
  const losses = chooseLosses(model, settings.loss).map((loss) => ({
    ...loss,
    // A blended example is of two classes.
    ...(isMixed ? { target: "values" as const } : {}),
    ...(classWeights === undefined ? {} : { classWeights }),
  }));
  return {
    model,
    imports: imports(),
    settings,
    losses,
    augmentations: augmentations.value,
    ...split,
    dataSource: data.source,
    scale: pixelScale(model, data.content),
    units: model.layer(model.graph.outputs[0]!.layer).shape![0]!.value!,
    notes: skippedNotes(data),
  };
}

/** How a run reads its data, and how its model's test data is read. */
export function readingOf(
  { resize, skipBad, label }: Pick<TrainSettings, "resize" | "skipBad" | "label">,
  inputShape: readonly number[] | undefined,
): Partial<ReadOptions> {
  return {
    resize,
    skipBad,
    ...(label === undefined ? {} : { label }),
    ...(inputShape === undefined ? {} : { inputShape }),
  };
}

function splitOff(
  data: Dataset,
  { validation: { share, split }, seed }: TrainSettings,
): { readonly train: Dataset; readonly validation: Dataset | undefined } {
  if (share === 0) return { train: data, validation: undefined };
  const how = split === "last" ? { method: "last" as const } : { method: "stratified" as const, seed };
  const { train, held } = splitDataset(data, { fraction: share }, how);
  return { train, validation: held };
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

function checkMeasurable({ metrics, validation }: TrainSettings): void {
  const measured = metrics.filter((name) => name !== "accuracy");
  if (measured.length === 0 || validation.share > 0) return;
  throw new InputError(`${measured.join(", ")}: metrics are measured on the data held back, and nothing is`, {
    help: "hold some back (`validation 0.1`), or name `accuracy` alone; `cnn evaluate` measures all on the test data",
  });
}

function skippedNotes({ skipped = [], skippedCount = 0 }: Dataset): readonly string[] {
  if (skippedCount === 0) return [];
  const more = skippedCount > skipped.length ? [`… and ${skippedCount - skipped.length} more`] : [];
  return [`left out ${skippedCount} examples that cannot be used:`, ...skipped, ...more];
}

function refuseErrors(diagnostics: readonly Diagnostic[]): void {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new InputError(`the model cannot be trained\n\n${renderDiagnostics(errors)}`);
}
