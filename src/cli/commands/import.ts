import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { readProgram } from "../../compile.ts";
import { InputError } from "../../diagnostics/input-error.ts";
import { compareImport, type ImportCheck } from "../../engine/tfjs/compare-import.ts";
import { writeFileAtomically } from "../../files/atomic.ts";
import { makeFolder } from "../../files/folder.ts";
import { type ImportedModel, importKerasModel } from "../../interop/import-model.ts";
import { formatCount } from "../../report/numbers.ts";
import { SourceFile } from "../../source/source-file.ts";
import { formatProgram } from "../../syntax/format.ts";
import { type KerasModelFile, readKerasModel } from "../../weights/keras-model.ts";
import { writeSafetensors } from "../../weights/safetensors.ts";
import { type ExitCode, UsageError } from "../exit.ts";
import { reportInputError } from "../report-mistake.ts";
import { writeNote, writeOut } from "../terminal.ts";

interface ImportOptions {
  readonly overwrite?: boolean;
}

/**
 * `cnn import`: a model.json of TensorFlow.js, a `.keras` file or a configuration of Keras as a program, and its weights as
 * safetensors beside it. Every layer without a counterpart is named: then 1, and nothing is written.
 */
export async function runImport(
  path: string,
  output: string | undefined,
  { overwrite = false }: ImportOptions,
): Promise<ExitCode> {
  if (output !== undefined && !output.endsWith(".cnn")) {
    throw new UsageError(`an import is a .cnn file, not ${output}`, `give it the ending: ${output}.cnn`);
  }
  const file = fileOf(path);
  const source = await readKerasModel(file);
  const { value, problems } = importKerasModel(source, { name: file, text: source.text });
  problems.forEach(reportInputError);
  if (value === undefined) return 1;
  const { weights } = value;
  const target = output ?? `${value.name}.cnn`;
  const weightsTarget = target.replace(/\.cnn$/, ".safetensors");
  if (!overwrite) checkAbsent(weights === undefined ? [target] : [target, weightsTarget]);
  const check = await checkImport(value, source);
  makeFolder(dirname(target));
  if (weights !== undefined) {
    await writeFileAtomically(weightsTarget, writeSafetensors({ tensors: weights, metadata: {} }));
  }
  await writeFileAtomically(target, formatted(value));
  tell(value, { target, weightsTarget, check });
  return 0;
}

/** A folder that a model was written to stands for its model.json. @throws InputError where it has none */
function fileOf(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return path;
  const file = join(path, "model.json");
  if (existsSync(file)) return file;
  throw new InputError(`${path} is a folder without a model.json`, {
    place: { file: path },
    help: "name a model.json of TensorFlow.js, a .keras file, or what model.to_json() gave",
  });
}

/** @throws InputError where a file is there */
function checkAbsent(files: readonly string[]): void {
  for (const file of files.filter((each) => existsSync(each))) {
    throw new InputError(`${file} is there already`, {
      place: { file },
      help: "name another file, or say --overwrite",
    });
  }
}

function checkImport(
  { model, weights }: ImportedModel,
  { layersModel }: KerasModelFile,
): Promise<ImportCheck | undefined> {
  if (weights === undefined || layersModel === undefined) return Promise.resolve(undefined);
  return compareImport(model, weights, layersModel);
}

function formatted({ name, text }: ImportedModel): string {
  const file = new SourceFile(`${name}.cnn`, text);
  return formatProgram(readProgram(file).value, file);
}

interface Written {
  readonly target: string;
  readonly weightsTarget: string;
  readonly check: ImportCheck | undefined;
}

function tell({ model, weights, notes }: ImportedModel, { target, weightsTarget, check }: Written): void {
  const [layers, parameters] = [model.layers.length, model.totals.parameters].map(formatCount);
  writeOut(`${target}: ${layers} layers, ${parameters} parameters\n`);
  writeOut(
    weights === undefined
      ? "no weights: the file describes layers alone\n"
      : `${weightsTarget}: the weights; cnn train ${target} --from ${weightsTarget}, cnn export ${target} --weights ${weightsTarget}\n`,
  );
  if (check?.difference !== undefined) {
    writeOut(
      `checked: largest difference from the original on TensorFlow.js ${check.difference.toExponential(1)} of the largest number\n`,
    );
  } else if (check !== undefined) writeOut(`not compared with the original: ${check.reason}\n`);
  for (const note of notes) writeNote(`note: ${note}\n`);
}
