import { existsSync, statSync } from "node:fs";
import { type Compilation, compile } from "../compile.ts";
import type { Dataset } from "../data/dataset.ts";
import type { ReadOptions } from "../data/read-options.ts";
import { InputError } from "../diagnostics/input-error.ts";
import { mistakeInProgram } from "../diagnostics/render-mistake.ts";
import type { ChosenEngine } from "../engine/choose.ts";
import { exportModel } from "../engine/export-model.ts";
import { loadOnnxModel, type RunnableModel } from "../engine/inference.ts";
import { openOnTensorFlow } from "../engine/tfjs/inference.ts";
import { replayImports } from "../files/imports.ts";
import { writeOnnx } from "../onnx/write.ts";
import type { ModelDescription } from "../onnx/deploy/description.ts";
import { SourceFile } from "../source/source-file.ts";
import { type Checkpoint, type CheckpointDescription, readCheckpoint } from "./checkpoint.ts";
import { checkFit, checkLookUps, scaleColumns } from "./fit-data.ts";
import { wantedColumns } from "./loss.ts";
import type { MeasuredOutput } from "./measured-outputs.ts";
import { readingOf } from "./prepare.ts";
import { RunFolder, runFiles } from "./run-folder.ts";

/** A trained model that can be run, whatever kind of file it came from. */
export interface OpenedModel {
  readonly path: string;
  readonly session: RunnableModel;
  /** Empty where the file does not say. */
  readonly classNames: readonly string[];
  /** What a pixel byte is multiplied by, then what is added. */
  readonly scale: number;
  readonly offset: number;
  /** The data set that it was trained on, where it is known. */
  readonly data: string | undefined;
  /** How its training data was read. */
  readonly reading: Partial<ReadOptions>;
  /** What it takes and gives, where that is not one example and its class. */
  readonly columns?: OpenedColumns;
  /** @throws InputError where data holds numbers that it has no place for */
  check?(data: Dataset): void;
  /** The names of its outputs, where it is a file that says no more of them. */
  readonly outputNames?: readonly string[];
}

export interface OpenedColumns {
  readonly outputs: readonly MeasuredOutput[];
  /** Data as the model takes it: pixels of its other inputs scaled. @throws InputError where it does not fit */
  fit(data: Dataset): Dataset;
}

/**
 * Opens a run's folder, a checkpoint, or an .onnx file.
 *
 * @throws InputError where there is none, or where it is damaged
 */
export async function openModel(
  path: string,
  threads?: number,
  engine: ChosenEngine["name"] = "ort",
): Promise<OpenedModel> {
  const options = threads === undefined ? {} : { threads };
  const file = checkpointIn(path);
  if (file === undefined) {
    if (engine === "tfjs") {
      throw new InputError(`${path} is for ONNX Runtime, and TensorFlow.js does not read it`, {
        place: { file: path },
        help: "leave --engine out, or name the run's folder or its checkpoint",
      });
    }
    const session = await loadOnnxModel(path, options);
    const { classNames = [], preprocessing } = session.description;
    const { scale = 1 / 255, offset = 0 } = preprocessing ?? {};
    const { outputNames } = session;
    return { path, session, classNames, scale, offset, data: undefined, reading: {}, outputNames };
  }
  const checkpoint = await readCheckpoint(file);
  const session =
    engine === "tfjs"
      ? await openOnTensorFlow(file, compileCheckpoint(checkpoint.description).model, checkpoint.weights)
      : await loadOnnxModel(writeCheckpointAsOnnx(checkpoint, file), { ...options, name: file });
  const { classNames, pixelScale, data, settings, outputs } = checkpoint.description;
  const opened = { path, session, classNames, scale: pixelScale, offset: 0, data: data.name };
  if (outputs === undefined) {
    const check = (given: Dataset): void =>
      checkLookUps(compileCheckpoint(checkpoint.description).model, given);
    return { ...opened, reading: readingOf(settings, undefined, undefined), check };
  }
  const { model } = compileCheckpoint(checkpoint.description);
  const wanted = wantedColumns(model, settings.loss);
  const fit = (given: Dataset): Dataset => {
    checkFit(model, given, wanted);
    return scaleColumns(model, given);
  };
  return { ...opened, reading: readingOf(settings, undefined, wanted), columns: { outputs, fit } };
}

/** The checkpoint that a path stands for: a run's folder, or a safetensors file; undefined for other files. */
export function checkpointIn(path: string): string | undefined {
  if (!existsSync(path))
    throw new InputError(`there is no file or folder ${path}`, { place: { file: path } });
  if (statSync(path).isDirectory()) {
    const file = new RunFolder(path).resultPath;
    if (existsSync(file)) return file;
    throw new InputError(`the folder ${path} holds no ${runFiles.checkpoint}`, {
      place: { file: path },
      help: "name a folder that `cnn train` has written",
    });
  }
  if (path.endsWith(".cnn")) {
    throw new InputError(`${path} is a model's text, which holds no weights`, {
      place: { file: path },
      help: "name the run's folder, its checkpoint, or an .onnx file",
    });
  }
  return path.endsWith(".safetensors") ? path : undefined;
}

/** The program of a checkpoint, compiled as it was for its run. @throws InputError where it no longer compiles */
export function compileCheckpoint({
  source,
  compile: options,
  inputShape,
}: CheckpointDescription): Compilation {
  const file = new SourceFile(source.name, source.text);
  const readImport = replayImports(source.imports);
  const first = compile(file, { ...options, readImport });
  const implied = first.model.graph.inputIsImplied && (options.inputs ?? []).length === 0;
  const compilation = implied
    ? compile(file, { ...options, inputs: [inputShape.join("x")], readImport })
    : first;
  const errors = compilation.diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw mistakeInProgram("the checkpoint's model has mistakes", errors);
  return compilation;
}

/** What a run's model says of itself in an .onnx file. */
export function describeCheckpoint({
  source,
  classNames,
  pixelScale,
  inputShape,
}: CheckpointDescription): Omit<ModelDescription, "layout"> {
  return {
    sourceName: source.name,
    sourceHash: source.sha256,
    languageVersion: 1,
    ...(classNames.length === 0 ? {} : { classNames }),
    preprocessing: { scale: pixelScale, offset: 0, colorOrder: inputShape.at(-1) === 1 ? "gray" : "rgb" },
  };
}

function writeCheckpointAsOnnx({ description, weights }: Checkpoint, file: string): Uint8Array {
  const { model } = compileCheckpoint(description);
  const { value, diagnostics } = exportModel(model, weights, {
    description: describeCheckpoint(description),
  });
  if (value === undefined) throw mistakeInProgram(`${file} cannot be run`, diagnostics);
  return writeOnnx(value.exported.model);
}
