import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ShapedGraph } from "../../analyze/shaped-graph.ts";
import type { Outcome } from "../../diagnostics/diagnostic.ts";
import { InputError } from "../../diagnostics/input-error.ts";
import { writeFileAtomically } from "../../files/atomic.ts";
import { makeFolder } from "../../files/folder.ts";
import { createRandom } from "../../random/random.ts";
import { lowerModel } from "../../tensor/lower.ts";
import { evaluateTensorGraph } from "../../tensor/reference/evaluate.ts";
import type { WeightValues } from "../../tensor/weight-values.ts";
import { limitsOfModel, type TensorFlowBackend } from "../../tfjs/backend-limits.ts";
import { registerCustomLayers } from "../../tfjs/layers/index.ts";
import { exportLayersModel, type ModelFiles } from "../../tfjs/layers-model-file.ts";
import type { LayersModel, Tensor, TensorFlow } from "../../tfjs/tensorflow.ts";
import type { loadGraphModel } from "../../tfjs/converter.ts";
import { exportGraphModel } from "../../tfjs/graph-model/graph-model-file.ts";
import { loadTensorFlow } from "./load.ts";

/** What was written for TensorFlow.js. */
export interface TensorFlowExport {
  readonly files: readonly string[];
  readonly bytes: number;
  readonly customClasses: readonly string[];
  /** How far the loaded file was from the float64 reference; undefined where the model is too large for that. */
  readonly difference: number | undefined;
  /** The backends that cannot compute it, and why; told in the file too. */
  readonly limits: ReadonlyMap<TensorFlowBackend, string>;
}

const scriptName = "cnn-layers.js";
/** Beyond so many multiply-accumulates the reference takes too long. */
const largestReference = 4e9;
const tolerance = 1e-4;

/** `layers` is for `tf.loadLayersModel`, can be trained on and imported again; `graph` for `tf.loadGraphModel`, inference alone. */
export const tensorFlowForms = ["layers", "graph"] as const;
export type TensorFlowForm = (typeof tensorFlowForms)[number];

/** How each form is made, and opened again. */
const forms: Readonly<
  Record<
    TensorFlowForm,
    {
      readonly make: (
        tf: TensorFlow,
        model: ShapedGraph,
        weights: WeightValues,
        metadata: Readonly<Record<string, string>>,
      ) => Promise<Outcome<ModelFiles | undefined>>;
      readonly open: (tf: TensorFlow, files: ModelFiles) => Promise<PredictingModel>;
    }
  >
> = {
  layers: { make: exportLayersModel, open: openModelFiles },
  graph: { make: (_, ...given) => Promise.resolve(exportGraphModel(...given)), open: openGraphModelFiles },
};

/** A model, and what its file says of it beside. */
export interface ExportedModel {
  readonly model: ShapedGraph;
  readonly weights: WeightValues;
  readonly metadata: Readonly<Record<string, string>>;
  readonly form: TensorFlowForm;
}

/**
 * Writes a model for TensorFlow.js into a folder, after it was loaded once more and compared with the float64 reference: model.json,
 * the weights, and the script of our own layers where it has any.
 *
 * @throws InputError where the folder cannot be written, or the file is wrong
 */
export async function writeTensorFlowExport(
  folder: string,
  { model, weights, metadata, form }: ExportedModel,
): Promise<Outcome<TensorFlowExport | undefined>> {
  const { tf } = await loadTensorFlow();
  const { make, open } = forms[form];
  const limits = limitsOfModel(model);
  const told: Readonly<Record<string, string>> =
    limits.size === 0 ? {} : { "cnn.limits": JSON.stringify(Object.fromEntries(limits)) };
  const { value: made, diagnostics } = await make(tf, model, weights, { ...metadata, ...told });
  if (made === undefined) return { value: undefined, diagnostics };
  const difference = compareWithReference(tf, await open(tf, made), model, weights);
  if (difference !== undefined && !(difference <= tolerance)) {
    throw new InputError(
      `the export is wrong and was not kept: it differs from the float64 reference by ${difference}`,
      { help: "this is a mistake of the compiler; please report it with the model" },
    );
  }
  makeFolder(folder);
  const others = made.customClasses.length === 0 ? [] : [scriptName];
  for (const name of others) await writeFileAtomically(join(folder, name), await readScript());
  await writeFileAtomically(join(folder, made.weightsName), made.weights);
  const json = new TextEncoder().encode(made.json);
  await writeFileAtomically(join(folder, "model.json"), json);
  const files = ["model.json", made.weightsName, ...others];
  const bytes = json.length + made.weights.length;
  return { value: { files, bytes, customClasses: made.customClasses, difference, limits }, diagnostics };
}

/** The built script lies beside the command. */
async function readScript(): Promise<Uint8Array> {
  for (const place of ["../browser/cnn-layers.js", "../../../dist/browser/cnn-layers.js"]) {
    try {
      return await readFile(fileURLToPath(new URL(place, import.meta.url)));
    } catch {
      continue;
    }
  }
  throw new InputError(`${scriptName} is missing from this installation`, { help: "run: npm run build" });
}

/**
 * Compares every output of a loaded model on an example with the float64 reference; the loaded model is disposed of.
 *
 * @returns the largest difference, relative to the largest number; undefined where the model is too large for the reference
 */
export function compareWithReference(
  tf: TensorFlow,
  loaded: PredictingModel,
  model: ShapedGraph,
  weights: WeightValues,
): number | undefined {
  if ((model.totals.multiplyAccumulates.value ?? Infinity) > largestReference) return undefined;
  const { value: lowered } = lowerModel(model, { batch: "N", training: false });
  const { builder, inputs, outputs } = lowered!;
  const graph = builder.finish(Object.fromEntries(outputs.map(({ name, value }) => [name, value])));
  const examples = inputs.map(({ name, value }) => {
    const shape = [1, ...builder.shape(value).slice(1).map(Number)];
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
    createRandom(0, `example/${name}`).fillUniform(data, 0, 1);
    return { name, shape, data };
  });
  const given = new Map([...weights, ...examples.map(({ name, ...value }) => [name, value] as const)]);
  const expected = evaluateTensorGraph(graph, given);
  const results = tf.tidy(() => {
    const tensors = examples.map(({ data, shape }) => tf.tensor(data, shape));
    const predicted = loaded.predict(tensors.length === 1 ? tensors[0]! : tensors) as Tensor | Tensor[];
    return [predicted].flat().map((result) => result.dataSync());
  });
  loaded.dispose();
  return Math.max(
    ...outputs.map(({ name }, index) => relativeDifference(results[index]!, expected.get(name)!.data)),
  );
}

function relativeDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [largest, difference] = [1e-6, 0];
  for (let index = 0; index < expected.length; index++) {
    largest = Math.max(largest, Math.abs(expected[index]!));
    difference = Math.max(difference, Math.abs(actual[index]! - expected[index]!));
  }
  return difference / largest;
}

type ModelArtifacts = Extract<Parameters<TensorFlow["io"]["fromMemory"]>[0], object>;

/** A model that TensorFlow.js has opened: of layers, or of operations. */
export type PredictingModel = Pick<LayersModel, "predict" | "dispose">;

/** Opens a model.json with its weights as a page does. */
export async function openModelFiles(
  tf: TensorFlow,
  files: Pick<ModelFiles, "json" | "weights">,
): Promise<LayersModel> {
  registerCustomLayers(tf);
  return tf.loadLayersModel(tf.io.fromMemory(artifactsOf(files)));
}

/** The same for a graph model. */
export async function openGraphModelFiles(
  tf: TensorFlow & { readonly loadGraphModel?: typeof loadGraphModel },
  files: Pick<ModelFiles, "json" | "weights">,
): Promise<PredictingModel> {
  const load = tf.loadGraphModel ?? (await import("../../tfjs/converter.ts")).loadGraphModel;
  return (await load(tf.io.fromMemory(artifactsOf(files)))) as unknown as PredictingModel;
}

function artifactsOf({ json, weights }: Pick<ModelFiles, "json" | "weights">): ModelArtifacts {
  const { weightsManifest, ...parsed } = JSON.parse(json) as {
    readonly modelTopology: object;
    readonly weightsManifest: readonly { readonly weights: readonly never[] }[];
  };
  const weightData = Uint8Array.from(weights).buffer;
  return { ...parsed, weightSpecs: weightsManifest.flatMap((group) => group.weights), weightData };
}
