import type { ActivationValue, PaddingValue } from "../../graph/layer-graph.ts";
import { perAxis } from "../../layers/windows.ts";
import type { WindowSettings } from "../layers/convolutions.ts";
import type { BeforeActivation, LayerContext, LayerForm } from "../lowering.ts";
import type { TensorFlowLayer } from "../tensorflow.ts";
import { kernelConfig } from "./kernels.ts";

type Windowed = "conv" | "conv_transpose" | "depthwise" | "separable";

/** What layers of tf.layers with a window are told. */
interface StandardWindow {
  readonly name: string;
  readonly trainable: boolean;
  readonly kernelSize: number[];
  readonly strides: number[];
  readonly padding: "valid" | "same";
  readonly useBias: boolean;
  readonly activation: "linear" | "relu";
}

/** What a layer with one kernel is told of it. */
function ofKernel(context: LayerContext<Windowed>): object {
  const { initializer, regularizer } = kernelConfig(context);
  return { kernelInitializer: initializer, kernelRegularizer: regularizer };
}

export const lowerConv: LayerForm<"conv"> = (context) => {
  const { tf, arguments: given, pads } = context;
  const config = given.groups === 1 ? standardWindow(context) : undefined;
  if (config === undefined) {
    return before(
      context,
      context.custom("convolution", { ...windowSettings(context), groups: given.groups }),
    );
  }
  const makers = [tf.layers.conv1d, tf.layers.conv2d, tf.layers.conv3d];
  return standard(
    context,
    makers[pads.length - 1]!({ ...config, ...ofKernel(context), filters: given.filters } as never),
  );
};

export const lowerConvTranspose: LayerForm<"conv_transpose"> = (context) => {
  const { tf, arguments: given, pads } = context;
  // No cells taken off is not `valid`, which fills a stride beyond the window.
  const isStandard = given.output_padding === undefined && pads.length === 2 && typeof given.pad === "string";
  const config = isStandard ? standardWindow(context) : undefined;
  if (config === undefined) {
    const settings = { ...windowSettings(context), outputPadding: outputPadding(context) };
    return before(context, context.custom("transposedConvolution", settings));
  }
  return standard(
    context,
    tf.layers.conv2dTranspose({ ...config, ...ofKernel(context), filters: given.filters } as never),
  );
};

export const lowerDepthwise: LayerForm<"depthwise"> = (context) => {
  const { tf, arguments: given } = context;
  const config = standardPlane(context);
  if (config === undefined) {
    return before(context, context.custom("depthwiseConvolution", windowSettings(context)));
  }
  const { initializer, regularizer } = kernelConfig(context);
  const kernel = { depthwiseInitializer: initializer, depthwiseRegularizer: regularizer };
  return standard(
    context,
    tf.layers.depthwiseConv2d({ ...config, ...kernel, depthMultiplier: given.multiplier } as never),
  );
};

export const lowerSeparable: LayerForm<"separable"> = (context) => {
  const { tf, arguments: given } = context;
  // Files of TensorFlow.js do not say a multiplier.
  const config = given.multiplier === 1 ? standardPlane(context) : undefined;
  if (config === undefined) {
    return before(context, context.custom("separableConvolution", windowSettings(context)));
  }
  const { filters } = given;
  const { initializer, regularizer } = kernelConfig(context);
  const kernels = {
    depthwiseInitializer: initializer,
    depthwiseRegularizer: regularizer,
    pointwiseInitializer: initializer,
    pointwiseRegularizer: regularizer,
  };
  return standard(context, tf.layers.separableConv2d({ ...config, ...kernels, filters } as never));
};

/** Images with equal strides; TensorFlow's kernel takes no others. */
function standardPlane(context: LayerContext<"depthwise" | "separable">): StandardWindow | undefined {
  const { pads, arguments: given } = context;
  const [rows, columns] = perAxis(given.stride, 2);
  return pads.length === 2 && rows === columns ? standardWindow(context) : undefined;
}

/** The configuration for tf.layers; undefined where it says more than that understands, or has no gradient for. */
function standardWindow(context: LayerContext<Windowed>): StandardWindow | undefined {
  const { arguments: given, pads, common, fusedActivation, layer } = context;
  const rank = pads.length;
  const padding = standardPadding(given.pad);
  if (padding === undefined || Math.max(...given.dilation) > 1) return undefined;
  return {
    ...common,
    kernelSize: [...perAxis(given.kernel, rank)],
    strides: [...perAxis(given.stride, rank)],
    padding,
    useBias: layer.weights.some(({ name }) => name === "bias"),
    activation: fusedActivation ?? "linear",
  };
}

export function standardPadding(pad: PaddingValue): "valid" | "same" | undefined {
  if (pad === "valid" || pad === "same") return pad;
  const isNone = typeof pad !== "string" && pad.every(([first, last]) => first === 0 && last === 0);
  return isNone ? "valid" : undefined;
}

function windowSettings({ arguments: given, pads }: LayerContext<Windowed>): WindowSettings {
  const rank = pads.length;
  return { stride: perAxis(given.stride, rank), dilation: perAxis(given.dilation, rank), pads };
}

/** The cells of each axis beyond (n - 1)·stride + span - pads. */
function outputPadding(context: LayerContext<"conv_transpose">): readonly number[] {
  const { arguments: given, inputShapes, shape, pads } = context;
  const { stride, dilation } = windowSettings(context);
  return perAxis(given.kernel, pads.length).map((cells, axis) => {
    const span = (cells - 1) * dilation[axis]! + 1;
    const reach = (inputShapes[0]![axis]! - 1) * stride[axis]! + span;
    return shape[axis]! - (reach - pads[axis]![0] - pads[axis]![1]);
  });
}

interface Activated {
  readonly fusedActivation: string | undefined;
  readonly arguments: { readonly activation: ActivationValue | undefined };
}

/** A layer of tf.layers, which has taken its activation into itself where it can. */
export function standard(context: Activated, layer: TensorFlowLayer): BeforeActivation {
  const isFused = context.fusedActivation !== undefined;
  return { layer, activation: isFused ? undefined : context.arguments.activation };
}

/** A layer of our own, which has no activation. */
export function before(context: Activated, layer: TensorFlowLayer): BeforeActivation {
  return { layer, activation: context.arguments.activation };
}
