import type { Dim, Shape } from "../graph/dim.ts";
import { add as addDims, compare, known, shapeText } from "../graph/dim.ts";
import { axis } from "./arguments.ts";
import { axisName, axisNames, resolveAxis } from "./axes.ts";
import type { InferredShape, LayerDefinition, Problem, RuleContext } from "./definition.ts";
import { derivation, listText, operand } from "./text.ts";

const noArguments = {};

type ElementwiseDefinition = LayerDefinition<typeof noArguments>;

function elementwise(
  word: string,
  kerasClass: string,
  formula: string,
  foreignNames: readonly string[],
): ElementwiseDefinition {
  return {
    title: `${word} (merge)`,
    documentation: `${formula}, number by number. Shapes broadcast as in Keras: aligned at the last axis, an axis of one cell is repeated.
Keras: ${kerasClass}.`,
    example: `input 28x28x8\n${word} {\n  branch { conv 8 3x3 same relu }\n  branch { }\n}`,
    words: [word],
    foreignNames: [kerasClass, ...foreignNames],
    arity: "merge",
    arguments: noArguments,
    kerasClass: () => kerasClass,
    inferShape: (context) => (checkCount(context, word) ? broadcastInputs(context, word) : undefined),
    weights: () => [],
    multiplyAccumulates: () => known(0),
  };
}

export const add = elementwise("add", "Add", "The sum of its tensors", ["sum", "plus"]);
export const subtract = elementwise("subtract", "Subtract", "The first tensor less the second", [
  "sub",
  "minus",
]);
export const multiply = elementwise("multiply", "Multiply", "The product of its tensors", ["mul", "times"]);
export const average = elementwise("average", "Average", "The mean of its tensors", ["mean"]);
export const maximum = elementwise("maximum", "Maximum", "The largest of its tensors", []);
export const minimum = elementwise("minimum", "Minimum", "The smallest of its tensors", []);

const concatArguments = {
  axis: axis(
    -1,
    "The axis along which the tensors are joined: `channels`, `height` … or Keras' number.",
    true,
  ),
};

export const concat: LayerDefinition<typeof concatArguments> = {
  title: "concat (merge)",
  documentation: `Joins its tensors along one axis, by default the channels; every other axis must be the same. Keras: Concatenate.`,
  example: "input 28x28x8\nconcat {\n  branch { conv 8 1x1 relu }\n  branch { conv 16 3x3 same relu }\n}",
  words: ["concat"],
  foreignNames: ["Concatenate", "concatenate", "cat", "torch.cat"],
  arity: "merge",
  arguments: concatArguments,
  kerasClass: () => "Concatenate",
  inferShape(context) {
    const { inputs } = context;
    if (!checkCount(context, "concat") || !checkSameRank(context)) return undefined;
    const first = inputs[0]!;
    const along = resolveAxis(context.arguments.axis, first.length);
    if (along === undefined) {
      reportMissingAxis(context, "concat", context.arguments.axis);
      return undefined;
    }
    const joined = joinOtherAxes(context, along);
    if (joined === undefined) return undefined;
    if (inputs.length === 1) return { shape: first, derivations: [] };
    const parts = inputs.map((input) => input[along]!);
    const total = parts.reduce((sofar, part) => addDims(sofar, part));
    joined[along] = total;
    return {
      shape: joined,
      derivations: [derivation(axisName(first, along), parts.map(operand).join(" + "), total)],
    };
  },
  receptiveWindow: ([input]) => ({ places: input!.map((_, axis) => axis) }),
  weights: () => [],
  multiplyAccumulates: () => known(0),
};

/** `subtract` takes two tensors, as in Keras; the others take one or more. */
function checkCount(context: RuleContext<unknown>, word: string): boolean {
  const { length } = context.inputs;
  if (word === "subtract" ? length === 2 : length >= 1) return true;
  context.report({
    code: "CNN210",
    message:
      word === "subtract"
        ? `subtract takes exactly two tensors, the first less the second; here it has ${length}`
        : `${word} needs a tensor`,
    ...(word === "subtract"
      ? {
          help: "`subtract a; subtract b` takes both away, one after the other; `from a; subtract b` is a less b",
        }
      : {}),
  });
  return false;
}

/** The shape of the inputs broadcast together, as in Keras; undefined, and reported, where they do not fit. */
function broadcastInputs(context: RuleContext<unknown>, word: string): InferredShape | undefined {
  const { inputs } = context;
  let shape: readonly Dim[] = inputs[0]!;
  for (let index = 1; index < inputs.length; index++) {
    const next = inputs[index]!;
    const rank = Math.max(shape.length, next.length);
    const joined: Dim[] = [];
    for (let place = 0; place < rank; place++) {
      const left = shape[place - (rank - shape.length)];
      const right = next[place - (rank - next.length)];
      const dim = broadcastDims(left, right);
      if (dim === "unequal") {
        reportMisfit(context, word, shape, index, place);
        return undefined;
      }
      if (dim === "unknown") {
        reportOpenCondition(context, word, { left: left!, right: right!, index, fromEnd: rank - place });
      }
      joined.push(dim === "unknown" ? likelyResult(left!, right!) : dim);
    }
    shape = joined;
  }
  return { shape, derivations: [] };
}

function broadcastDims(left: Dim | undefined, right: Dim | undefined): Dim | "unequal" | "unknown" {
  if (left === undefined) return right!;
  if (right === undefined || right.value === 1) return left;
  if (left.value === 1) return right;
  const order = compare(left, right);
  return order === "equal" ? left : order;
}

/** A number above 1 is what comes out whether the other is 1 or the same; two open sizes are taken for the same. */
function likelyResult(left: Dim, right: Dim): Dim {
  if (left.value !== undefined) return left;
  return right.value !== undefined || left.toString() === "?" ? right : left;
}

/** The inputs up to `index`, the one among them that first had this size at this place, from the last axis. */
function sourceOf(inputs: readonly Shape[], index: number, fromEnd: number, size: Dim): number {
  const found = inputs.slice(0, index).findIndex((shape) => {
    const dim = shape[shape.length - fromEnd];
    return dim !== undefined && compare(dim, size) === "equal";
  });
  return Math.max(found, 0);
}

function reportMisfit(
  context: RuleContext<unknown>,
  word: string,
  sofar: Shape,
  index: number,
  place: number,
): void {
  const { inputs } = context;
  const next = inputs[index]!;
  const rank = Math.max(sofar.length, next.length);
  const fromEnd = rank - place;
  const [left, right] = [sofar[sofar.length - fromEnd]!, next[next.length - fromEnd]!];
  const other = sourceOf(inputs, index, fromEnd, left);
  const name = axisNames(rank)[place]!;
  const isLast = fromEnd === 1;
  const smaller = (left.value ?? 0) < (right.value ?? 0) ? other : index;
  const smallerAxis = inputs[smaller]!.length - fromEnd;
  const wanted = (smaller === other ? right : left).toString();
  const details: Partial<Problem> = isLast
    ? {
        suggestions: ["filters", "units"].map((argument) => ({
          layer: { originOfInput: smaller, axis: smallerAxis },
          change: { [argument]: wanted },
          values: { [argument]: Number(wanted) },
          title: `make {place} give ${wanted} ${name}`,
        })),
        help: `bring both to ${wanted} ${name} first, for instance with \`${rank > 1 ? `conv ${wanted} 1x1` : `dense ${wanted}`}\``,
      }
    : {
        help: sizesHelp(inputs[other]!, next),
        suggestions: [
          {
            layer: { originOfInput: smaller, axis: smallerAxis },
            change: { pad: "same" },
            values: { pad: "same" },
            title: "keep the size in {place} with `same`",
          },
        ],
      };
  context.report({
    code: "CNN207",
    message: `${word}: ${tensorText(context, other)} and ${tensorText(context, index)} do not fit together`,
    text: `${name}: ${left.toString()} and ${right.toString()}`,
    causes: [
      { input: other, axis: inputs[other]!.length - fromEnd },
      { input: index, axis: next.length - fromEnd },
    ],
    ...details,
  });
}

/** What brings two images or sequences to one size: enlarging the smaller, or cutting the larger. */
function sizesHelp(one: Shape, other: Shape): string {
  const usual = "give both the same stride and padding";
  const pairs = one.slice(0, -1).map((dim, axis) => [dim.value, other[axis]?.value] as const);
  if (one.length !== other.length || pairs.some((pair) => pair.includes(undefined))) return usual;
  const sizes = (pairs as (readonly [number, number])[]).map(
    (pair) => [Math.min(...pair), Math.max(...pair)] as const,
  );
  const isOneSmaller =
    pairs.every(([left, right]) => left! <= right!) || pairs.every(([left, right]) => left! >= right!);
  if (!isOneSmaller) return usual;
  const windowOf = (parts: readonly (number | string)[]): string =>
    new Set(parts).size === 1 ? String(parts[0]) : parts.join("x");
  const factors = sizes.map(([small, large]) => large / small);
  if (factors.every(Number.isInteger)) {
    return `${usual}, or enlarge the smaller one first, for instance with \`upsample ${windowOf(factors)}\``;
  }
  const cells = sizes.map(([small, large]) => large - small);
  const parts = cells.every((count) => count % 2 === 0)
    ? windowOf(cells.map((count) => count / 2))
    : cells.map((count) => `(${Math.floor(count / 2)},${Math.ceil(count / 2)})`).join("x");
  return `${usual}, or cut the larger one first with \`crop ${parts}\``;
}

/** `a (28x28x32)` where the tensor has a name of the user's, else its shape alone. */
export function tensorText({ inputs, inputNames }: RuleContext<unknown>, index: number): string {
  return `${inputNames[index]!} (${shapeText(inputs[index]!)})`;
}

/** Two sizes that may be the same: that of the tensors so far and that of the tensor `index`, on an axis from the last. */
interface OpenPair {
  readonly left: Dim;
  readonly right: Dim;
  readonly index: number;
  readonly fromEnd: number;
}

function reportOpenCondition(
  context: RuleContext<unknown>,
  word: string,
  { left, right, index, fromEnd }: OpenPair,
): void {
  const { inputs } = context;
  const other = sourceOf(inputs, index, fromEnd, left);
  const places = [other, index].map((input) => ({ input, axis: inputs[input]!.length - fromEnd }));
  const rank = Math.max(inputs[other]!.length, inputs[index]!.length);
  const mayRepeat = word !== "concat";
  const sizes = [sizeText(context, places[0]!, left), sizeText(context, places[1]!, right)];
  const [one, two] = left.value === undefined ? sizes : sizes.reverse();
  const isNumber = left.value !== undefined || right.value !== undefined;
  const repeats = mayRepeat ? (isNumber ? " or 1" : ", or one of them is 1") : "";
  context.report({
    code: "CNN211",
    severity: "warning",
    message: `${word}: ${tensorText(context, other)} and ${tensorText(context, index)} fit together only where their ${axisNames(rank)[rank - fromEnd]!} is the same${mayRepeat ? " or 1" : ""}`,
    causes: places,
    condition: { asks: { kind: "equal", left, right, mayRepeat }, text: `${one} = ${two}${repeats}` },
  });
}

/** A size as a formula; where it is unknown, whose it is: `the height of left`. */
export function sizeText(
  { inputs, inputNames }: RuleContext<unknown>,
  { input, axis }: { readonly input: number; readonly axis: number },
  size: Dim,
): string {
  const text = size.toString();
  return text === "?" ? `the ${axisName(inputs[input]!, axis)} of ${inputNames[input]!}` : text;
}

function checkSameRank(context: RuleContext<unknown>): boolean {
  const { inputs } = context;
  const bad = inputs.findIndex((input) => input.length !== inputs[0]!.length);
  if (bad < 0) return true;
  context.report({
    code: "CNN208",
    message: `concat: ${tensorText(context, 0)} and ${tensorText(context, bad)} have a different number of axes`,
    text: `${inputs[0]!.length} and ${inputs[bad]!.length} axes`,
    causes: [{ input: 0 }, { input: bad }],
    help: "bring them to the same number of axes first, with `flatten`, `global_pool` or `reshape`",
  });
  return false;
}

/** The axes beside the joined one, of which every input must have the same. */
function joinOtherAxes(context: RuleContext<unknown>, along: number): Dim[] | undefined {
  const { inputs } = context;
  const joined = [...inputs[0]!];
  for (let index = 1; index < inputs.length; index++) {
    const next = inputs[index]!;
    for (let place = 0; place < next.length; place++) {
      if (place === along) continue;
      const order = compare(joined[place]!, next[place]!);
      if (order === "equal") continue;
      if (order === "unequal") {
        reportConcatMisfit(context, along, index, place);
        return undefined;
      }
      const [left, right] = [joined[place]!, next[place]!];
      reportOpenCondition(context, "concat", { left, right, index, fromEnd: next.length - place });
      joined[place] = likelyResult(left, right);
    }
  }
  return joined;
}

function reportConcatMisfit(
  context: RuleContext<unknown>,
  along: number,
  index: number,
  place: number,
): void {
  const { inputs } = context;
  const next = inputs[index]!;
  const fromEnd = next.length - place;
  const size = next[place]!;
  const misfit = inputs.slice(0, index).findIndex((shape) => compare(shape[place]!, size) === "unequal");
  const other = Math.max(misfit, 0);
  const otherSize = inputs[other]![place]!;
  const name = axisName(next, place);
  const smaller = (otherSize.value ?? 0) < (size.value ?? 0) ? other : index;
  context.report({
    code: "CNN208",
    message: `concat along ${axisName(next, along)}: ${tensorText(context, other)} and ${tensorText(context, index)} differ in ${name}`,
    text: `${name}: ${otherSize.toString()} and ${size.toString()}; beside the joined axis all must be the same`,
    causes: [
      { input: other, axis: place },
      { input: index, axis: next.length - fromEnd },
    ],
    help: sizesHelp(inputs[other]!, next),
    suggestions: [
      {
        layer: { originOfInput: smaller, axis: place },
        change: { pad: "same" },
        values: { pad: "same" },
        title: "keep the size in {place} with `same`",
      },
    ],
  });
}

export function reportMissingAxis(context: RuleContext<unknown>, word: string, given: string | number): void {
  const input = context.inputs[0]!;
  const names = axisNames(input.length);
  context.report({
    code: "CNN209",
    argument: "axis",
    message:
      given === 0
        ? `${word}: axis 0 is the batch, whose examples stay apart`
        : `${word}: the input ${shapeText(input)} has no axis ${given}`,
    causes: [{ input: 0 }],
    help: `its axes are ${listText(names.map((name, index) => `\`${name}\` (${index + 1})`))}`,
  });
}
