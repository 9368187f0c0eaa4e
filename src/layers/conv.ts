import type { Dim, Shape } from "../graph/dim.ts";
import { constant, exactDivide, floorDivide, known, multiply, product, shapeText } from "../graph/dim.ts";
import { spatialSuffix } from "./axes.ts";
import { activation, bias, count, padding, regularizers, windowOf } from "./arguments.ts";
import type {
  ArgumentsOf,
  ArgumentContext,
  LayerDefinition,
  RuleContext,
  SuggestedChange,
} from "./definition.ts";
import { kernelInitializer, kernelWeight, withBias } from "./initializers.ts";
import { windowText } from "./text.ts";
import type { WindowWording } from "./windows.ts";
import { checkWindowRanks, perAxis, slideWindow, spatialRank, withChannels } from "./windows.ts";

const convArguments = {
  filters: count("How many filters, which is the number of channels that come out.", { positional: true }),
  kernel: windowOf("The window of a filter: `3x3`, or `3` for every axis.", {
    positional: true,
    aliases: ["kernel_size"],
  }),
  stride: windowOf("Cells from one window to the next.", { default: [1], aliases: ["strides"] }),
  pad: padding(
    ["valid", "same", "causal"],
    "`valid` adds nothing, `same` keeps ceil(input / stride) cells, `causal` (1-D) looks back only; or cells: `1`, `(0,1)x(0,1)`.",
  ),
  dilation: windowOf("Cells from one tap of the window to the next.", {
    default: [1],
    aliases: ["dilation_rate"],
  }),
  groups: count("Groups into which channels and filters are split; each sees its own channels alone.", {
    default: 1,
  }),
  bias,
  activation: activation(),
  init: kernelInitializer,
  ...regularizers,
};

type ConvArguments = ArgumentsOf<typeof convArguments>;

export const conv: LayerDefinition<typeof convArguments> = {
  title: "convolution",
  documentation: `Moves \`filters\` windows over a sequence (1-D), an image (2-D) or a volume (3-D); the input's shape says which.

\`y[i, f] = activation(Σ over the window's cells k and channels c of x[i·stride + k·dilation, c] · kernel[k, c, f] + bias[f])\`

With span = dilation·(kernel - 1) + 1 an axis of n cells becomes floor((n + padding - span)/stride) + 1 cells, with \`same\`
ceil(n/stride). A stride together with a dilation is refused, as in Keras. Keras: Conv1D, Conv2D, Conv3D.`,
  example: "input 28x28x1\nconv 32 3x3 same relu",
  words: ["conv"],
  foreignNames: ["Conv1D", "Conv2D", "Conv3D", "conv1d", "conv2d", "conv3d", "Convolution2D", "nn.Conv2d"],
  arity: "one",
  arguments: convArguments,
  kerasClass: (_, rank) => `Conv${spatialSuffix(rank)}`,
  checkArguments(context) {
    checkStrideAndDilation(context, "conv");
    checkFilterGroups(context);
  },
  inferShape(context) {
    const { arguments: given } = context;
    const rank = spatialRank(context, "conv");
    if (rank === undefined) return undefined;
    const { kernel, stride, dilation, pad } = given;
    if (!checkWindowRanks(context, "conv", { kernel, stride, dilation, pad })) return undefined;
    if (!checkCausal(context, "conv", rank) || !checkDivisible(context, "conv")) return undefined;
    const result = slideWindow(context, () => convWording("conv", context), given);
    return result && withChannels(result, known(given.filters));
  },
  weights([input], { filters, kernel, groups, bias: hasBias, init }) {
    const out = known(filters);
    const shape = [...windowDims(kernel, input!), channelsOfGroup(input!, groups), out];
    return withBias([kernelWeight(shape, init)], out, hasBias);
  },
  multiplyAccumulates([input], { kernel, groups }, output) {
    const cells = product([...windowDims(kernel, input!), channelsOfGroup(input!, groups)]);
    return multiply(product(output), cells);
  },
  receptiveWindow: (_, { kernel, stride, dilation }) => ({ kernel, stride, dilation }),
};

/** Keras' refusal of a stride together with a dilation. */
export function checkStrideAndDilation(
  context: ArgumentContext<Pick<ConvArguments, "stride" | "dilation">>,
  word: string,
): void {
  const { stride, dilation } = context.arguments;
  if (Math.max(...stride) === 1 || Math.max(...dilation) === 1) return;
  context.report({
    code: "CNN205",
    argument: "dilation",
    message: `${word} with stride=${windowText(stride)} and dilation=${windowText(dilation)}: only one of them may be above 1`,
    text: "together with a stride this is refused, as in Keras",
    suggestions: [
      {
        layer: "self",
        change: { dilation: "1" },
        values: { dilation: [1] },
        title: "leave out the dilation",
      },
    ],
    help: "follow a dilated layer with a pool",
  });
}

function checkFilterGroups(context: ArgumentContext<ConvArguments>): void {
  const { filters, groups } = context.arguments;
  if (filters % groups === 0) return;
  const divided = Math.ceil(filters / groups) * groups;
  const input = context.inputs?.[0];
  const channels = input === undefined ? undefined : channelsOf(input).value;
  const moreFilters: SuggestedChange = {
    layer: "self",
    change: { filters: String(divided) },
    values: { filters: divided },
    title: `use ${divided} filters`,
  };
  context.report({
    code: "CNN203",
    argument: "groups",
    message: `conv: ${filters} filters do not divide into ${groups} groups`,
    arithmetic: `${filters}/${groups} = ${Math.floor(filters / groups)}, remainder ${filters % groups}`,
    help: `use a number of groups that divides ${dividedText(filters, channels)}`,
    suggestions: [
      ...(channels === undefined || channels % groups === 0 ? [moreFilters] : []),
      fewerGroups(groups, filters, channels),
    ],
  });
}

/** The largest number of groups, not above what was asked for, into which filters and channels divide where they are known. */
function fewerGroups(groups: number, ...counts: readonly (number | undefined)[]): SuggestedChange {
  const known = counts.filter((each) => each !== undefined);
  let fewer = Math.min(groups, ...known);
  while (known.some((each) => each % fewer !== 0)) fewer -= 1;
  const change = { groups: String(fewer) };
  return { layer: "self", change, values: { groups: fewer }, title: `use groups=${fewer}` };
}

/** `64`, or `the 64 filters and the 3 channels`: what groups have to divide. */
function dividedText(filters: number, channels: number | undefined): string {
  return channels === undefined
    ? String(filters)
    : `the ${filters} filters and the ${channels} input ${channels === 1 ? "channel" : "channels"}`;
}

/** Whether the input's channels divide into the groups asked for; reports where they do not, or where it is open. */
export function checkDivisible(
  context: RuleContext<{ readonly groups: number; readonly filters?: number }>,
  word: string,
): boolean {
  const { groups, filters } = context.arguments;
  const input = context.inputs[0]!;
  const channels = channelsOf(input);
  const quotient = exactDivide(channels, known(groups));
  const text = channels.toString();
  const causes = [{ input: 0, axis: input.length - 1 }];
  if (quotient === "indivisible") {
    const { value } = channels;
    const arithmetic =
      value === undefined
        ? {}
        : { arithmetic: `${text}/${groups} = ${Math.floor(value / groups)}, remainder ${value % groups}` };
    context.report({
      code: "CNN203",
      argument: "groups",
      message: `${word}: ${text} input ${channels.value === 1 ? "channel does" : "channels do"} not divide into ${groups} groups`,
      ...arithmetic,
      causes,
      help: `use a number of groups that divides ${filters === undefined ? text : dividedText(filters, channels.value)}`,
      suggestions: channels.value === undefined ? [] : [fewerGroups(groups, channels.value, filters)],
    });
    return false;
  }
  if (quotient === "unknown") {
    context.report({
      code: "CNN211",
      severity: "warning",
      argument: "groups",
      message: `${word}: the channels of its input ${shapeText(input)} must divide into ${groups} groups`,
      causes,
      condition: {
        asks: { kind: "multiple", dim: channels, divisor: groups },
        text: `${text} is a multiple of ${groups}`,
      },
    });
  }
  return true;
}

/** `causal` padding is for sequences alone. */
export function checkCausal(
  context: RuleContext<{ readonly pad: ConvArguments["pad"] }>,
  word: string,
  rank: number,
): boolean {
  if (context.arguments.pad !== "causal" || rank === 1) return true;
  const input = context.inputs[0]!;
  context.report({
    code: "CNN206",
    argument: "pad",
    message: `${word}: \`causal\` padding is for sequences (length x channels), but its input is ${shapeText(input)}`,
    causes: [{ input: 0 }],
    suggestions: [{ layer: "self", change: { pad: "same" }, title: "use `same`" }],
  });
  return false;
}

/** What to say where a convolution's window is larger than its input. */
export function convWording(
  word: string,
  {
    arguments: { kernel, dilation },
    inputs: [input],
  }: RuleContext<Pick<ConvArguments, "kernel" | "dilation">>,
): WindowWording {
  const rank = input!.length - 1;
  const fitting = perAxis(kernel, rank).map((cells, axis) => {
    const room = Math.max(1, input![axis]!.value ?? cells);
    return Math.min(cells, Math.floor((room - 1) / perAxis(dilation, rank)[axis]!) + 1);
  });
  const statement = `${word} ${windowText(perAxis(kernel, rank))}`;
  const smaller = windowText(kernel.length === 1 ? [Math.min(...fitting)] : fitting);
  return {
    statement: Math.max(...dilation) > 1 ? `${statement} dilation=${windowText(dilation)}` : statement,
    decidedBy: ["kernel", "dilation", "pad"],
    tooLarge: {
      code: "CNN200",
      text: "the window is larger than the input",
      suggestions: (): readonly SuggestedChange[] => [
        { layer: "self", change: { pad: "same" }, title: "pad with `same`" },
        { layer: "self", change: { kernel: smaller }, title: `use a smaller window, here ${smaller}` },
      ],
    },
  };
}

/** The window as dimensions, one for each spatial axis of the input. */
export function windowDims(kernel: readonly number[], input: Shape): readonly Dim[] {
  return perAxis(kernel, input.length - 1).map(constant);
}

export function channelsOf(shape: Shape): Dim {
  return shape[shape.length - 1]!;
}

function channelsOfGroup(input: Shape, groups: number): Dim {
  return groups === 1 ? channelsOf(input) : floorDivide(channelsOf(input), groups);
}
