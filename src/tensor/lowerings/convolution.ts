import { perAxis } from "../../layers/windows.ts";
import type { ConvGeometry } from "../builder.ts";
import type { BeforeActivation, Lowering, LoweringContext } from "../lowering.ts";
import { knownDim, spatialSize } from "../shapes.ts";
import type { ValueId } from "../tensor-graph.ts";

type Convolution = "conv" | "conv_transpose" | "depthwise" | "separable";

export const lowerConv: Lowering<"conv"> = (context) => {
  const { builder, inputs, arguments: given, weight } = context;
  const geometry = geometryOf(context, given.groups);
  return withBias(context, builder.conv(inputs[0]!, weight("kernel"), geometry));
};

/** Keras' kernel [window…, filters, channels] is that of the convolution whose gradient this is. */
export const lowerConvTranspose: Lowering<"conv_transpose"> = (context) => {
  const { builder, inputs, shape, weight } = context;
  const geometry = { ...geometryOf(context, 1), inputSize: spatialSize(shape) };
  return withBias(context, builder.convInputGradient(inputs[0]!, weight("kernel"), geometry));
};

export const lowerDepthwise: Lowering<"depthwise"> = (context) =>
  withBias(context, convolveChannels(context, context.weight("kernel")));

export const lowerSeparable: Lowering<"separable"> = (context) => {
  const { builder, weight, pads } = context;
  const each = convolveChannels(context, weight("depthwise_kernel"));
  const pointwise = {
    kernel: pads.map(() => 1),
    stride: pads.map(() => 1),
    dilation: pads.map(() => 1),
    pads: pads.map(() => [0, 0] as const),
    groups: 1,
  };
  return withBias(context, builder.conv(each, weight("pointwise_kernel"), pointwise));
};

/** A convolution with a group for each channel; Keras' kernel [window…, channels, multiplier] becomes [window…, 1, filters]. */
function convolveChannels(context: LoweringContext<"depthwise" | "separable">, kernel: ValueId): ValueId {
  const { builder, inputs } = context;
  const shape = builder.shape(kernel);
  const [channels, multiplier] = shape.slice(-2).map((dim) => knownDim(dim, "a kernel")) as [number, number];
  const grouped = builder.reshape(kernel, [...shape.slice(0, -2), 1, channels * multiplier]);
  return builder.conv(inputs[0]!, grouped, geometryOf(context, channels));
}

function geometryOf({ arguments: given, pads }: LoweringContext<Convolution>, groups: number): ConvGeometry {
  const rank = pads.length;
  return {
    kernel: perAxis(given.kernel, rank),
    stride: perAxis(given.stride, rank),
    dilation: perAxis(given.dilation, rank),
    pads,
    groups,
  };
}

function withBias(
  { builder, arguments: { activation }, optionalWeight }: LoweringContext<Convolution>,
  value: ValueId,
): BeforeActivation {
  const bias = optionalWeight("bias");
  return { value: bias === undefined ? value : builder.add(value, bias), activation };
}
