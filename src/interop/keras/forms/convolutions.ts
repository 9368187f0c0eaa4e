import { type LayerForm, withActivation } from "../form.ts";
import { type LayerReader, windowArgument, windowText } from "../layer-reader.ts";

const depthwiseNames = { kernel: ["depthwise_kernel", "kernel"] };

function common(layer: LayerReader, rank: number): { readonly kernel: string; readonly rest: string } {
  layer.expectChannelsLast();
  const padding = layer.text("padding", "valid").toLowerCase();
  if (!["valid", "same", "causal"].includes(padding))
    layer.refuse(`its padding "${padding}" has no counterpart`);
  const stride = windowArgument("stride", layer.window("strides", rank, [1]), 1);
  const dilation = windowArgument("dilation", layer.window("dilation_rate", rank, [1]), 1);
  const bias = layer.flag("use_bias", true) ? "" : " bias=no";
  return {
    kernel: windowText(layer.window("kernel_size", rank)),
    rest: `${stride}${padding === "valid" ? "" : ` ${padding}`}${dilation}${bias}`,
  };
}

const convolution = (rank: number): LayerForm => ({
  weights: {},
  statements(layer) {
    const { kernel, rest } = common(layer, rank);
    const groups = layer.number("groups", 1);
    const words = `conv ${layer.number("filters")} ${kernel}${rest}${groups === 1 ? "" : ` groups=${groups}`}`;
    return withActivation(layer, `${words}${layer.initializer()}${layer.regularizers()}`);
  },
});

const transposed = (rank: number): LayerForm => ({
  weights: {},
  statements(layer) {
    const { kernel, rest } = common(layer, rank);
    const padding = layer.config["output_padding"];
    const more =
      padding === undefined || padding === null
        ? ""
        : windowArgument("output_padding", layer.window("output_padding", rank), NaN);
    const words = `conv_transpose ${layer.number("filters")} ${kernel}${rest}${more}`;
    return withActivation(layer, `${words}${layer.initializer()}${layer.regularizers()}`);
  },
});

const separable = (rank: number): LayerForm => ({
  weights: {},
  statements(layer) {
    const { kernel, rest } = common(layer, rank);
    const words = `separable ${layer.number("filters")} ${kernel}${rest}${multiplier(layer)}`;
    const more = layer.initializer("depthwise_initializer") + layer.regularizers(["depthwise_regularizer"]);
    return withActivation(layer, words + more);
  },
});

const depthwise = (rank: number): LayerForm => ({
  weights: depthwiseNames,
  statements(layer) {
    const { kernel, rest } = common(layer, rank);
    const words = `depthwise ${kernel}${rest}${multiplier(layer)}`;
    const more = layer.initializer("depthwise_initializer") + layer.regularizers(["depthwise_regularizer"]);
    return withActivation(layer, words + more);
  },
});

function multiplier(layer: LayerReader): string {
  const count = layer.number("depth_multiplier", 1);
  return count === 1 ? "" : ` multiplier=${count}`;
}

export const convolutionForms = {
  Conv1D: convolution(1),
  Conv2D: convolution(2),
  Conv3D: convolution(3),
  Conv1DTranspose: transposed(1),
  Conv2DTranspose: transposed(2),
  Conv3DTranspose: transposed(3),
  SeparableConv1D: separable(1),
  SeparableConv2D: separable(2),
  DepthwiseConv1D: depthwise(1),
  DepthwiseConv2D: depthwise(2),
} satisfies Readonly<Record<string, LayerForm>>;
