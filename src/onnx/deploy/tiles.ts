import { sameShape } from "../../tensor/shapes.ts";
import type { TensorGraph, TensorNode, ValueId } from "../../tensor/tensor-graph.ts";
import type { WindowGeometry } from "../../tensor/tensor-graph.ts";
import { findActivation } from "./activation-forms.ts";
import type { ActivationForm } from "./activation-forms.ts";
import { findReorder } from "./axis-order.ts";
import type { ReorderForm } from "./axis-order.ts";
import { biasName, channelVector, transposeMatrix } from "./constants.ts";
import type { Constant, Constants } from "./constants.ts";
import { absorbPad } from "./pads.ts";
import type { AbsorbedPad } from "./pads.ts";
import { findLayerForm } from "./layer-forms.ts";
import type { LayerForm } from "./layer-forms.ts";

/**
 * Some nodes of a TensorGraph that together become one ONNX node (or the few that ONNX needs): the way a compiler covers an
 * expression with instructions. `root` is the value that the tile gives.
 */
export type Tile = { readonly root: ValueId; readonly layer: string | undefined } & (
  | LinearTile
  | PaddedPool
  | ActivationForm
  | LayerForm
  | ReorderForm
  | { readonly kind: "operation"; readonly node: TensorNode }
);

export type LinearNode = TensorNode<"conv" | "convInputGradient" | "matmul">;

/**
 * A convolution, a transposed convolution or a dense layer with all that is added and scaled per channel after it. The kernel
 * is in the TensorGraph's form: [window…, in / groups, out]; for a transposed convolution the two are exchanged; [in, out].
 */
export interface LinearTile {
  readonly kind: "linear";
  readonly node: LinearNode;
  readonly x: ValueId;
  readonly kernel: Constant;
  readonly bias: Constant | undefined;
  /** Cells of padding, those of an explicit pad before a convolution included. */
  readonly pads: WindowGeometry["pads"];
}

/** A pool and the pad of zeros before it. */
export interface PaddedPool extends AbsorbedPad {
  readonly kind: "paddedPool";
  readonly node: TensorNode<"maxPool" | "averagePool">;
}

export interface TileOptions {
  readonly opset: number;
  /** Whether batch norm, or a factor a channel, becomes a part of the kernel and bias before it. */
  readonly foldBatchNorm: boolean;
  /** Whether attention in heads becomes one operator, which takes and gives channels last alone. */
}

/** Covers what the outputs need with tiles, in an order in which they can be computed. */
export function selectTiles(graph: TensorGraph, constants: Constants, options: TileOptions): Tile[] {
  const context: Context = { graph, constants, uses: countUses(graph), ...options };
  const needed = new Uint8Array(graph.nodes.length);
  for (const { value } of graph.outputs) needed[value] = 1;
  const tiles: Tile[] = [];
  for (let value = graph.nodes.length - 1; value >= 0; value--) {
    if (needed[value] === 0 || constants.has(value) || graph.nodes[value]!.op === "input") continue;
    const tile = selectTile(context, value);
    for (const input of tileInputs(tile)) needed[input] = 1;
    tiles.push(tile);
  }
  return tiles.reverse();
}

interface Context extends TileOptions {
  readonly graph: TensorGraph;
  readonly constants: Constants;
  /** How often each value is used, by nodes and outputs. */
  readonly uses: Uint32Array;
}

function selectTile(context: Context, root: ValueId): Tile {
  const node = context.graph.nodes[root]!;
  const linear = findLinear(context, root);
  if (linear !== undefined) return { root, layer: linear.node.layer, ...linear };
  const { graph, constants, opset } = context;
  if (node.op === "maxPool" || node.op === "averagePool") {
    const absorbed = absorbPad(graph, node);
    if (absorbed !== undefined) return { root, layer: node.layer, kind: "paddedPool", node, ...absorbed };
  }
  const form =
    findActivation(graph, root, opset) ??
    findLayerForm(graph, constants, root, opset) ??
    findReorder(graph, root);
  if (form !== undefined && !constants.has(form.x)) return { root, layer: node.layer, ...form };
  return { root, layer: node.layer, kind: "operation", node };
}

/** The values that a tile reads. */
export function tileInputs(tile: Tile): readonly ValueId[] {
  if (tile.kind === "operation") return tile.node.inputs;
  return tile.kind === "attention" ? [tile.x, tile.key, tile.value] : [tile.x];
}

function countUses(graph: TensorGraph): Uint32Array {
  const uses = new Uint32Array(graph.nodes.length);
  for (const node of graph.nodes) for (const input of node.inputs) uses[input]!++;
  for (const { value } of graph.outputs) uses[value]!++;
  return uses;
}

/** The affine function y = x · scale + shift of each channel, in float64. */
interface ChannelStep {
  readonly scale: Float64Array | undefined;
  readonly shift: Float64Array | undefined;
  /** The bias' own name, where this step adds a weight. */
  readonly name: string | undefined;
}

/** A linear operation whose result is used only by the steps per channel that end in `root`. */
function findLinear(context: Context, root: ValueId): LinearTile | undefined {
  const { graph, uses } = context;
  const steps: ChannelStep[] = [];
  let node = graph.nodes[root]!;
  while (node.op === "add" || node.op === "multiply" || node.op === "batchNorm") {
    const found: FoundStep | undefined =
      node.op === "batchNorm" ? batchNormStep(context, node) : constantStep(context, node);
    if (found === undefined || uses[found.x] !== 1) return undefined;
    steps.push(found.step);
    node = graph.nodes[found.x]!;
  }
  if (node.op !== "conv" && node.op !== "convInputGradient" && node.op !== "matmul") return undefined;
  return linearTile(context, node, steps.reverse());
}

interface FoundStep {
  readonly step: ChannelStep;
  /** What the step is applied to. */
  readonly x: ValueId;
}

/** A bias that is added, or a factor a channel, such as a layer scale. */
function constantStep(
  { graph, constants, foldBatchNorm }: Context,
  node: TensorNode<"add" | "multiply">,
): FoundStep | undefined {
  if (node.op === "multiply" && !foldBatchNorm) return undefined;
  const side = node.inputs.findIndex((input) => constants.has(input));
  if (side < 0 || node.dataType !== "float32") return undefined;
  const x = node.inputs[1 - side]!;
  if (!sameShape(graph.nodes[x]!.shape, node.shape)) return undefined;
  const constant = constants.of(node.inputs[side]!)!;
  const numbers = channelVector(constant, node.shape.at(-1) as number);
  if (numbers === undefined) return undefined;
  if (node.op === "multiply") return { x, step: { scale: numbers, shift: undefined, name: undefined } };
  return { x, step: { scale: undefined, shift: numbers, name: constant.name } };
}

function batchNormStep(
  { constants, foldBatchNorm }: Context,
  node: TensorNode<"batchNorm">,
): FoundStep | undefined {
  const [x, ...statistics] = node.inputs;
  if (!foldBatchNorm || !statistics.every((value) => constants.has(value))) return undefined;
  const [gamma, beta, mean, variance] = statistics.map((value) => constants.of(value)!.data);
  const scale = Float64Array.from(gamma!, (value, channel) => {
    return value / Math.sqrt(variance![channel]! + node.attributes.epsilon);
  });
  const shift = scale.map((value, channel) => beta![channel]! - mean![channel]! * value);
  return { x: x!, step: { scale, shift, name: undefined } };
}

function linearTile(
  context: Context,
  node: LinearNode,
  steps: readonly ChannelStep[],
): LinearTile | undefined {
  const { graph, constants } = context;
  const [operand, kernelValue] = node.inputs;
  if (!constants.has(kernelValue!) || constants.has(operand!)) return undefined;
  const constant = linearKernel(node, constants.of(kernelValue!)!);
  if (constant === undefined) return undefined;
  const { scale, shift } = combine(steps, node.shape.at(-1) as number);
  const bias: Constant | undefined = shift && {
    name: steps.find((step) => step.name !== undefined)?.name ?? biasName(constant.name),
    shape: [shift.length],
    dataType: "float32",
    data: Float32Array.from(shift),
  };
  const absorbed = node.op === "conv" ? absorbPad(graph, node) : undefined;
  return {
    kind: "linear",
    node,
    x: absorbed?.x ?? operand!,
    kernel: scale === undefined ? constant : scaleKernel(constant, scale, node),
    bias,
    pads: absorbed?.pads ?? (node.op === "matmul" ? [] : node.attributes.pads),
  };
}

/** The kernel in its plain form; undefined for a matmul that is no dense layer. */
function linearKernel(node: LinearNode, constant: Constant): Constant | undefined {
  if (node.op !== "matmul") return constant;
  const { transposeLeft, transposeRight } = node.attributes;
  if (transposeLeft || constant.shape.length !== 2) return undefined;
  return transposeRight ? transposeMatrix(constant) : constant;
}

/** One function for all steps, the first one first; no shift where there is none. */
function combine(
  steps: readonly ChannelStep[],
  channels: number,
): { readonly scale: Float64Array | undefined; readonly shift: Float64Array | undefined } {
  if (steps.length === 0) return { scale: undefined, shift: undefined };
  const scale = new Float64Array(channels).fill(1);
  const shift = new Float64Array(channels);
  for (const step of steps) {
    for (let channel = 0; channel < channels; channel++) {
      const factor = step.scale?.[channel] ?? 1;
      scale[channel]! *= factor;
      shift[channel] = shift[channel]! * factor + (step.shift?.[channel] ?? 0);
    }
  }
  return {
    scale: steps.some((step) => step.scale !== undefined) ? scale : undefined,
    shift: steps.some((step) => step.shift !== undefined) ? shift : undefined,
  };
}

/** A kernel times a factor for each channel of the result. */
function scaleKernel(kernel: Constant, scale: Float64Array, node: LinearNode): Constant {
  const data = kernel.data.slice();
  const [inner, outer] = [kernel.shape.at(-2)!, kernel.shape.at(-1)!];
  const transposed = node.op === "convInputGradient";
  const perGroup = transposed ? outer / node.attributes.groups : outer;
  for (let index = 0; index < data.length; index++) {
    const out = index % outer;
    // A transposed convolution's results run over the kernel's inner axis, group after group.
    const channel = transposed
      ? Math.floor(out / perGroup) * inner + (Math.floor(index / outer) % inner)
      : out;
    data[index] = kernel.data[index]! * scale[channel]!;
  }
  return { ...kernel, data };
}
