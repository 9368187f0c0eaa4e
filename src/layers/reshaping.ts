import type { Dim, Shape } from "../graph/dim.ts";
import { compare, exactDivide, known, product, shapeText, unknown } from "../graph/dim.ts";
import { count, shape, windowOf } from "./arguments.ts";
import { axisName } from "./axes.ts";
import type { LayerDefinition, Problem, RuleContext, SuggestedChange } from "./definition.ts";
import { derivation, grouped, listText, operand, windowText } from "./text.ts";

const noArguments = {};

export const flatten: LayerDefinition<typeof noArguments> = {
  title: "flatten",
  documentation: `Lays all cells out in one row, the last axis fastest: an image of height, width and channels becomes height·width·channels
numbers. Keras: Flatten.`,
  example: "input 28x28x1\nflatten\ndense 10 softmax",
  words: ["flatten"],
  foreignNames: ["Flatten", "nn.Flatten", "view"],
  arity: "one",
  arguments: noArguments,
  kerasClass: () => "Flatten",
  inferShape({ inputs: [input] }) {
    if (input!.length === 1) return { shape: input!, derivations: [] };
    const units = product(input!);
    const formula = input!.length === 0 ? "1" : input!.map(operand).join("*");
    return { shape: [units], derivations: [derivation("units", formula, units)] };
  },
  weights: () => [],
  multiplyAccumulates: () => known(0),
  receptiveWindow: ([input]) => (input!.length === 1 ? undefined : "none"),
};

const reshapeArguments = {
  shape: {
    ...shape("The new shape, without the batch; one `?` is worked out from the others.", {
      aliases: ["target_shape"],
    }),
    minimum: -1,
  },
};

export const reshape: LayerDefinition<typeof reshapeArguments> = {
  title: "reshape",
  documentation: `Arranges the same cells in another shape, the last axis fastest; one \`?\` (or -1) stands for what is left. Keras: Reshape.`,
  example: "input 784\nreshape 28x28x1\nconv 8 3x3 relu",
  words: ["reshape"],
  foreignNames: ["Reshape", "view", "nn.Unflatten", "unflatten"],
  arity: "one",
  arguments: reshapeArguments,
  kerasClass: () => "Reshape",
  checkArguments({ arguments: { shape: target }, report }) {
    const open = target.filter(isOpen);
    const message =
      open.length > 1
        ? `reshape: at most one \`?\` can be worked out, but ${shapeText(target)} has ${open.length}`
        : target.some((dim) => dim.value === 0)
          ? "reshape: no axis can have 0 cells"
          : undefined;
    if (message !== undefined) report({ code: "CNN215", argument: "shape", message });
  },
  inferShape(context) {
    const { inputs, arguments: given } = context;
    const input = inputs[0]!;
    const total = product(input);
    const open = given.shape.findIndex(isOpen);
    const rest = product(given.shape.filter((_, axis) => axis !== open));
    if (open < 0) {
      if (!checkSameCount(context, total, rest)) return undefined;
      return { shape: given.shape, derivations: [] };
    }
    const quotient = exactDivide(total, rest);
    if (quotient === "indivisible") {
      reportNoRest(context, total, rest);
      return undefined;
    }
    if (quotient === "unknown") reportOpenRest(context, total, rest);
    const size = quotient === "unknown" ? unknown() : quotient;
    const target = given.shape.map((dim, axis) => (axis === open ? size : dim));
    const formula = `${operand(total)}/${operand(rest)}`;
    return { shape: target, derivations: [derivation(axisName(target, open), formula, size)] };
  },
  weights: () => [],
  multiplyAccumulates: () => known(0),
  receptiveWindow: ([input], { shape }) => ({ places: keptAxes(input!, shape) }),
};

/** Axes before the first and after the last that is parted or joined keep their cells. */
function keptAxes(from: Shape, to: Shape): (number | undefined)[] {
  const isSame = (axis: number, place: number): boolean =>
    place >= 0 && place < to.length && compare(from[axis]!, to[place]!) === "equal";
  const firstChanged = from.findIndex((_, axis) => !isSame(axis, axis));
  const shift = to.length - from.length;
  const lastChanged = from.findLastIndex((_, axis) => !isSame(axis, axis + shift));
  return from.map((_, axis) => {
    if (firstChanged < 0 || axis < firstChanged) return axis;
    return axis > lastChanged ? axis + shift : undefined;
  });
}

/** A dimension that is to be worked out. A name, or arithmetic over one, is no such. */
function isOpen(dim: Dim): boolean {
  return dim.value === -1 || dim.toString() === "?";
}

function checkSameCount(context: RuleContext<{ readonly shape: Shape }>, total: Dim, wanted: Dim): boolean {
  const order = compare(total, wanted);
  if (order === "equal") return true;
  const input = context.inputs[0]!;
  const { shape: target } = context.arguments;
  const counts = `${grouped(total.toString())} and ${grouped(wanted.toString())} cells`;
  if (order === "unequal") {
    context.report({
      code: "CNN215",
      argument: "shape",
      message: `reshape: ${shapeText(input)} and ${shapeText(target)} have different numbers of cells`,
      text: counts,
      ...(input.length > 1
        ? { arithmetic: `${input.map(operand).join("*")} = ${grouped(total.toString())}` }
        : {}),
      causes: [{ input: 0 }],
      ...(target.length === 1 && total.value !== undefined
        ? { suggestions: [reshapeTo([total])], help: "use `flatten`, which counts them itself" }
        : {
            suggestions: likelyTargets(input, target, total).map(reshapeTo),
            help: "with `?` for one of the axes it is worked out",
          }),
    });
    return false;
  }
  context.report({
    code: "CNN211",
    severity: "warning",
    argument: "shape",
    message: `reshape: ${shapeText(input)} and ${shapeText(target)} may have different numbers of cells`,
    causes: [{ input: 0 }],
    condition: {
      asks: { kind: "equal", left: total, right: wanted },
      text: `${cellsText(input, total)} = ${cellsText(target, wanted)}`,
    },
  });
  return true;
}

/** How many cells a shape has: `H*W*3`; in words where some are unknown. */
function cellsText(of: Shape, count: Dim): string {
  const text = count.toString();
  return text === "?" ? `the number of cells of ${shapeText(of)}` : grouped(text);
}

/**
 * What may have been meant by a target of another number of cells: the input's own rows and columns before the axes into
 * which its channels are split, or else another size of one axis, the last that it can be.
 */
function likelyTargets(input: Shape, target: Shape, total: Dim): readonly Shape[] {
  if (total.value === undefined || target.some((dim) => dim.value === undefined)) return [];
  const spatial = input.slice(0, -1);
  const tail = target.slice(spatial.length);
  if (tail.length > 0 && compare(product(tail), input[input.length - 1]!) === "equal")
    return [[...spatial, ...tail]];
  const resized = target.map((_, axis) => {
    const others = product(target.filter((_, other) => other !== axis));
    const size = exactDivide(total, others);
    return typeof size === "string" ? undefined : target.map((dim, other) => (other === axis ? size : dim));
  });
  return resized
    .filter((shape) => shape !== undefined && shapeText(shape) !== shapeText(input))
    .slice(-1) as readonly Shape[];
}

function reshapeTo(shape: Shape): SuggestedChange {
  const text = shapeText(shape);
  return { layer: "self", change: { shape: text }, title: `reshape to \`${text}\`` };
}

function reportNoRest(context: RuleContext<{ readonly shape: Shape }>, total: Dim, rest: Dim): void {
  const input = context.inputs[0]!;
  context.report({
    code: "CNN215",
    argument: "shape",
    message: `reshape: the ${grouped(total.toString())} cells of ${shapeText(input)} do not divide into parts of ${grouped(rest.toString())}`,
    ...(total.value === undefined || rest.value === undefined
      ? {}
      : {
          arithmetic: `${total.value}/${rest.value} = ${Math.floor(total.value / rest.value)}, remainder ${total.value % rest.value}`,
        }),
    causes: [{ input: 0 }],
  });
}

function reportOpenRest(context: RuleContext<{ readonly shape: Shape }>, total: Dim, rest: Dim): void {
  const input = context.inputs[0]!;
  const parts = grouped(rest.toString());
  context.report({
    code: "CNN211",
    severity: "warning",
    argument: "shape",
    message: `reshape: the cells of ${shapeText(input)} must divide into parts of ${parts}`,
    causes: [{ input: 0 }],
    condition: {
      asks: { kind: "multiple", dim: total, divisor: rest },
      text: `${cellsText(input, total)} is a multiple of ${parts}`,
    },
  });
}

const permuteArguments = {
  order: windowOf(
    "Which axis of the input comes in each place, counted from 1: `2x1x3` swaps height and width.",
    {
      positional: true,
      aliases: ["dims"],
      minimum: 0,
    },
  ),
};

export const permute: LayerDefinition<typeof permuteArguments> = {
  title: "permute",
  documentation: `Puts the axes in another order; 1 is the first after the batch. Keras: Permute.`,
  example: "input 20x8\npermute 2x1",
  words: ["permute"],
  foreignNames: ["Permute", "transpose"],
  arity: "one",
  arguments: permuteArguments,
  kerasClass: () => "Permute",
  checkArguments({ arguments: { order }, report }) {
    const missing = order.findIndex((_, index) => !order.includes(index + 1));
    if (missing < 0) return;
    const places = order.map((_, index) => String(index + 1));
    report({
      code: "CNN217",
      argument: "order",
      message: `permute ${windowText(order)} must name each of ${listText(places)} once`,
      ...countedFromZero(order),
    });
  },
  inferShape({ inputs: [input], arguments: { order }, report }) {
    if (order.length !== input!.length) {
      report({
        code: "CNN217",
        argument: "order",
        message: `permute ${windowText(order)} orders ${order.length} axes, but its input ${shapeText(input!)} has ${input!.length}`,
        causes: [{ input: 0 }],
      });
      return undefined;
    }
    return { shape: order.map((place) => input![place - 1]!), derivations: [] };
  },
  weights: () => [],
  multiplyAccumulates: () => known(0),
  receptiveWindow: ([input], { order }) => ({ places: input!.map((_, axis) => order.indexOf(axis + 1)) }),
};

/** `0x2x3x1`, which counts the batch, or axes from 0. */
function countedFromZero(order: readonly number[]): Pick<Problem, "help" | "suggestions"> {
  if (!order.includes(0)) return {};
  const help = "count the axes from 1, without the batch";
  const meant = order[0] === 0 ? order.slice(1) : order.map((place) => place + 1);
  const isWhole = meant.every((_, index) => meant.includes(index + 1));
  if (!isWhole) return { help };
  const text = windowText(meant);
  const title = `${help}: \`permute ${text}\``;
  return { suggestions: [{ layer: "self", change: { order: text }, title }] };
}

const repeatArguments = {
  times: count("How many times.", { positional: true, aliases: ["n"] }),
};

export const repeatVector: LayerDefinition<typeof repeatArguments> = {
  title: "repeat a vector",
  documentation: `Makes a sequence of a vector by repeating it: 32 numbers become \`times\` x 32. Keras: RepeatVector.`,
  example: "input 32\nrepeat_vector 5\nconv 8 3",
  words: ["repeat_vector"],
  foreignNames: ["RepeatVector"],
  arity: "one",
  arguments: repeatArguments,
  kerasClass: () => "RepeatVector",
  inferShape({ inputs: [input], arguments: { times }, report }) {
    if (input!.length !== 1) {
      report({
        code: "CNN202",
        message: `repeat_vector needs a vector, but its input is ${shapeText(input!)}`,
        causes: [{ input: 0 }],
        help: "put `flatten` before it",
      });
      return undefined;
    }
    return { shape: [known(times), input![0]!], derivations: [] };
  },
  weights: () => [],
  multiplyAccumulates: () => known(0),
  receptiveWindow: () => "none",
};
