import type { Fix, Label } from "../diagnostics/diagnostic.ts";
import type { Dim, Shape } from "../graph/dim.ts";
import { known, shapeText } from "../graph/dim.ts";
import type { LayerId, LayerNode } from "../graph/layer-graph.ts";
import { axisName } from "../layers/axes.ts";
import type { Problem } from "../layers/definition.ts";
import { spanText } from "../source/source-file.ts";
import { ancestors, originOf } from "./origins.ts";
import type { LayerRecord } from "./shapes.ts";

type Records = ReadonlyMap<LayerId, LayerRecord>;

/** Whether a layer's mistake is gone, and no other has come, where another layer is as given. */
export type Trial = (failing: LayerNode, replacement: LayerNode) => boolean;

/** Another shape of the model's input with which a mistake goes away. */
export interface OtherInput {
  readonly title: string;
  readonly label: Label;
  /** Undefined where the input's shape is not written out, or where it only has to be larger. */
  readonly fix: Fix | undefined;
  /** Whether it says what was meant, and not only what would do as well. */
  readonly isLikely: boolean;
}

interface Candidate {
  readonly shape: Shape;
  readonly text: string;
  readonly title: string;
  readonly isLikely: boolean;
  /** Whether it is one of many that would do. */
  readonly isOpen?: boolean;
}

/** As many as colours with a mask; more channels are those of features. */
const mostImageChannels = 4;

/** Cells by which an input is enlarged at most. */
const largestGrowth = 1024;

/** The first of the shapes that come into question with which the failing layer is sound. */
export function otherInput(
  node: LayerNode,
  problem: Problem,
  records: Records,
  trial: Trial,
): OtherInput | undefined {
  const input = onlyInput(node, records);
  const span = input?.argumentSpans["shape"];
  const shape = input && records.get(input.id)!.shaped.shape;
  if (span === undefined || shape === undefined || shape.some((dim) => dim.value === undefined))
    return undefined;
  const isSound = (other: Shape): boolean =>
    trial(node, { ...input!, arguments: { ...input!.arguments, shape: other } });
  const found = candidates(problem, misfitAxis(node, problem, records), shape, isSound).find((candidate) =>
    isSound(candidate.shape),
  );
  if (found === undefined) return undefined;
  const isWritten = spanText(span) === shapeText(shape) && span.file === node.span.file;
  return {
    title: found.title,
    label: { span: input!.span, text: found.text },
    fix:
      isWritten && !found.isOpen
        ? { title: found.title, edits: [{ span, text: shapeText(found.shape) }], isUnsafe: true }
        : undefined,
    isLikely: found.isLikely,
  };
}

function candidates(
  { code }: Problem,
  axis: string | undefined,
  shape: Shape,
  isSound: (other: Shape) => boolean,
): readonly Candidate[] {
  if (code === "CNN201") return [...withoutBatch(shape), ...withoutCount(shape), ...withChannel(shape)];
  if (code === "CNN202") return asImageOrSequence(shape);
  if (code === "CNN200" || code === "CNN204") return [...channelsLast(shape), ...largeEnough(shape, isSound)];
  if (code === "CNN207" || code === "CNN208") return axis === undefined ? [] : evenSizes(shape, axis);
  return [];
}

/** `3x224x224`: as PyTorch has it. */
function channelsLast(shape: Shape): readonly Candidate[] {
  const [first, ...rest] = shape;
  const last = rest[rest.length - 1];
  if (first === undefined || last === undefined) return [];
  if (first.value! > mostImageChannels || last.value! <= mostImageChannels) return [];
  const meant = [...rest, first];
  const text = `read as ${axisName(shape, 0)} ${first.value}, ${last.value} channels`;
  return [
    {
      shape: meant,
      text,
      title: `write \`${shapeText(meant)}\` if the channels stand first`,
      isLikely: true,
    },
  ];
}

/** `1x28x28x1`. */
function withoutBatch(shape: Shape): readonly Candidate[] {
  if (shape[0]?.value !== 1 || shape.length < 3) return [];
  const meant = shape.slice(1);
  const title = `write \`${shapeText(meant)}\`: the batch is implied`;
  return [{ shape: meant, text: `this has ${shape.length} axes`, title, isLikely: true }];
}

/** `60000x28x28x1`: no axis of a picture has as many cells as a data set has pictures. */
function withoutCount(shape: Shape): readonly Candidate[] {
  const [first, ...meant] = shape;
  if (meant.length < 2 || first!.value! < 1000 || meant.some((dim) => dim.value! >= 1000)) return [];
  const title = `write \`${shapeText(meant)}\`: the number of examples is no part of the shape`;
  return [{ shape: meant, text: `this has ${shape.length} axes`, title, isLikely: true }];
}

/** `784` before a convolution: a picture in one row, or a sequence of numbers. */
function asImageOrSequence(shape: Shape): readonly Candidate[] {
  const [cells] = shape;
  if (shape.length !== 1 || cells?.value === undefined) return [];
  const side = Math.sqrt(cells.value);
  const sequence = [cells, known(1)];
  const text = "this has no axis for a window to move along";
  const candidate = (meant: Shape, why: string): Candidate => ({
    shape: meant,
    text,
    title: `write \`${shapeText(meant)}\`: ${why}`,
    isLikely: true,
  });
  return [
    ...(Number.isInteger(side) && side >= 20
      ? [candidate([known(side), known(side), known(1)], "an image of one channel")]
      : []),
    candidate(sequence, "a sequence with one feature a step"),
    candidate([known(Math.floor(side)), known(Math.floor(side)), known(1)], "an image of one channel"),
  ].filter((each) => each.shape.reduce((product, dim) => product * dim.value!, 1) === cells.value);
}

/** `28x28`, of which no axis can be that of the channels. */
function withChannel(shape: Shape): readonly Candidate[] {
  if (shape.some((dim) => dim.value! <= mostImageChannels)) return [];
  const meant = [...shape, known(1)];
  const title = `write \`${shapeText(meant)}\`: a grey image has one channel`;
  return [{ shape: meant, text: "no axis for the channels", title, isLikely: true }];
}

/** All spatial axes grown alike, by as few cells as it takes. */
function largeEnough(shape: Shape, isSound: (other: Shape) => boolean): readonly Candidate[] {
  const grown = (cells: number): Shape => mapSpatial(shape, (dim) => known(dim.value! + cells));
  let enough = 1;
  while (enough <= largestGrowth && !isSound(grown(enough))) enough *= 2;
  if (enough > largestGrowth) return [];
  let tooFew = Math.floor(enough / 2);
  while (enough - tooFew > 1) {
    const middle = Math.floor((enough + tooFew) / 2);
    if (isSound(grown(middle))) enough = middle;
    else tooFew = middle;
  }
  const least = shapeText(grown(enough));
  const title = `take an input of \`${least}\` or more`;
  return [{ shape: grown(enough), text: `${least} would be enough`, title, isLikely: false, isOpen: true }];
}

/** The axis at fault, or else every spatial axis, rounded up to multiples of 2, 4, 8 … 128. */
function evenSizes(shape: Shape, name: string): readonly Candidate[] {
  return Array.from({ length: 7 }, (_, power) => 2 ** (power + 1)).flatMap((unit) => {
    const rounded = (dim: Dim): Dim => known(Math.ceil(dim.value! / unit) * unit);
    const one = shape.map((dim, axis) => (axisName(shape, axis) === name ? rounded(dim) : dim));
    return [one, mapSpatial(shape, rounded)].map((meant) => ({
      shape: meant,
      text: `${shapeText(meant)} comes back whole`,
      title: `give the input sizes that divide evenly, such as \`${shapeText(meant)}\``,
      isLikely: false,
    }));
  });
}

function mapSpatial(shape: Shape, change: (dim: Dim) => Dim): Shape {
  return shape.map((dim, axis) => (axis < shape.length - 1 ? change(dim) : dim));
}

/** The name of the axis in which the tensors of a merge differ, the last axis aside. */
function misfitAxis(node: LayerNode, { causes = [] }: Problem, records: Records): string | undefined {
  const cause = causes.find(({ axis }) => axis !== undefined);
  const shape = cause && records.get(node.inputs[cause.input]!)!.shaped.shape;
  if (shape === undefined || cause!.axis === shape.length - 1) return undefined;
  return axisName(shape, cause!.axis!);
}

/**
 * The tensors of a merge differ in a size: of the layers that led to those that made it so, the nearest that divided it
 * and left a rest, as pooling does with 89 rows.
 */
export function roundingLabels(node: LayerNode, problem: Problem, records: Records): readonly Label[] {
  const name = misfitAxis(node, problem, records);
  if (name === undefined || (problem.code !== "CNN207" && problem.code !== "CNN208")) return [];
  const makers = (problem.causes ?? []).map(({ input, axis }) => originOf(node, input, axis, records));
  const before = ancestors(makers, records).sort((a, b) => b.id - a.id);
  for (const ancestor of before) {
    const { derivations, inputShapes, shape } = records.get(ancestor.id)!.shaped;
    const [input] = inputShapes;
    const formula = derivations.find(({ axis }) => axis === name)?.formula;
    if (formula === undefined || input === undefined || shape?.length !== input.length) continue;
    const size = input.find((_, axis) => axisName(input, axis) === name)?.value ?? 0;
    if (size % dividedBy(formula) === 0) continue;
    const arithmetic = `${shapeText(input)} → ${shapeText(shape)}   ${formula}`;
    return [{ span: ancestor.span, text: `its ${name} does not divide evenly`, arithmetic }];
  }
  return [];
}

/** The stride in `floor((89 - 2)/2) + 1`, `ceil(89/2)`. */
function dividedBy(formula: string): number {
  return Number(/\/(\d+)/.exec(formula)?.[1] ?? 1);
}

function onlyInput(node: LayerNode, records: Records): LayerNode | undefined {
  const inputs = ancestors([node], records).filter(({ kind }) => kind === "input");
  return inputs.length === 1 ? inputs[0] : undefined;
}
