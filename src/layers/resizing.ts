import { add, atLeast, known, multiply, shapeText, subtract } from "../graph/dim.ts";
import type { PaddingValue } from "../graph/layer-graph.ts";
import { mode, windowOf } from "./arguments.ts";
import { axisName, spatialSuffix } from "./axes.ts";
import type { ArgumentSpec, LayerDefinition, RuleContext } from "./definition.ts";
import { derivation, operand, paddingText } from "./text.ts";
import { checkWindowRanks, perAxis, spatialRank } from "./windows.ts";

type Cells = Exclude<PaddingValue, string>;

/** Cells before and after each axis, which must be given. */
function cells(documentation: string, aliases: readonly string[]): ArgumentSpec<Cells> {
  return {
    role: "padding",
    default: "required",
    positional: true,
    aliases,
    words: [],
    minimum: 0,
    documentation,
  };
}

const padArguments = {
  cells: cells("Cells to add: `1x1`, `(0,1)x(0,1)` for before and after.", ["padding", "pad"]),
};

export const pad: LayerDefinition<typeof padArguments> = {
  title: "zero padding",
  documentation: `Adds cells of zeros around a sequence, an image or a volume. Keras: ZeroPadding1D, ZeroPadding2D, ZeroPadding3D.`,
  example: "input 28x28x1\npad 1x1\nconv 8 3x3",
  words: ["pad"],
  foreignNames: ["ZeroPadding2D", "ZeroPadding1D", "zero_padding", "nn.ZeroPad2d"],
  arity: "one",
  arguments: padArguments,
  kerasClass: (_, rank) => `ZeroPadding${spatialSuffix(rank)}`,
  inferShape(context) {
    const pairs = pairsOf(context, "pad");
    if (pairs === undefined) return undefined;
    const input = context.inputs[0]!;
    const sizes = pairs.map(([before, after], axis) =>
      before + after === 0 ? input[axis]! : add(input[axis]!, before + after),
    );
    return {
      shape: [...sizes, input[input.length - 1]!],
      derivations: pairs.map(([before, after], axis) =>
        derivation(axisName(input, axis), `${operand(input[axis]!)} + ${before} + ${after}`, sizes[axis]!),
      ),
      pads: pairs.map(([before, after]) => [known(before), known(after)]),
    };
  },
  weights: () => [],
  multiplyAccumulates: () => known(0),
};

const cropArguments = {
  cells: cells("Cells to take off: `1x1`, `(0,1)x(0,1)` for before and after.", ["cropping"]),
};

export const crop: LayerDefinition<typeof cropArguments> = {
  title: "cropping",
  documentation: `Takes cells off the sides of a sequence, an image or a volume. Keras: Cropping1D, Cropping2D, Cropping3D.`,
  example: "input 28x28x1\ncrop 2x2\nconv 8 3x3",
  words: ["crop"],
  foreignNames: ["Cropping2D", "Cropping1D", "CenterCrop", "cropping"],
  arity: "one",
  arguments: cropArguments,
  kerasClass: (_, rank) => `Cropping${spatialSuffix(rank)}`,
  inferShape(context) {
    const pairs = pairsOf(context, "crop");
    if (pairs === undefined) return undefined;
    const input = context.inputs[0]!;
    const bad = pairs.findIndex(
      ([before, after], axis) => atLeast(input[axis]!, before + after + 1) === "no",
    );
    if (bad >= 0) {
      const [before, after] = pairs[bad]!;
      context.report({
        code: "CNN214",
        message: `crop ${paddingText(context.arguments.cells)} leaves nothing of its input ${shapeText(input)}`,
        arithmetic: `${input[bad]!.toString()} - ${before} - ${after} = ${subtract(input[bad]!, before + after).toString()}`,
        causes: [{ input: 0, axis: bad }],
        help: "take fewer cells off",
      });
      return undefined;
    }
    const sizes = pairs.map(([before, after], axis) => {
      reportCropCondition(context, axis, before + after);
      return before + after === 0 ? input[axis]! : subtract(input[axis]!, before + after);
    });
    return {
      shape: [...sizes, input[input.length - 1]!],
      derivations: pairs.map(([before, after], axis) =>
        derivation(axisName(input, axis), `${operand(input[axis]!)} - ${before} - ${after}`, sizes[axis]!),
      ),
    };
  },
  weights: () => [],
  multiplyAccumulates: () => known(0),
  receptiveWindow: ([input]) => ({ places: input!.map((_, axis) => axis) }),
};

function reportCropCondition(
  context: RuleContext<{ readonly cells: Cells }>,
  axis: number,
  taken: number,
): void {
  const input = context.inputs[0]!;
  const size = input[axis]!;
  if (atLeast(size, taken + 1) === "yes") return;
  context.report({
    code: "CNN211",
    severity: "warning",
    message: `crop ${paddingText(context.arguments.cells)} must leave something of its input ${shapeText(input)}`,
    causes: [{ input: 0, axis }],
    condition: {
      asks: { kind: "at least", dim: size, minimum: taken + 1 },
      text: `${size.toString()} >= ${taken + 1}`,
    },
  });
}

const upsampleArguments = {
  size: windowOf("How many times larger each axis becomes: `2`, `2x1`.", { positional: true, default: [2] }),
  mode: mode(
    ["nearest", "bilinear"],
    "`nearest` repeats cells, `bilinear` blends the four nearest (images alone).",
    {
      default: "nearest",
      aliases: ["interpolation"],
    },
  ),
};

export const upsample: LayerDefinition<typeof upsampleArguments> = {
  title: "up-sampling",
  documentation: `Enlarges a sequence, an image or a volume by whole factors. \`nearest\` repeats each cell; \`bilinear\` blends neighbours, with
the centres of the outermost cells half a cell from the border. Keras: UpSampling1D, UpSampling2D, UpSampling3D.`,
  example: "input 7x7x8\nupsample 2 bilinear\nconv 8 3x3 same",
  words: ["upsample"],
  foreignNames: ["UpSampling2D", "UpSampling1D", "upsampling", "nn.Upsample", "Upsample", "interpolate"],
  arity: "one",
  arguments: upsampleArguments,
  kerasClass: (_, rank) => `UpSampling${spatialSuffix(rank)}`,
  inferShape(context) {
    const rank = spatialRank(context, "upsample");
    if (rank === undefined) return undefined;
    const { size, mode: word } = context.arguments;
    if (!checkWindowRanks(context, "upsample", { size })) return undefined;
    const input = context.inputs[0]!;
    if (word === "bilinear" && rank !== 2) {
      context.report({
        code: "CNN202",
        argument: "mode",
        message: `upsample bilinear is for images (height x width x channels), but its input is ${shapeText(input)}`,
        causes: [{ input: 0 }],
        suggestions: [{ layer: "self", change: { mode: "nearest" }, title: "use `nearest`" }],
      });
      return undefined;
    }
    const factors = perAxis(size, rank);
    const sizes = factors.map((factor, axis) =>
      factor === 1 ? input[axis]! : multiply(input[axis]!, factor),
    );
    return {
      shape: [...sizes, input[rank]!],
      derivations: factors.map((factor, axis) =>
        derivation(axisName(input, axis), `${operand(input[axis]!)}*${factor}`, sizes[axis]!),
      ),
    };
  },
  weights: () => [],
  multiplyAccumulates: () => known(0),
  receptiveWindow: ([input], { size, mode: word }) => ({
    kernel: [word === "nearest" ? 1 : 2],
    stride: perAxis(size, input!.length - 1).map((factor) => 1 / factor),
    dilation: [1],
  }),
};

/** The cells of each axis; reports an input without spatial axes or a wrong number of pairs. */
function pairsOf(context: RuleContext<{ readonly cells: Cells }>, word: string): Cells | undefined {
  const rank = spatialRank(context, word);
  if (rank === undefined) return undefined;
  const { cells: pairs } = context.arguments;
  if (pairs.length === 1 || pairs.length === rank) return perAxis(pairs, rank);
  const input = context.inputs[0]!;
  context.report({
    code: "CNN201",
    argument: "cells",
    message: `${word} ${paddingText(pairs)} has ${pairs.length} axes, but its input ${shapeText(input)} has ${rank}`,
    causes: [{ input: 0 }],
  });
  return undefined;
}
