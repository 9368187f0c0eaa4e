import type { OpKind, TensorNode } from "../../tensor/tensor-graph.ts";
import type { Deployment, Emitted } from "./deployment.ts";
import { broadcasting, emitActivation, emitCast, emitClip, emitEqual } from "./emit-elementwise.ts";
import { emitStep, unary } from "./emit-elementwise.ts";
import { emitGroupNorm, emitLayerNorm, emitLocalResponseNorm } from "./emit-layers.ts";
import { emitPrelu, emitUpsample } from "./emit-layers.ts";
import { emitBatchNorm, emitComputedConvolution, emitLinear } from "./emit-linear.ts";
import { emitAttention, emitMatmul } from "./emit-product.ts";
import { emitArgMax, emitReduction, emitSoftmax, emitVariance } from "./emit-reduction.ts";
import {
  emitBroadcast,
  emitConcat,
  emitGather,
  emitPad,
  emitReshape,
  emitSlice,
  emitTranspose,
} from "./emit-shape.ts";
import { emitReorder } from "./emit-shape.ts";
import { emitAveragePool, emitMaxPool, emitPaddedPool } from "./emit-window.ts";
import type { Tile } from "./tiles.ts";

type Emit<Kind extends OpKind> = (deployment: Deployment, node: TensorNode<Kind>) => Emitted;

/** Operations that no deployed model holds: the reason is the compiler's own, since no model of a user's leads here. */
function unsupported(reason: string) {
  return (_: Deployment, node: TensorNode): Emitted => {
    throw new Error(`a mistake of the compiler: ${node.op} in a deployed model, though ${reason}`);
  };
}

const gradient = unsupported("gradients are computed in training alone");

/** How each operation becomes ONNX nodes. */
const emitters = {
  input: unsupported("inputs are declared before any node"),
  constant: unsupported("constants are no nodes"),
  negate: unary("Neg"),
  reciprocal: unary("Reciprocal"),
  sqrt: unary("Sqrt"),
  exp: unary("Exp"),
  log: unary("Log"),
  abs: unary("Abs"),
  tanh: unary("Tanh"),
  sigmoid: unary("Sigmoid"),
  relu: unary("Relu"),
  clip: emitClip,
  step: emitStep,
  erf: unary("Erf", 9),
  floor: unary("Floor"),
  cast: emitCast,
  add: broadcasting("Add"),
  subtract: broadcasting("Sub"),
  multiply: broadcasting("Mul"),
  divide: broadcasting("Div"),
  maximum: broadcasting("Max", 8),
  minimum: broadcasting("Min", 8),
  power: broadcasting("Pow"),
  equal: emitEqual,
  greater: broadcasting("Greater"),
  select: broadcasting("Where", 9),
  matmul: emitMatmul,
  conv: emitComputedConvolution,
  convInputGradient: emitComputedConvolution,
  convKernelGradient: gradient,
  maxPool: emitMaxPool,
  maxPoolGradient: gradient,
  averagePool: emitAveragePool,
  averagePoolGradient: gradient,
  reduceSum: emitReduction,
  reduceMean: emitReduction,
  reduceMax: emitReduction,
  reduceVariance: emitVariance,
  argMax: emitArgMax,
  reshape: emitReshape,
  transpose: emitTranspose,
  broadcast: emitBroadcast,
  concat: emitConcat,
  slice: emitSlice,
  pad: emitPad,
  gather: emitGather,
  gatherGradient: gradient,
  softmax: emitSoftmax("Softmax"),
  logSoftmax: emitSoftmax("LogSoftmax"),
  batchNorm: emitBatchNorm,
  oneHot: unsupported("labels are needed in training alone"),
  random: unsupported("it draws no random numbers"),
} as const satisfies { [Kind in OpKind]: Emit<Kind> };

/** Makes the nodes of a tile; its operands are in the file already. */
export function emitTile(deployment: Deployment, tile: Tile): Emitted {
  switch (tile.kind) {
    case "linear":
      return emitLinear(deployment, tile);
    case "paddedPool":
      return emitPaddedPool(deployment, tile);
    case "activation":
      return emitActivation(deployment, tile);
    case "prelu":
      return emitPrelu(deployment, tile);
    case "layerNorm":
      return emitLayerNorm(deployment, tile);
    case "groupNorm":
      return emitGroupNorm(deployment, tile);
    case "localResponseNorm":
      return emitLocalResponseNorm(deployment, tile);
    case "attention":
      return emitAttention(deployment, tile);
    case "upsample":
      return emitUpsample(deployment, tile);
    case "reorder":
      return emitReorder(deployment, tile);
    case "operation":
      return (emitters[tile.node.op] as Emit<OpKind>)(deployment, tile.node);
  }
}
