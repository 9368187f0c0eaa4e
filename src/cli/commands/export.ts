import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { InputError } from "../../diagnostics/input-error.ts";
import { exportModel } from "../../engine/export-model.ts";
import type { TensorFlowForm } from "../../engine/tfjs/export.ts";
import { type ExportToVerify, type Verification, verifyExport } from "../../engine/verify-export.ts";
import { writeFileAtomically, writeFilesTogether } from "../../files/atomic.ts";
import { type DataLayout, type ModelDescription, writeDescription } from "../../onnx/deploy/description.ts";
import { explainMoves } from "../../onnx/deploy/moves.ts";
import type { OnnxGraph } from "../../onnx/onnx-graph.ts";
import { needsDataFile, writeOnnx, writeOnnxWithData } from "../../onnx/write.ts";
import type { WeightValues } from "../../tensor/weight-values.ts";
import type { Compilation } from "../../compile.ts";
import { describedRun, readCheckpoint } from "../../train/checkpoint.ts";
import { pixelScale } from "../../train/fit-data.ts";
import { checkpointIn, compileCheckpoint, describeCheckpoint } from "../../train/open-model.ts";
import { checkWeightMemory } from "../../weights/memory.ts";
import { readModelWeights, startingWeights } from "../../weights/pretrained.ts";
import { matchWeights } from "../../weights/assign.ts";
import { type ExitCode, UsageError } from "../exit.ts";
import type { ModelOptions } from "../compile-options.ts";
import { compileForCommand, reportFindings } from "../model.ts";
import { readSource } from "../sources.ts";
import { writeNote, writeOut } from "../terminal.ts";

interface ExportOptions extends ModelOptions {
  readonly weights?: string;
  readonly seed?: number;
  readonly to?: "onnx" | "tfjs";
  readonly form?: TensorFlowForm;
  readonly opset?: number;
  readonly layout: DataLayout;
  readonly externalData?: boolean;
  readonly classes?: string;
}

interface Prepared {
  readonly compilation: Compilation;
  readonly weights: WeightValues;
  readonly description: Omit<ModelDescription, "layout">;
}

/** `cnn export`: an .onnx file, kept only where ONNX Runtime gives what the compiler's reference gives. */
export async function runExport(
  path: string,
  output: string | undefined,
  options: ExportOptions,
): Promise<ExitCode> {
  if (options.to === "tfjs") return exportForTensorFlow(path, output, options);
  if (options.form !== undefined) {
    throw new UsageError("--form is for TensorFlow.js", "say --to tfjs too, or leave it out");
  }
  if (output !== undefined) checkExportPath(output);
  const prepared = await prepare(path, options);
  if (prepared === undefined) return 1;
  const { compilation, weights, description } = prepared;
  const { name } = compilation.model.graph;
  const classNames = options.classes?.split(",").map((text) => text.trim()) ?? description.classNames;
  checkClassNames(compilation, classNames);
  const outcome = exportModel(compilation.model, weights, {
    name,
    layout: options.layout,
    description: { ...description, classNames },
    ...(options.opset === undefined ? {} : { opset: options.opset }),
  });
  if (!reportFindings({ ...compilation, diagnostics: outcome.diagnostics }) || outcome.value === undefined)
    return 1;
  const { exported, graph } = outcome.value;
  const target = output ?? `${name}.onnx`;
  const write = options.externalData === true || needsDataFile(exported.model) ? writeWithData : writeAlone;
  const { verification, files } = await write(target, { exported, graph, weights });
  const [nodes, opset] = [exported.model.graph.nodes.length, exported.model.opsets[0]!.version];
  writeOut(`${target}: ${nodes} nodes, ${files}, opset ${opset}\n`);
  writeOut(`checked in ONNX Runtime: ${verification.summary}\n`);
  const moves = explainMoves(exported.model, options.layout);
  if (moves.length > 0) writeNote(`data is moved by Transpose: ${moves.join("; ")} (docs/exports.md)\n`);
  return 0;
}

interface Written {
  readonly verification: Verification;
  /** What was written, for people. */
  readonly files: string;
}

async function writeAlone(target: string, request: Omit<ExportToVerify, "file">): Promise<Written> {
  const file = writeOnnx(request.exported.model);
  const verification = await requireAgreement({ ...request, file });
  await writeFileAtomically(target, file);
  return { verification, files: countBytes(file.length) };
}

/** The weights in a file beside the model, of any size. */
async function writeWithData(target: string, request: Omit<ExportToVerify, "file">): Promise<Written> {
  const { model } = request.exported;
  const name = basename(target);
  const dataName = `${name}.data`;
  const { bytes, data } = writeOnnxWithData(model, dataName);
  const files = [
    { name: dataName, contents: data },
    { name, contents: bytes },
  ];
  const verification = await writeFilesTogether(dirname(target), files, (staged) => {
    const writeVariant = async (graph: OnnxGraph): Promise<string> => {
      const path = join(staged, "variant.onnx");
      await writeFileAtomically(path, writeOnnxWithData({ ...model, graph }, dataName).bytes);
      return path;
    };
    return requireAgreement({ ...request, file: { path: join(staged, name), writeVariant } });
  });
  const dataBytes = data.reduce((sum, piece) => sum + piece.length, 0);
  return {
    verification,
    files: `${countBytes(bytes.length)} and ${countBytes(dataBytes)} of weights in ${dataName}`,
  };
}

function countBytes(count: number): string {
  return `${count.toLocaleString("en-US")} bytes`;
}

async function requireAgreement(request: ExportToVerify): Promise<Verification> {
  const verification = await verifyExport(request);
  if (verification.agrees) return verification;
  throw new InputError(`the export is wrong and was not kept: ${verification.summary}`, {
    help: "this is a mistake of the compiler; please report it with the model",
  });
}

/** `cnn export --to tfjs`: a folder that a page opens with tf.loadLayersModel, or with `--form graph` tf.loadGraphModel. */
async function exportForTensorFlow(
  path: string,
  output: string | undefined,
  options: ExportOptions,
): Promise<ExitCode> {
  if (options.externalData === true) {
    throw new UsageError("--external-data is for .onnx files", "leave it out, or leave out --to tfjs");
  }
  if (output?.endsWith(".onnx")) {
    throw new UsageError("--to tfjs writes a folder, not an .onnx file", "leave out --to, or name a folder");
  }
  const prepared = await prepare(path, options);
  if (prepared === undefined) return 1;
  const { compilation, weights, description } = prepared;
  const classNames = options.classes?.split(",").map((text) => text.trim()) ?? description.classNames;
  checkClassNames(compilation, classNames);
  const metadata = writeDescription({ ...description, ...(classNames && { classNames }) });
  const { writeTensorFlowExport } = await import("../../engine/tfjs/export.ts");
  const folder = output ?? `${compilation.model.graph.name}-tfjs`;
  const form = options.form ?? "layers";
  const exported = { model: compilation.model, weights, metadata, form };
  const { value, diagnostics } = await writeTensorFlowExport(folder, exported);
  if (!reportFindings({ ...compilation, diagnostics }) || value === undefined) return 1;
  writeOut(`${folder}: ${value.files.join(", ")}, ${value.bytes.toLocaleString("en-US")} bytes\n`);
  writeOut(
    value.difference === undefined
      ? "loaded again; not compared, since the model is too large for the float64 reference\n"
      : `loaded again: largest difference from the float64 reference ${value.difference.toExponential(1)} of the largest number\n`,
  );
  if (value.customClasses.length > 0) {
    writeNote(`a page loads cnn-layers.js after TensorFlow.js, for ${value.customClasses.join(", ")}\n`);
  }
  for (const message of value.limits.values()) writeNote(`${message}; a page can take another backend\n`);
  return 0;
}

/**
 * Refuses what `cnn export` and `cnn train --export` must not write: another kind of file, or one in a folder that is not there.
 *
 * @param comingFolder a folder that will have been made by then
 * @throws UsageError, InputError
 */
export function checkExportPath(path: string, comingFolder?: string): void {
  if (!path.endsWith(".onnx")) {
    throw new UsageError(
      `an export is an .onnx file, not ${path}`,
      `give it the ending: ${path.replace(/\.\w+$/, "")}.onnx`,
    );
  }
  const folder = resolve(dirname(path));
  if (!existsSync(folder) && (comingFolder === undefined || folder !== resolve(comingFolder))) {
    throw new InputError(`the folder of ${path} does not exist`, {
      place: { file: path },
      help: "create the folder first",
    });
  }
}

/** @throws UsageError where there are not as many names as outputs */
function checkClassNames({ model }: Compilation, names: readonly string[] | undefined): void {
  const units = model.layer(model.graph.outputs[0]!.layer).shape?.at(-1)?.value;
  if (
    names === undefined ||
    units === undefined ||
    names.length === units ||
    (units === 1 && names.length === 2)
  )
    return;
  throw new UsageError(`${names.length} class names for a model with ${units} outputs`);
}

/** Drawn or read, in the bytes of the file, and in the runtime that checks it: at least. */
const copiesWhileExporting = 3;

/** The model with its weights: from a run or checkpoint, or from a model file with given or random weights. */
async function prepare(path: string, options: ExportOptions): Promise<Prepared | undefined> {
  const isModel = path === "-" || path.endsWith(".cnn") || (/^\w+$/.test(path) && !existsSync(path));
  if (!isModel) {
    const file = checkpointIn(path);
    if (file === undefined)
      throw new UsageError(`${path} is neither a model file (.cnn) nor a run or checkpoint`);
    const checkpoint = await readCheckpoint(file);
    const compilation = compileCheckpoint(checkpoint.description);
    return {
      compilation,
      weights: matchWeights(compilation.model, checkpoint.weights, file),
      description: describeCheckpoint(checkpoint.description),
    };
  }
  const source = readSource({ paths: [path], expression: undefined, model: options.model });
  const compilation = await compileForCommand(source, options);
  const { file } = compilation;
  if (!reportFindings(compilation)) return undefined;
  const { model } = compilation;
  checkWeightMemory(model, copiesWhileExporting);
  const description = {
    sourceName: basename(file.name),
    sourceHash: createHash("sha256").update(file.text).digest("hex"),
    languageVersion: 1,
    preprocessing: preprocessingOf(model),
  };
  if (options.weights !== undefined) {
    const path = checkpointIn(options.weights) ?? options.weights;
    const { weights, metadata } = await readModelWeights(model, path);
    const { classNames = [] } = describedRun(metadata) ?? {};
    const named = classNames.length === 0 ? description : { ...description, classNames };
    return { compilation, weights, description: named };
  }
  const seed = options.seed ?? 0;
  const others = model.graph.pretrained.map(({ file }) => `, over them those of ${file}`);
  writeNote(
    `random weights from seed ${seed}${[...new Set(others)].join("")}; --weights FILE takes trained ones\n`,
  );
  return { compilation, weights: await startingWeights(model, seed), description };
}

/** Image models say how their pixels are scaled. */
function preprocessingOf(model: Compilation["model"]): ModelDescription["preprocessing"] {
  const channels = model.layer(model.graph.inputs[0]!).shape?.[2]?.value;
  if (channels !== 1 && channels !== 3) return undefined;
  return { scale: pixelScale(model), offset: 0, colorOrder: channels === 1 ? "gray" : "rgb" };
}
