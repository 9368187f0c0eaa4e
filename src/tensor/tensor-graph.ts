// tensor/: the few operations every layer lowers to, channels last. Each has a shape rule and a reference meaning here, a
// gradient in autodiff/, and ONNX forms in onnx/.

/** Identifies a value of a TensorGraph; ids grow in the order of computation. */
export type ValueId = number;

/** A dimension: a number, or `N`, the batch, where the graph is not made for one batch size. */
export type TensorDim = number | "N";
export type TensorShape = readonly TensorDim[];
export type DataType = "float32" | "float16" | "int32" | "bool";

/** What is known of a value before it is computed. */
export interface TensorType {
  readonly shape: TensorShape;
  readonly dataType: DataType;
}

/** A window moved over spatial axes; every list has one entry a spatial axis. Pads are cells before and after. */
export interface WindowGeometry {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly pads: readonly (readonly [before: number, after: number])[];
}

/** What a leaf of the graph is for. */
export type InputRole =
  | "data" // a batch of examples
  | "target" // labels or target values of the batch
  | "weight" // trained by gradients, or held frozen
  | "state" // running statistics and an optimizer's moments
  | "scalar"; // what the host decides each step: learning rate, step count, random offset

/**
 * The operations and their attributes. Spatial tensors are channels last: [N, spatial…, C]; convolution kernels are Keras':
 * [window…, channels in / groups, channels out].
 */
export interface OpAttributes {
  // leaves
  input: { readonly role: InputRole; readonly name: string };
  constant: { readonly data: Float32Array | Int32Array };
  // elementwise, one operand
  negate: None;
  reciprocal: None;
  sqrt: None;
  exp: None;
  log: None;
  abs: None;
  tanh: None;
  sigmoid: None;
  relu: None;
  /** 1 where x > 0, else 0. */
  step: None;
  erf: None;
  floor: None;
  /** x between two bounds, as near as it can be. */
  clip: { readonly low: number; readonly high: number };
  cast: { readonly to: DataType };
  // elementwise, two operands, broadcast as in NumPy
  add: None;
  subtract: None;
  multiply: None;
  divide: None;
  maximum: None;
  minimum: None;
  power: None;
  /** bool results. */
  equal: None;
  greater: None;
  /** select(condition, whereTrue, whereFalse), broadcast. */
  select: None;
  // linear algebra
  /** [.., m, k] × [.., k, n]; the flags transpose the last two axes of an operand. */
  matmul: { readonly transposeLeft: boolean; readonly transposeRight: boolean };
  /** conv(x, kernel). */
  conv: WindowGeometry & { readonly groups: number };
  /** convInputGradient(dy, kernel): what conv's gradient sends to x, whose spatial size is `inputSize`; also transposed convolution. */
  convInputGradient: WindowGeometry & { readonly groups: number; readonly inputSize: readonly number[] };
  /** convKernelGradient(x, dy). */
  convKernelGradient: WindowGeometry & { readonly groups: number };
  /** maxPool(x); padded cells are minus infinity. */
  maxPool: WindowGeometry;
  /** maxPoolGradient(x, y, dy): to the first maximum of each window in row-major order. */
  maxPoolGradient: WindowGeometry;
  /** averagePool(x); padded cells are not counted. */
  averagePool: WindowGeometry;
  averagePoolGradient: WindowGeometry & { readonly inputSize: readonly number[] };
  // reductions; axes count from 0 with the batch as axis 0
  reduceSum: Reduction;
  reduceMean: Reduction;
  reduceMax: Reduction;
  /** Mean of the squared deviations from the mean over the same axes (biased; two passes). */
  reduceVariance: Reduction;
  /** Index of the first maximum along an axis (int32), the axis removed. */
  argMax: { readonly axis: number };
  // shape
  reshape: { readonly shape: TensorShape };
  transpose: { readonly permutation: readonly number[] };
  broadcast: { readonly shape: TensorShape };
  concat: { readonly axis: number };
  /** slice(x): from `start` up to but not including `end` along each listed axis. */
  slice: {
    readonly axes: readonly number[];
    readonly starts: readonly number[];
    readonly ends: readonly number[];
  };
  pad: { readonly pads: readonly (readonly [before: number, after: number])[]; readonly value: number };
  /** gather(table [rows, width], indices int32 [..]): the rows → [.., width]. */
  gather: None;
  /** gatherGradient(indices, dy): each row of dy added to the row of the table that it came from → [rows, width]. */
  gatherGradient: { readonly rows: number };
  // normalised exponentials
  softmax: { readonly axis: number };
  logSoftmax: { readonly axis: number };
  /** batchNorm(x, gamma, beta, mean, variance): (x - mean) / sqrt(variance + epsilon) · gamma + beta over the last axis. */
  batchNorm: { readonly epsilon: number };
  /** oneHot(labels: int32 [N]) → float32 [N, depth]. */
  oneHot: { readonly depth: number };
  /** random(offset: int32 scalar): a window, beginning at the offset, of one fixed table of random numbers; see random-table.ts. */
  random: { readonly distribution: RandomDistribution; readonly shape: TensorShape };
}

/** `uniform`: in [0, 1). `normal`: mean 0, deviation 1. `keep`: dropout's factors, 0 with probability `rate`, else 1 / (1 - rate). */
export type RandomDistribution =
  { readonly kind: "uniform" | "normal" } | { readonly kind: "keep"; readonly rate: number };

type None = Readonly<Record<never, never>>;

export interface Reduction {
  /** In rising order. */
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

export type OpKind = keyof OpAttributes;

/** One operation and the value it gives; a union over the kinds, so that `node.op === "conv"` tells what the attributes are. */
export type TensorNode<Kind extends OpKind = OpKind> = { [K in Kind]: NodeOfKind<K> }[Kind];

interface NodeOfKind<Kind extends OpKind> {
  readonly id: ValueId;
  readonly op: Kind;
  readonly inputs: readonly ValueId[];
  readonly attributes: OpAttributes[Kind];
  readonly shape: TensorShape;
  readonly dataType: DataType;
  /** The layer this came from, for messages and names: `conv2d_1`. Gradients carry the layer's name too. */
  readonly layer: string | undefined;
}

/** A computation; `nodes[id]` is the node of a value. Nodes stand in an order in which they can be computed. */
export interface TensorGraph {
  readonly nodes: readonly TensorNode[];
  readonly outputs: readonly { readonly name: string; readonly value: ValueId }[];
}
