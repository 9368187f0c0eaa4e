import { add, constant, known, multiply, product, shapeText } from "../graph/dim.ts";
import { spatialSuffix } from "./axes.ts";
import { activation, bias, count, padding, regularizers, windowOf } from "./arguments.ts";
import { channelsOf, convWording, windowDims } from "./conv.ts";
import type { ArgumentsOf, LayerDefinition, RuleContext } from "./definition.ts";
import { kernelInitializer, kernelWeight, withBias } from "./initializers.ts";
import type { WindowResult } from "./windows.ts";
import { checkWindowRanks, slideWindow, spatialRank, withChannels } from "./windows.ts";

const multiplier = count("How many filters each channel has of its own.", {
  default: 1,
  aliases: ["depth_multiplier"],
});

const windowArguments = {
  stride: windowOf("Cells from one window to the next.", { default: [1], aliases: ["strides"] }),
  pad: padding(
    ["valid", "same"],
    "`valid` adds nothing, `same` keeps ceil(input / stride) cells; or cells: `1`, `(0,1)x(0,1)`.",
  ),
  dilation: windowOf("Cells from one tap of the window to the next.", {
    default: [1],
    aliases: ["dilation_rate"],
  }),
  bias,
  activation: activation(),
  init: kernelInitializer,
  ...regularizers,
};

const depthwiseArguments = {
  kernel: windowOf("The window of a filter: `3x3`, or `3` for every axis.", {
    positional: true,
    aliases: ["kernel_size"],
  }),
  multiplier,
  ...windowArguments,
};

export const depthwise: LayerDefinition<typeof depthwiseArguments> = {
  title: "depthwise convolution",
  documentation: `A convolution in which each channel has filters of its own, \`multiplier\` of them, and channels do not mix:
\`y[i, c·multiplier + m] = activation(Σ over the window's cells k of x[i·stride + k·dilation, c] · kernel[k, c, m] + bias)\`. Sizes are those
of \`conv\`. Keras: DepthwiseConv1D, DepthwiseConv2D.`,
  example: "input 28x28x8\ndepthwise 3x3 same bias=no\nbn\nrelu",
  words: ["depthwise"],
  foreignNames: ["DepthwiseConv2D", "DepthwiseConv1D", "depthwise_conv"],
  arity: "one",
  arguments: depthwiseArguments,
  kerasClass: (_, rank) => `DepthwiseConv${spatialSuffix(rank)}`,
  inferShape(context) {
    const result = slidePlane(context, "depthwise");
    const channels = channelsOf(context.inputs[0]!);
    const { multiplier: factor } = context.arguments;
    return result && withChannels(result, factor === 1 ? channels : multiply(channels, factor));
  },
  weights([input], { kernel, multiplier: factor, bias: hasBias, init }) {
    const channels = channelsOf(input!);
    const shape = [...windowDims(kernel, input!), channels, known(factor)];
    return withBias([kernelWeight(shape, init)], multiply(channels, factor), hasBias);
  },
  multiplyAccumulates: ([input], { kernel }, output) =>
    multiply(product(output), product(windowDims(kernel, input!))),
  receptiveWindow: (_, { kernel, stride, dilation }) => ({ kernel, stride, dilation }),
};

const separableArguments = {
  filters: count("How many filters mix the channels, which is the number of channels that come out.", {
    positional: true,
  }),
  kernel: depthwiseArguments.kernel,
  multiplier,
  ...windowArguments,
};

export const separable: LayerDefinition<typeof separableArguments> = {
  title: "separable convolution",
  documentation: `A depthwise convolution followed by a 1x1 convolution that mixes the channels, without anything between; far fewer weights than a
full convolution. Sizes are those of \`conv\`. Keras: SeparableConv1D, SeparableConv2D.`,
  example: "input 28x28x8\nseparable 16 3x3 same relu",
  words: ["separable"],
  foreignNames: ["SeparableConv2D", "SeparableConv1D", "separable_conv"],
  arity: "one",
  arguments: separableArguments,
  kerasClass: (_, rank) => `SeparableConv${spatialSuffix(rank)}`,
  inferShape(context) {
    const result = slidePlane(context, "separable");
    return result && withChannels(result, known(context.arguments.filters));
  },
  weights([input], { filters, kernel, multiplier: factor, bias: hasBias, init }) {
    const channels = channelsOf(input!);
    const window = windowDims(kernel, input!);
    const ones = window.map(() => constant(1));
    const kernels = [
      kernelWeight([...window, channels, known(factor)], init, "depthwise_kernel"),
      kernelWeight([...ones, multiply(channels, factor), known(filters)], init, "pointwise_kernel"),
    ];
    return withBias(kernels, known(filters), hasBias);
  },
  multiplyAccumulates([input], { kernel, filters, multiplier: factor }, output) {
    const cells = product(output.slice(0, -1));
    const between = multiply(multiply(cells, channelsOf(input!)), factor);
    return add(multiply(between, product(windowDims(kernel, input!))), multiply(between, filters));
  },
  receptiveWindow: (_, { kernel, stride, dilation }) => ({ kernel, stride, dilation }),
};

/** Moves the window over a sequence or an image; Keras has no depthwise convolution of volumes. */
function slidePlane(
  context: RuleContext<
    Pick<ArgumentsOf<typeof depthwiseArguments>, "kernel" | "stride" | "dilation" | "pad">
  >,
  word: string,
): WindowResult | undefined {
  const rank = spatialRank(context, word);
  if (rank === undefined) return undefined;
  if (rank === 3) {
    const input = context.inputs[0]!;
    context.report({
      code: "CNN202",
      message: `${word} works on sequences and images, but its input ${shapeText(input)} is a volume`,
      causes: [{ input: 0 }],
      help: "use `conv` with groups= the number of channels",
    });
    return undefined;
  }
  const { kernel, stride, dilation, pad } = context.arguments;
  if (!checkWindowRanks(context, word, { kernel, stride, dilation, pad })) return undefined;
  return slideWindow(context, () => convWording(word, context), context.arguments);
}
