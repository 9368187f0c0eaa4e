import type { Lowering, LoweringContext } from "../../tensor/lowering.ts";
import { attend } from "../../tensor/lowerings/attention.ts";
import { lowerPrelu } from "../../tensor/lowerings/activations.ts";
import {
  lowerGroupNorm,
  lowerLayerNorm,
  lowerLocalResponseNorm,
} from "../../tensor/lowerings/normalization.ts";
import { lowerUpsample } from "../../tensor/lowerings/resizing.ts";
import { sameShape } from "../../tensor/shapes.ts";
import type { TensorGraph, TensorNode, TensorShape, ValueId } from "../../tensor/tensor-graph.ts";
import type { Constant, Constants } from "./constants.ts";
import { drawPattern, matchParameter, matchPattern, remembering } from "./patterns.ts";
import type { Match, Pattern } from "./patterns.ts";

/** A layer of several operations that ONNX has as one operator (or some that are known to be fast). */
export type LayerForm = { readonly x: ValueId } & (
  | { readonly kind: "prelu"; readonly slope: Constant }
  | ({ readonly kind: "layerNorm" } & NormForm)
  | ({ readonly kind: "groupNorm"; readonly groups: number } & NormForm)
  | ({ readonly kind: "localResponseNorm" } & LocalResponse)
  | ({ readonly kind: "attention" } & Attention)
  | { readonly kind: "upsample"; readonly factors: readonly number[]; readonly mode: "nearest" | "linear" }
);

export interface NormForm {
  readonly epsilon: number;
  readonly gamma: Constant | undefined;
  readonly beta: Constant | undefined;
}

export interface LocalResponse {
  readonly size: number;
  readonly alpha: number;
  readonly beta: number;
  readonly k: number;
}

/** Beside the queries, which are the form's `x`; all of [N, positions, heads · key]. */
export interface Attention {
  readonly key: ValueId;
  readonly value: ValueId;
  readonly heads: number;
}

interface Candidate {
  readonly graph: TensorGraph;
  readonly constants: Constants;
  readonly opset: number;
  readonly node: TensorNode;
}

type Find = (candidate: Candidate) => LayerForm | undefined;

/** Which forms the last operation of a layer may end. */
const findersByLastOperation: Partial<Record<TensorNode["op"], readonly Find[]>> = {
  add: [findLayerNorm, findGroupNorm],
  multiply: [findLayerNorm, findGroupNorm],
  subtract: [findPrelu],
  divide: [findLocalResponseNorm],
  reshape: [findAttention, findGroupNorm, findNearest],
  matmul: [findBilinear],
};

/** The layer that gives this value, if this operator set has an operator for it. */
export function findLayerForm(
  graph: TensorGraph,
  constants: Constants,
  root: ValueId,
  opset: number,
): LayerForm | undefined {
  const node = graph.nodes[root]!;
  const [, ...example] = node.shape;
  if (example.length === 0 || example.includes("N")) return undefined;
  for (const find of findersByLastOperation[node.op] ?? []) {
    const form = find({ graph, constants, opset, node });
    if (form === undefined || constants.has(form.x)) continue;
    // A reshape before the layer may have become one with the layer's own: its operand then has another shape than the layer's.
    const { shape } = graph.nodes[form.x]!;
    if (form.kind === "upsample" || sameShape(shape, node.shape)) return form;
  }
  return undefined;
}

const drawnLowerings = {
  prelu: lowerPrelu,
  layer_norm: lowerLayerNorm,
  group_norm: lowerGroupNorm,
  lrn: lowerLocalResponseNorm,
  upsample: lowerUpsample,
} as const;

interface Drawing {
  readonly layer: keyof typeof drawnLowerings;
  /** Of the layer's input. */
  readonly shape: TensorShape;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** The weights that the layer has; as patterns they are vectors of one number a channel. */
  readonly weights: readonly string[];
}

const drawOnce = remembering((key: string) => {
  const { layer, shape, arguments: given, weights } = JSON.parse(key) as Drawing;
  return drawPattern(shape, (builder, x) => {
    const weight = (name: string): ValueId => builder.input("weight", name, [shape.at(-1)!]);
    const optionalWeight = (name: string): ValueId | undefined =>
      weights.includes(name) ? weight(name) : undefined;
    // What these lowerings read of a context; they know neither the layer's name nor its place.
    const context: unknown = {
      builder,
      inputs: [x],
      arguments: given,
      training: false,
      weight,
      optionalWeight,
    };
    const lowered = (drawnLowerings[layer] as Lowering<never>)(context as LoweringContext<never>);
    return typeof lowered === "number" ? lowered : lowered.value;
  });
});

function drawLayer(drawing: Drawing): Pattern {
  return drawOnce(JSON.stringify(drawing));
}

function findPrelu({ graph, constants, node }: Candidate): LayerForm | undefined {
  const pattern = drawLayer({ layer: "prelu", shape: node.shape, arguments: {}, weights: ["alpha"] });
  const match = matchPattern(pattern, graph, node.id);
  const slope = match?.differing.length === 0 ? constants.of(match.inputs.get("alpha")!) : undefined;
  return slope && { kind: "prelu", x: match!.inputs.get("x")!, slope };
}

const affineWeights = [["gamma", "beta"], ["gamma"], ["beta"], []];

/** A layer that brings something to mean 0 and variance 1: with gamma and beta or without, with any epsilon. */
function findNorm(
  { graph, constants, node }: Candidate,
  layer: "layer_norm" | "group_norm",
  more: Readonly<Record<string, unknown>>,
): (NormForm & { readonly x: ValueId }) | undefined {
  for (const weights of affineWeights) {
    const draw = (epsilon: number): Pattern =>
      drawLayer({ layer, shape: node.shape, arguments: { ...more, epsilon }, weights });
    const match = matchParameter(draw, [0.125], graph, node.id);
    if (match === undefined) continue;
    const [gamma, beta] = ["gamma", "beta"].map((name) => vectorOf(match, name, constants, node));
    if (gamma === null || beta === null) return undefined;
    return { x: match.inputs.get("x")!, epsilon: match.parameter, gamma, beta };
  }
  return undefined;
}

/** The weight with this name: undefined where the pattern has none, null where it is no vector of channels. */
function vectorOf(
  { inputs }: Match,
  name: string,
  constants: Constants,
  { shape }: TensorNode,
): Constant | undefined | null {
  const value = inputs.get(name);
  if (value === undefined) return undefined;
  const constant = constants.of(value);
  return constant !== undefined && sameShape(constant.shape, [shape.at(-1)!]) ? constant : null;
}

function findLayerNorm(candidate: Candidate): LayerForm | undefined {
  const found = findNorm(candidate, "layer_norm", {});
  return found && { kind: "layerNorm", ...found };
}

function findGroupNorm(candidate: Candidate): LayerForm | undefined {
  const { graph, node } = candidate;
  if (node.shape.length < 3) return undefined;
  // Below scale and shift, the groups are put together again.
  const inner = findAbove(graph, node, "reshape", 2);
  if (inner === undefined) return undefined;
  const apart = graph.nodes[inner.inputs[0]!]!.shape;
  if (apart.length !== node.shape.length + 1) return undefined;
  const [groups, size] = apart.slice(-2) as [number, number];
  if (groups * size !== node.shape.at(-1)) return undefined;
  const found = findNorm(candidate, "group_norm", { groups });
  return found && { kind: "groupNorm", groups, ...found };
}

/** The nearest operation of a kind up the first operands, at most so many steps away. */
function findAbove(
  graph: TensorGraph,
  from: TensorNode,
  op: TensorNode["op"],
  steps: number,
): TensorNode | undefined {
  let node: TensorNode | undefined = from;
  for (let step = 0; step < steps && node !== undefined && node.op !== op; step++) {
    const [first]: readonly (ValueId | undefined)[] = node.inputs;
    node = first === undefined ? undefined : graph.nodes[first];
  }
  return node?.op === op ? node : undefined;
}

/** Numbers that no program is likely to say, to be found again in a match. */
const probes = { share: 0.6875, beta: 0.40625, k: 2.71875 };

/** ONNX Runtime has local response normalisation for images alone, over an odd number of channels. */
function findLocalResponseNorm({ graph, node }: Candidate): LayerForm | undefined {
  const sums = findAbove(graph, graph.nodes[node.inputs[1]!]!, "matmul", 3);
  const band = sums && graph.nodes[sums.inputs[1]!]!;
  if (node.shape.length !== 4 || band?.op !== "constant") return undefined;
  const size = widestColumn(band.attributes.data, node.shape.at(-1) as number);
  if (size % 2 === 0) return undefined;
  const given = { size, alpha: probes.share * size, beta: probes.beta, k: probes.k };
  const pattern = drawLayer({ layer: "lrn", shape: node.shape, arguments: given, weights: [] });
  const match = matchPattern(pattern, graph, node.id);
  if (match === undefined) return undefined;
  const numberFor = (probe: number): number =>
    match.differing.find(({ drawn }) => drawn === probe)?.given ?? probe;
  const [share, beta, k] = [probes.share, probes.beta, probes.k].map(numberFor) as [number, number, number];
  return { kind: "localResponseNorm", x: match.inputs.get("x")!, size, alpha: share * size, beta, k };
}

/** The most ones in a column: over how many channels a band matrix sums. */
function widestColumn(matrix: Float32Array | Int32Array, columns: number): number {
  const counts = new Int32Array(columns);
  matrix.forEach((value, index) => {
    if (value !== 0) counts[index % columns]! += 1;
  });
  return Math.max(...counts);
}

/** ONNX has attention in heads as one operator since opset 23. */
function findAttention({ graph, opset, node }: Candidate): LayerForm | undefined {
  const gathered = graph.nodes[node.inputs[0]!]!;
  if (opset < 23 || node.shape.length !== 3 || gathered.op !== "transpose") return undefined;
  const pattern = drawAttention(JSON.stringify([node.shape, gathered.shape[2]]));
  const match = matchPattern(pattern, graph, node.id);
  if (match?.differing.length !== 0) return undefined;
  const [x, key, value] = ["x", "key", "value"].map((name) => match.inputs.get(name)!);
  return { kind: "attention", x: x!, key: key!, value: value!, heads: gathered.shape[2] as number };
}

const drawAttention = remembering((form: string) => {
  const [shape, heads] = JSON.parse(form) as [TensorShape, number];
  return drawPattern(shape, (builder, query) => {
    const [key, value] = ["key", "value"].map((name) => builder.input("data", name, shape));
    return attend(builder, { query, key: key!, value: value!, heads });
  });
});

function findNearest(candidate: Candidate): LayerForm | undefined {
  const { graph, node } = candidate;
  const repeated = graph.nodes[node.inputs[0]!]!;
  const split = repeated.op === "broadcast" ? graph.nodes[repeated.inputs[0]!]! : undefined;
  return split?.op === "reshape" ? findUpsample(candidate, split.inputs[0]!, "nearest") : undefined;
}

/** ONNX says where centres of cells are since opset 11. */
function findBilinear(candidate: Candidate): LayerForm | undefined {
  const { graph, node, opset } = candidate;
  let inner: TensorNode = node;
  for (const op of ["matmul", "reshape", "matmul", "reshape"]) {
    if (inner.op !== op) return undefined;
    inner = graph.nodes[inner.inputs.at(-1)!]!;
  }
  return opset < 11 || node.shape.length !== 4 ? undefined : findUpsample(candidate, inner.id, "linear");
}

function findUpsample(
  { graph, node }: Candidate,
  x: ValueId,
  mode: "nearest" | "linear",
): LayerForm | undefined {
  const { shape } = graph.nodes[x]!;
  if (shape.length !== node.shape.length || shape.length < 3) return undefined;
  const factors = shape.slice(1, -1).map((size, axis) => (node.shape[axis + 1] as number) / (size as number));
  if (factors.some((factor) => !Number.isInteger(factor))) return undefined;
  const given = { size: factors, mode: mode === "linear" ? "bilinear" : mode };
  const pattern = drawLayer({ layer: "upsample", shape, arguments: given, weights: [] });
  const match = matchPattern(pattern, graph, node.id);
  return match?.differing.length === 0 ? { kind: "upsample", x, factors, mode } : undefined;
}
