import type { Dim, Shape } from "../graph/dim.ts";
import {
  add,
  atLeast,
  ceilDivide,
  compare,
  constant,
  floorDivide,
  known,
  multiply,
  shapeText,
  subtract,
  unknown,
} from "../graph/dim.ts";
import type { PaddingValue, WindowValue } from "../graph/layer-graph.ts";
import { axisName, axisNames } from "./axes.ts";
import type {
  Derivation,
  InferredShape,
  Problem,
  ResolvedPads,
  RuleContext,
  SuggestedChange,
} from "./definition.ts";
import { derivation, listText, operand, paddingText, windowText } from "./text.ts";

/** The arithmetic of a window that moves over the spatial axes of its input: convolutions and pools share it. */

/** The settings of a moving window, each with one entry or one an axis. */
export interface WindowSettings {
  readonly kernel: WindowValue;
  readonly stride: WindowValue;
  readonly dilation: WindowValue;
  readonly pad: PaddingValue;
}

/** How a layer speaks of its window in messages. */
export interface WindowWording {
  /** `conv 5x5`. */
  readonly statement: string;
  /** The arguments that decide whether the window fits. */
  readonly decidedBy: readonly string[];
  /** What is to be said where the input is smaller than the window. */
  readonly tooLarge: {
    readonly code: Problem["code"];
    readonly text: string;
    readonly suggestions: (firstBadAxis: number) => readonly SuggestedChange[];
  };
}

export interface WindowResult {
  readonly sizes: readonly Dim[];
  readonly pads: ResolvedPads;
  readonly derivations: readonly Derivation[];
}

/** The value for each of `rank` axes. */
export function perAxis<Value>(value: readonly Value[], rank: number): readonly Value[] {
  if (value.length === rank) return value;
  const values: Value[] = [];
  for (let axis = 0; axis < rank; axis++) values.push(value[axis] ?? value[0]!);
  return values;
}

/** The value for one axis. */
export function onAxis<Value>(value: readonly Value[], axis: number): Value {
  return value.length === 1 ? value[0]! : value[axis]!;
}

/** Cells from the first to the last that a dilated window touches. */
export function windowSpan(kernel: number, dilation: number): number {
  return dilation * (kernel - 1) + 1;
}

/** The number of spatial axes, 1 to 3; reports an input that has none or too many. */
export function spatialRank(context: RuleContext<unknown>, statement: string): number | undefined {
  const input = context.inputs[0]!;
  const rank = input.length - 1;
  if (rank >= 1 && rank <= 3) return rank;
  context.report({
    code: "CNN202",
    message:
      rank < 1
        ? `${statement} needs an image or a sequence, but its input is ${shapeText(input)}`
        : `${statement} works on at most 3 spatial axes, but its input ${shapeText(input)} has ${rank}`,
    text: rank < 1 ? "no axis is left to move a window along" : "",
    causes: [{ input: 0 }],
    help:
      rank < 1
        ? "put it before the layer that flattens its input, or give the input a shape such as 28x28x1 with `reshape`"
        : "join axes with `reshape` first",
  });
  return undefined;
}

/** Whether every window has one entry or one an axis; reports the first that has not. */
export function checkWindowRanks(
  context: RuleContext<unknown>,
  statement: string,
  windows: Readonly<Record<string, readonly unknown[] | string | undefined>>,
): boolean {
  const input = context.inputs[0]!;
  const rank = input.length - 1;
  for (const [argument, value] of Object.entries(windows)) {
    if (value === undefined || typeof value === "string" || value.length === 1 || value.length === rank)
      continue;
    const text = argument === "pad" ? paddingText(value as PaddingValue) : windowText(value as WindowValue);
    const fitting = argument === "pad" ? undefined : fittingWindows(windows, rank);
    const axes = axisNames(input.length).slice(0, -1);
    context.report({
      code: "CNN201",
      argument,
      message: `${statement}: \`${argument}\` is ${text}, which has ${value.length} axes, but its input ${shapeText(input)} has ${rank} (${listText(axes)})`,
      text: rank === 1 ? "a single number here" : `one number, or ${rank} joined by x`,
      causes: [{ input: 0 }],
      ...(fitting?.[argument] === undefined
        ? {}
        : {
            suggestions: [{ layer: "self", change: fitting, title: `use ${argument} ${fitting[argument]}` }],
          }),
    });
    return false;
  }
  return true;
}

/** Every window with one entry an axis: cut off, or where all its entries are alike, continued. */
function fittingWindows(
  windows: Readonly<Record<string, readonly unknown[] | string | undefined>>,
  rank: number,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(windows).flatMap(([argument, value]) => {
      if (argument === "pad" || value === undefined || typeof value === "string") return [];
      const isMisfit = value.length !== 1 && value.length !== rank;
      const isAlike = value.every((cells) => cells === value[0]);
      if (!isMisfit || (value.length < rank && !isAlike)) return [];
      const cells = Array.from(
        { length: rank },
        (_, axis) => (value as WindowValue)[axis] ?? (value as WindowValue)[0]!,
      );
      return [[argument, windowText(cells)]];
    }),
  );
}

/**
 * Moves a window over every spatial axis of the input: the sizes that come out, the padding in cells, the arithmetic. With
 * span = dilation·(kernel - 1) + 1 an axis gives floor((in + before + after - span)/stride) + 1 cells, with `same` and
 * `causal` ceil(in/stride). @param wording made where something is said. Undefined, and reported, where the window is larger than the padded input.
 */
export function slideWindow(
  context: RuleContext<unknown>,
  wording: () => WindowWording,
  settings: WindowSettings,
): WindowResult | undefined {
  const input = context.inputs[0]!;
  const axes = input.slice(0, -1).map((size, axis) => slideOnAxis(size, axis, settings));
  const bad = axes.findIndex((axis) => atLeast(axis.room, axis.span) === "no");
  if (bad >= 0) {
    reportTooLarge(context, wording(), settings, axes, bad);
    return undefined;
  }
  reportConditions(context, wording, axes);
  return {
    sizes: axes.map(({ output }) => output),
    pads: axes.map(({ pads }) => pads),
    derivations: axes.map(({ output }, axis) => new WindowDerivation(input, axis, settings, output)),
  };
}

/** What a layer makes of the cells of its window: images of so many channels. */
export function withChannels({ sizes, pads, derivations }: WindowResult, channels: Dim): InferredShape {
  return { shape: [...sizes, channels], pads, derivations };
}

interface AxisResult {
  readonly output: Dim;
  readonly pads: readonly [before: Dim, after: Dim];
  /** Cells the window has, padding included. */
  readonly room: Dim;
  /** Cells it needs. */
  readonly span: number;
}

function slideOnAxis(input: Dim, axis: number, settings: WindowSettings): AxisResult {
  const { pad } = settings;
  const stride = onAxis(settings.stride, axis);
  const span = windowSpan(onAxis(settings.kernel, axis), onAxis(settings.dilation, axis));
  if (pad === "same" || pad === "causal") {
    const output = ceilDivide(input, stride);
    const pads = pad === "same" ? samePads(input, output, span, stride) : cellsAround(span - 1, 0);
    return { output: ownWhereEqual(output, input), pads, room: constant(span), span };
  }
  const [before, after] = pad === "valid" ? [0, 0] : onAxis(pad, axis);
  const room = add(input, before + after);
  const output = add(floorDivide(subtract(room, span), stride), 1);
  return { output: ownWhereEqual(output, input), pads: cellsAround(before, after), room, span };
}

/** The input's own object where an axis keeps its size. */
function ownWhereEqual(output: Dim, input: Dim): Dim {
  return compare(output, input) === "equal" ? input : output;
}

function cellsAround(before: number, after: number): AxisResult["pads"] {
  return [constant(before), constant(after)];
}

/** The arithmetic of a window on one axis, put into words when somebody asks: most windows are never spoken of. */
class WindowDerivation implements Derivation {
  readonly #input: Shape;
  readonly #axis: number;
  readonly #settings: WindowSettings;
  readonly #output: Dim;

  constructor(input: Shape, axis: number, settings: WindowSettings, output: Dim) {
    this.#input = input;
    this.#axis = axis;
    this.#settings = settings;
    this.#output = output;
  }

  get axis(): string {
    return axisName(this.#input, this.#axis);
  }

  get formula(): string {
    return derivation(
      this.axis,
      windowFormula(this.#input[this.#axis]!, this.#axis, this.#settings),
      this.#output,
    ).formula;
  }
}

function windowFormula(input: Dim, axis: number, settings: WindowSettings): string {
  const [kernel, stride, dilation] = [
    onAxis(settings.kernel, axis),
    onAxis(settings.stride, axis),
    onAxis(settings.dilation, axis),
  ];
  const { pad } = settings;
  if (pad === "same" || pad === "causal") return `ceil(${operand(input)}/${stride})`;
  const [before, after] = pad === "valid" ? [0, 0] : onAxis(pad, axis);
  const padded = before + after > 0 ? ` + ${before} + ${after}` : "";
  const spanText = dilation === 1 ? String(kernel) : `(${dilation}*(${kernel} - 1) + 1)`;
  const fraction = `(${operand(input)}${padded} - ${spanText})/${stride}`;
  const rest = subtract(add(input, before + after), windowSpan(kernel, dilation));
  const isExact = compare(multiply(floorDivide(rest, stride), stride), rest) === "equal";
  return `${isExact ? fraction : `floor(${fraction})`} + 1`;
}

/** Keras' `same`: what the last window lacks, the odd cell at the end. */
function samePads(input: Dim, output: Dim, span: number, stride: number): readonly [Dim, Dim] {
  const lacking = subtract(add(multiply(subtract(output, 1), stride), span), input);
  if (atLeast(constant(0), lacking) === "yes") return cellsAround(0, 0);
  if (atLeast(lacking, 0) === "unknown") return [unknown(), unknown()];
  const before = floorDivide(lacking, 2);
  return [before, subtract(lacking, before)];
}

/** The smallest input the window fits into. */
function neededShape(input: Shape, axes: readonly AxisResult[]): Shape {
  return axes.map(({ room, span }, axis) => add(subtract(known(span), room), input[axis]!));
}

function reportTooLarge(
  context: RuleContext<unknown>,
  { statement, decidedBy, tooLarge }: WindowWording,
  settings: WindowSettings,
  axes: readonly AxisResult[],
  bad: number,
): void {
  const input = context.inputs[0]!;
  context.report({
    code: tooLarge.code,
    message: `${statement} needs at least ${shapeText(neededShape(input, axes))}, but its input is ${shapeText(input)}`,
    text: tooLarge.text,
    decidedBy,
    // an axis of one cell needs no arithmetic
    ...(input[bad]!.value === 1
      ? {}
      : { arithmetic: new WindowDerivation(input, bad, settings, axes[bad]!.output).formula }),
    causes: axes.flatMap(({ room, span }, axis) =>
      atLeast(room, span) === "no" ? [{ input: 0, axis }] : [],
    ),
    suggestions: tooLarge.suggestions(bad),
  });
}

/** A warning for each axis of which it is open whether the window fits. */
function reportConditions(
  context: RuleContext<unknown>,
  wording: () => WindowWording,
  axes: readonly AxisResult[],
): void {
  const input = context.inputs[0]!;
  axes.forEach(({ room, span }, axis) => {
    if (atLeast(room, span) !== "unknown") return;
    const { statement } = wording();
    const needed = neededShape(input, axes);
    context.report({
      code: "CNN211",
      severity: "warning",
      message: `${statement} needs at least ${shapeText(needed)}, and its input is ${shapeText(input)}`,
      causes: [{ input: 0, axis }],
      condition: {
        asks: { kind: "at least", dim: room, minimum: span },
        text: `${input[axis]!.toString()} >= ${needed[axis]!.toString()}`,
      },
    });
  });
}
