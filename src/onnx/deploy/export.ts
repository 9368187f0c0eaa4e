// deploy/: a TensorGraph as the ONNX graph that a person would write for it: Conv with its bias, MaxPool, Gemm, channels first.
// tiles.ts covers the graph with patterns, layout.ts says how values stand in memory, emit.ts makes the nodes of each pattern.
import { InputError } from "../../diagnostics/input-error.ts";
import type { TensorGraph, ValueId } from "../../tensor/tensor-graph.ts";
import type { WeightValues } from "../../tensor/weight-values.ts";
import { version } from "../../version.ts";
import { OnnxBuilder } from "../builder.ts";
import type { OnnxModel } from "../onnx-graph.ts";
import { Constants } from "./constants.ts";
import { Deployment, onnxDims } from "./deployment.ts";
import { writeDescription } from "./description.ts";
import type { DataLayout, ModelDescription } from "./description.ts";
import { emitTile } from "./emit.ts";
import { channelsFirst, natural, physicalShape } from "./layout.ts";
import type { Layout } from "./layout.ts";
import { selectTiles } from "./tiles.ts";
import type { Tile } from "./tiles.ts";

export interface ExportOptions {
  /** What the graph is called; `model` if left out. */
  readonly name?: string;
  /** The operator set, from `oldestOpset` to `newestOpset`; 20 if left out, as from PyTorch: ONNX Runtime reads it since 1.17. */
  readonly opset?: number;
  /** How images are given and come out: [batch, C, H, W] if left out, or [batch, H, W, C]. */
  readonly layout?: DataLayout;
  /**
   * Whether batch norm and layer scale become a part of the convolution or dense layer before them, and a layer norm's gamma and beta of
   * the one after it; true if left out.
   */
  readonly foldBatchNorm?: boolean;
  readonly description?: Omit<ModelDescription, "layout">;
  /** A sentence about the model, for people. */
  readonly docString?: string;
}

export const oldestOpset = 7;
export const newestOpset = 23;
const defaultOpset = 20;

/** The file format that came with each operator set (onnx.helper.OP_SET_ID_VERSION_MAP); 4 lets weights be no inputs. */
const formatsSince: readonly (readonly [opset: number, irVersion: number])[] = [
  [23, 11],
  [21, 10],
  [19, 9],
  [15, 8],
  [12, 7],
  [11, 6],
  [10, 5],
  [0, 4],
];

/** Where a value of the TensorGraph is found in the file. */
export interface TracedValue {
  readonly value: ValueId;
  /** The layer that gives the value. */
  readonly layer: string | undefined;
  /** The ONNX value's name. */
  readonly name: string;
  readonly layout: Layout;
}

export interface TracedExport {
  readonly model: OnnxModel;
  readonly inputs: readonly TracedValue[];
  readonly outputs: readonly TracedValue[];
  /** The value that each tile's nodes give, if it stands in the file, in the order of computation; outputs too, under whichever name they have. */
  readonly steps: readonly TracedValue[];
}

/**
 * The deployed form of a model: one ONNX node a layer where ONNX has one.
 *
 * @param graph a model lowered for inference (no dropout, batch norm with what was learnt)
 * @param weights the numbers of every weight and state of the graph; their arrays are shared with the result where they can be
 * @throws InputError for an operator set that is not supported, or does not have an operator that the model needs
 */
export function exportOnnx(
  graph: TensorGraph,
  weights: WeightValues,
  options: ExportOptions = {},
): OnnxModel {
  return exportWithTrace(graph, weights, options).model;
}

/** As `exportOnnx`, with where each value is found: for comparing a file with the graph it came from. */
export function exportWithTrace(
  graph: TensorGraph,
  weights: WeightValues,
  options: ExportOptions = {},
): TracedExport {
  const { name = "model", opset = defaultOpset, layout = "channels_first", foldBatchNorm = true } = options;
  requireKnownOpset(opset);
  const builder = new OnnxBuilder(name);
  const constants = new Constants(graph, weights);
  const tiles = selectTiles(graph, constants, { foldBatchNorm, opset });
  const ioLayout = layout === "channels_first" ? channelsFirst : natural;
  const deployment = new Deployment({
    ...{ builder, graph, constants, opset, tiles, ioLayout },
    foldsScales: foldBatchNorm,
  });
  const inputs = declareInputs(deployment);
  for (const tile of tiles) makeTile(deployment, tile);
  const outputs = declareOutputs(deployment);
  const model = builder.finish({
    opsets: [{ domain: "", version: opset }],
    irVersion: formatsSince.find(([since]) => opset >= since)![1],
    producerName: "cnn-lang",
    producerVersion: version,
    docString: options.docString,
    metadata: writeDescription({ ...options.description, layout }),
  });
  return { model, inputs, outputs, steps: traceSteps(deployment, tiles, outputs) };
}

function requireKnownOpset(opset: number): void {
  if (Number.isInteger(opset) && opset >= oldestOpset && opset <= newestOpset) return;
  throw new InputError(
    `opset ${opset} is not supported: the operator set is ${oldestOpset} to ${newestOpset}`,
    {
      help: `leave it out for opset ${defaultOpset}, which every ONNX Runtime since 1.17 reads`,
    },
  );
}

function declareInputs(deployment: Deployment): TracedValue[] {
  const traced: TracedValue[] = [];
  for (const node of deployment.graph.nodes) {
    if (node.op !== "input") continue;
    const { role, name } = node.attributes;
    if (role === "weight" || role === "state") continue;
    if (role !== "data")
      throw new Error(`a mistake of the compiler: the ${role} "${name}" in a deployed model`);
    const layout = deployment.ioLayout(node.shape.length);
    const dims = onnxDims(physicalShape(layout, node.shape));
    deployment.place(node.id, { handle: deployment.builder.input(name, node.dataType, dims), layout });
    traced.push({ value: node.id, layer: node.layer, name, layout });
  }
  return traced;
}

/** Makes a tile's nodes under the names of their layer. */
function makeTile(deployment: Deployment, tile: Tile): void {
  deployment.layer = tile.layer;
  const emit = (): void => {
    deployment.place(tile.root, emitTile(deployment, tile));
  };
  if (tile.layer === undefined) emit();
  else deployment.builder.withScope(tile.layer, emit);
}

interface TracedOutput extends TracedValue {
  /** The value's name before the file was finished. */
  readonly handle: string;
}

function declareOutputs(deployment: Deployment): TracedOutput[] {
  const { graph, builder } = deployment;
  return graph.outputs.map(({ name, value }) => {
    const { shape, dataType, layer } = graph.nodes[value]!;
    const layout = deployment.ioLayout(shape.length);
    const handle = deployment.inLayout(value, layout);
    builder.output(name, handle, dataType, onnxDims(physicalShape(layout, shape)));
    return { value, layer, name, layout, handle };
  });
}

function traceSteps(
  { placed }: Deployment,
  tiles: readonly Tile[],
  outputs: readonly TracedOutput[],
): TracedValue[] {
  const outputNames = new Map(outputs.map(({ handle, name }) => [handle, name]));
  return tiles.flatMap(({ root, layer }) => {
    const { handle, layout, pending } = placed.get(root)!;
    // Taken into the kernel after it, the value itself stands nowhere in the file.
    if (pending !== undefined) return [];
    return { value: root, layer, name: outputNames.get(handle) ?? handle, layout };
  });
}
