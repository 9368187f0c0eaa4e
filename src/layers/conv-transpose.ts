import type { Dim, Shape } from "../graph/dim.ts";
import { add, atLeast, floorDivide, known, multiply, product, shapeText, subtract } from "../graph/dim.ts";
import { activation, bias, count, optionalWindow, padding, regularizers, windowOf } from "./arguments.ts";
import { axisName, spatialSuffix } from "./axes.ts";
import { channelsOf, checkStrideAndDilation, windowDims } from "./conv.ts";
import type { ArgumentsOf, Derivation, LayerDefinition, RuleContext, SuggestedChange } from "./definition.ts";
import { kernelInitializer, kernelWeight, withBias } from "./initializers.ts";
import { derivation, operand, paddingText, windowText } from "./text.ts";
import { checkWindowRanks, perAxis, spatialRank, windowSpan } from "./windows.ts";

const transposeArguments = {
  filters: count("How many filters, which is the number of channels that come out.", { positional: true }),
  kernel: windowOf("The window of a filter: `3x3`, or `3` for every axis.", {
    positional: true,
    aliases: ["kernel_size"],
  }),
  stride: windowOf("By how much the input is spread out: a stride of 2 doubles an image.", {
    default: [1],
    aliases: ["strides"],
  }),
  pad: padding(
    ["valid", "same"],
    "`valid` keeps every cell, `same` gives input·stride cells; or cells taken off each side: `1`, `(0,1)x(0,1)`.",
  ),
  output_padding: optionalWindow("Cells added at the end of each axis, fewer than the stride.", {
    minimum: 0,
  }),
  dilation: windowOf("Cells from one tap of the window to the next.", {
    default: [1],
    aliases: ["dilation_rate"],
  }),
  bias,
  activation: activation(),
  init: kernelInitializer,
  ...regularizers,
};

type TransposeArguments = ArgumentsOf<typeof transposeArguments>;

export const convTranspose: LayerDefinition<typeof transposeArguments> = {
  title: "transposed convolution",
  documentation: `What a convolution's gradient does to its input, used forwards to enlarge: each cell of the input adds its window, scaled by the
kernel, to the output at \`stride\` cells from the next.

With span = dilation·(kernel - 1) + 1 an axis of n cells becomes (n - 1)·stride + max(span, stride) cells with \`valid\`, n·stride with
\`same\`; with an output padding p (n - 1)·stride + span + p and (n - 1)·stride + (1 where the span is odd) + p; with cells to take off
(n - 1)·stride + span - before - after + p. The resolved pads are those of the convolution that leads back from output to input.
Keras: Conv1DTranspose, Conv2DTranspose, Conv3DTranspose.`,
  example: "input 7x7x64\nconv_transpose 32 3x3 stride=2 same relu",
  words: ["conv_transpose"],
  foreignNames: [
    "Conv2DTranspose",
    "Conv1DTranspose",
    "ConvTranspose2d",
    "deconv",
    "transposed_conv",
    "nn.ConvTranspose2d",
  ],
  arity: "one",
  arguments: transposeArguments,
  kerasClass: (_, rank) => `Conv${spatialSuffix(rank)}Transpose`,
  checkArguments(context) {
    checkStrideAndDilation(context, "conv_transpose");
  },
  inferShape(context) {
    const { arguments: given, inputs } = context;
    const rank = spatialRank(context, "conv_transpose");
    if (rank === undefined) return undefined;
    const { kernel, stride, dilation, pad, output_padding } = given;
    const windows = { kernel, stride, dilation, pad, output_padding };
    if (!checkWindowRanks(context, "conv_transpose", windows)) return undefined;
    if (!checkOutputPadding(context, rank)) return undefined;
    const input = inputs[0]!;
    const axes = Array.from({ length: rank }, (_, axis) => enlargeAxis(input, axis, given));
    if (!checkCropped(context, axes)) return undefined;
    return {
      shape: [...axes.map(({ output }) => output), known(given.filters)],
      derivations: axes.map(({ steps }) => steps),
      pads: axes.map(({ pads }) => pads),
    };
  },
  weights([input], { filters, kernel, bias: hasBias, init }) {
    const shape = [...windowDims(kernel, input!), known(filters), channelsOf(input!)];
    return withBias([kernelWeight(shape, init)], known(filters), hasBias);
  },
  multiplyAccumulates: ([input], { filters, kernel }) =>
    product([...input!, ...windowDims(kernel, input!), known(filters)]),
  receptiveWindow([input], { kernel, stride, dilation }) {
    const rank = input!.length - 1;
    const strides = perAxis(stride, rank);
    const spans = perAxis(kernel, rank).map((cells, axis) =>
      windowSpan(cells, perAxis(dilation, rank)[axis]!),
    );
    return {
      kernel: spans.map((span, axis) => Math.ceil(span / strides[axis]!)),
      stride: strides.map((cells) => 1 / cells),
      dilation: [1],
    };
  },
};

interface EnlargedAxis {
  readonly output: Dim;
  readonly pads: readonly [Dim, Dim];
  readonly steps: Derivation;
}

function enlargeAxis(input: Shape, axis: number, given: TransposeArguments): EnlargedAxis {
  const rank = input.length - 1;
  const size = input[axis]!;
  const stride = perAxis(given.stride, rank)[axis]!;
  const span = windowSpan(perAxis(given.kernel, rank)[axis]!, perAxis(given.dilation, rank)[axis]!);
  const extra = given.output_padding && perAxis(given.output_padding, rank)[axis]!;
  const spread = multiply(subtract(size, 1), stride);
  const spreadText = `(${operand(size)} - 1)*${stride}`;
  const done = (output: Dim, formula: string, pads: readonly [Dim, Dim]): EnlargedAxis => ({
    output: stride === 1 && output.toString() === size.toString() ? size : output,
    pads,
    steps: derivation(axisName(input, axis), formula, output),
  });
  if (given.pad === "same") {
    if (extra === undefined) {
      const output = multiply(size, stride);
      return done(output, `${operand(size)}*${stride}`, lackingPads(add(spread, span), output));
    }
    const end = (span % 2) + extra;
    const output = add(spread, end);
    return done(output, `${spreadText} + ${span % 2} + ${extra}`, lackingPads(add(spread, span), output));
  }
  const [before, after] =
    given.pad === "valid" ? [0, 0] : perAxis(given.pad as readonly [number, number][], rank)[axis]!;
  const tail = extra ?? (given.pad === "valid" ? Math.max(span, stride) - span : 0);
  const output = add(spread, span - before - after + tail);
  const cropText = before + after > 0 ? ` - ${before} - ${after}` : "";
  const tailText = tail > 0 ? ` + ${tail}` : "";
  return done(output, `${spreadText} + ${span}${cropText}${tailText}`, [known(before), known(after)]);
}

/** The pads of the convolution back: what reaches beyond the output, the odd cell at the end. */
function lackingPads(reach: Dim, output: Dim): readonly [Dim, Dim] {
  const lacking = subtract(reach, output);
  if (atLeast(lacking, 0) === "no") return [known(0), known(0)];
  const before = floorDivide(lacking, 2);
  return [before, subtract(lacking, before)];
}

/** Keras refuses output padding of the stride or more; with `same` an even window needs a cell of it. */
function checkOutputPadding(context: RuleContext<TransposeArguments>, rank: number): boolean {
  const { output_padding, stride, kernel, dilation, pad } = context.arguments;
  if (output_padding === undefined) return true;
  const extras = perAxis(output_padding, rank);
  const strides = perAxis(stride, rank);
  const report = (message: string, help: string, suggestions: readonly SuggestedChange[] = []) => {
    context.report({ code: "CNN216", argument: "output_padding", message, help, suggestions });
    return false;
  };
  if (extras.some((extra, axis) => extra >= strides[axis]!)) {
    return report(
      `conv_transpose: output_padding=${windowText(output_padding)} must be smaller than the stride ${windowText(stride)}`,
      "leave it out, or use a larger stride",
      [mostOutputPadding(stride)],
    );
  }
  const isLost = extras.some((extra, axis) => {
    const span = windowSpan(perAxis(kernel, rank)[axis]!, perAxis(dilation, rank)[axis]!);
    return pad === "same" && extra === 0 && span % 2 === 0;
  });
  if (!isLost) return true;
  return report(
    "conv_transpose: with `same` and a window of an even size, output_padding=0 would lose the last cell",
    "leave out the output padding",
  );
}

/** One cell less than the stride. */
function mostOutputPadding(stride: readonly number[]): SuggestedChange {
  const most = stride.map((cells) => cells - 1);
  const change = { output_padding: windowText(most) };
  return {
    layer: "self",
    change,
    values: { output_padding: most },
    title: `use output_padding=${windowText(most)}`,
  };
}

/** Cells taken off the sides must leave some. */
function checkCropped(context: RuleContext<TransposeArguments>, axes: readonly EnlargedAxis[]): boolean {
  const bad = axes.findIndex(({ output }) => atLeast(output, 1) === "no");
  if (bad < 0) return true;
  const input = context.inputs[0]!;
  context.report({
    code: "CNN214",
    argument: "pad",
    message: `conv_transpose with pad=${paddingText(context.arguments.pad)} leaves nothing of its input ${shapeText(input)}`,
    arithmetic: axes[bad]!.steps.formula,
    causes: [{ input: 0, axis: bad }],
    help: "take fewer cells off",
  });
  return false;
}
