import type { ShapedGraph } from "../analyze/shaped-graph.ts";
import type { LossOptions } from "../autodiff/training-graphs.ts";
import { type Compilation, compile } from "../compile.ts";
import { splitValidation } from "../data/batches.ts";
import type { Dataset } from "../data/dataset.ts";
import { loadData } from "../data/named.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { InputError } from "../diagnostics/input-error.ts";
import { renderDiagnostics } from "../diagnostics/render.ts";
import { type ImportedFile, recordImports, replayImports } from "../files/imports.ts";
import { SourceFile } from "../source/source-file.ts";
import { checkFit, pixelScale } from "./fit-data.ts";
import type { TrainingJob, TrainingObserver } from "./job.ts";
import { chooseLoss } from "./loss.ts";
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
  readonly imports?: readonly ImportedFile[];
}

/** Everything that a run is made from, before its first step. */
export interface PreparedRun {
  readonly model: ShapedGraph;
  /** The files that the program uses. */
  readonly imports: readonly ImportedFile[];
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
  const data = await loadData(settings.data, {
    ...(job.dataFolder === undefined ? {} : { dataFolder: job.dataFolder }),
    onProgress: ({ file: name, receivedBytes, totalBytes }) =>
      observer.onEvent?.({ kind: "download", file: name, received: receivedBytes, total: totalBytes }),
  });
  // A file without an input takes the images' shape.
  const asData = first.model.graph.inputIsImplied && (job.compile?.inputs ?? []).length === 0;
  const { model } = asData ? compileJob([data.train.shape.join("x")]) : first;
  checkFit(model, data);
  const held =
    settings.validation > 0 ? splitValidation(data.train, { fraction: settings.validation }) : undefined;
  return {
    model,
    imports: imports(),
    settings,
    loss: chooseLoss(model, settings.loss?.name),
    train: held?.train ?? data.train,
    validation: held?.validation,
    dataSource: data.train.source,
    scale: pixelScale(model),
    units: model.layer(model.graph.outputs[0]!.layer).shape![0]!.value!,
  };
}

function refuseErrors(diagnostics: readonly Diagnostic[]): void {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new InputError(`the model cannot be trained\n\n${renderDiagnostics(errors)}`);
}
