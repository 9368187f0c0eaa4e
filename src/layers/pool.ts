import { known, shapeText } from "../graph/dim.ts";
import { spatialSuffix } from "./axes.ts";
import { flag, mode, optionalWindow, padding, windowOf } from "./arguments.ts";
import type { ArgumentsOf, LayerDefinition, RuleContext } from "./definition.ts";
import { paddingText, windowText } from "./text.ts";
import type { WindowWording } from "./windows.ts";
import { checkWindowRanks, perAxis, slideWindow, spatialRank, withChannels } from "./windows.ts";

const poolModes = ["max", "avg", "min", "sum"] as const;
const globalModes = ["max", "avg"] as const;

/** Keras has the first two alone; the others are named likewise. */
const classNames: Readonly<Record<(typeof poolModes)[number], string>> = {
  max: "Max",
  avg: "Average",
  min: "Min",
  sum: "Sum",
};

const poolArguments = {
  mode: mode(poolModes, "Which number of a window is kept."),
  size: windowOf("The window: `2` is 2x2 on an image.", {
    positional: true,
    default: [2],
    aliases: ["pool_size", "kernel", "kernel_size"],
  }),
  stride: optionalWindow("Cells from one window to the next; the window's size where it is left out.", {
    aliases: ["strides"],
  }),
  pad: padding(
    ["valid", "same"],
    "`valid` adds nothing, `same` keeps ceil(input / stride) cells; or cells: `1`, `(0,1)x(0,1)`.",
  ),
};

type PoolArguments = ArgumentsOf<typeof poolArguments>;

export const pool: LayerDefinition<typeof poolArguments> = {
  title: "pooling",
  documentation: `Keeps one number of each window and channel: its maximum (\`max\`), mean (\`avg\`), minimum (\`min\`) or sum (\`sum\`).

An axis of n cells becomes floor((n + padding - size)/stride) + 1 cells, with \`same\` ceil(n/stride). Padded cells are
never chosen by \`max\` and \`min\` and not counted by \`avg\` and \`sum\`. Keras: MaxPooling1D … 3D, AveragePooling1D … 3D.`,
  example: "input 28x28x1\nconv 32 3x3 relu\npool max 2",
  words: ["pool"],
  foreignNames: [
    "MaxPooling2D",
    "MaxPool2D",
    "AveragePooling2D",
    "maxpool",
    "max_pool",
    "avg_pool",
    "nn.MaxPool2d",
  ],
  arity: "one",
  arguments: poolArguments,
  kerasClass: (given, rank) => `${classNames[given.mode]}Pooling${spatialSuffix(rank)}`,
  inferShape(context) {
    const { arguments: given } = context;
    const rank = spatialRank(context, "pool");
    if (rank === undefined) return undefined;
    const { size, pad } = given;
    const stride = given.stride ?? size;
    if (!checkWindowRanks(context, `pool ${given.mode}`, { size, stride: given.stride, pad }))
      return undefined;
    if (!checkPadding(context, rank)) return undefined;
    const settings = { kernel: size, stride, dilation: [1], pad };
    const result = slideWindow(context, () => poolWording(given, rank), settings);
    return result && withChannels(result, context.inputs[0]![rank]!);
  },
  weights: () => [],
  multiplyAccumulates: () => known(0),
  receptiveWindow: (_, { size, stride }) => ({ kernel: size, stride: stride ?? size, dilation: [1] }),
};

function poolWording({ mode: word, size }: PoolArguments, rank: number): WindowWording {
  return {
    statement: `pool ${word} ${windowText(perAxis(size, rank))}`,
    decidedBy: ["size", "pad"],
    tooLarge: {
      code: "CNN204",
      text: "nothing is left to pool",
      suggestions: (axis: number) => [
        { layer: "self", change: "remove", title: "remove this pooling" },
        {
          layer: { originOfInput: 0, axis },
          change: { pad: "same" },
          values: { pad: "same" },
          title: "keep the size in {place} with `same`",
        },
      ],
    },
  };
}

/** A window that lies wholly in padding would have nothing to keep. */
function checkPadding(context: RuleContext<PoolArguments>, rank: number): boolean {
  const { size, pad, mode: word } = context.arguments;
  if (typeof pad === "string") return true;
  const windows = perAxis(size, rank);
  const bad = perAxis(pad, rank).findIndex(
    ([before, after], axis) => Math.max(before, after) >= windows[axis]!,
  );
  if (bad < 0) return true;
  context.report({
    code: "CNN206",
    argument: "pad",
    message: `pool ${word} ${windowText(windows)} with pad=${paddingText(pad)}: a window would lie in the padding alone`,
    text: `at most ${windows[bad]! - 1} here`,
    help: "pad by fewer cells than the window has",
  });
  return false;
}

const globalArguments = {
  mode: mode(globalModes, "Which number of a channel is kept."),
  keepdims: flag(false, "Whether the pooled axes stay, with one cell each."),
};

export const globalPool: LayerDefinition<typeof globalArguments> = {
  title: "global pooling",
  documentation: `Keeps one number of each channel: the maximum (\`max\`) or the mean (\`avg\`) over all of its cells, so that any image size
gives a vector of channels. With \`keepdims\` the axes stay with one cell each. Keras: GlobalMaxPooling1D … 3D,
GlobalAveragePooling1D … 3D.`,
  example: "input 28x28x1\nconv 32 3x3 relu\npool max 2\nconv 64 3x3 relu\nglobal_pool avg\ndense 10 softmax",
  words: ["global_pool"],
  foreignNames: [
    "GlobalAveragePooling2D",
    "GlobalMaxPooling2D",
    "global_average_pooling",
    "AdaptiveAvgPool2d",
  ],
  arity: "one",
  arguments: globalArguments,
  kerasClass: (given, rank) => `Global${classNames[given.mode]}Pooling${spatialSuffix(rank)}`,
  inferShape(context) {
    const input = context.inputs[0]!;
    const rank = input.length - 1;
    if (rank < 1 || rank > 3) {
      context.report({
        code: "CNN202",
        message: `global_pool needs an image or a sequence, but its input is ${shapeText(input)}`,
        text: rank < 1 ? "no axis is left to pool" : "",
        causes: [{ input: 0 }],
        suggestions: [{ layer: "self", change: "remove", title: "remove this pooling" }],
      });
      return undefined;
    }
    const channels = input[rank]!;
    const kept = context.arguments.keepdims ? Array.from({ length: rank }, () => known(1)) : [];
    return { shape: [...kept, channels], derivations: [] };
  },
  weights: () => [],
  multiplyAccumulates: () => known(0),
  receptiveWindow: () => "global",
};
