import type { Label } from "../diagnostics/diagnostic.ts";
import { placeText } from "../source/source-file.ts";
import type { Shape } from "../graph/dim.ts";
import type { ArgumentValue, LayerId, LayerNode, WindowValue } from "../graph/layer-graph.ts";
import { axisName } from "../layers/axes.ts";
import type { Problem } from "../layers/definition.ts";
import { windowText } from "../layers/text.ts";
import { ancestors, originOf } from "./origins.ts";
import type { LayerRecord } from "./shapes.ts";

// The tensors of a merge that differ in a size: where each of them got it, and what would make them alike.

type Records = ReadonlyMap<LayerId, LayerRecord>;

/** One of the two tensors that do not fit. */
interface Side {
  readonly shape: Shape;
  readonly axis: number;
  /** The layer that made the axis what it is. */
  readonly origin: LayerNode;
  /** The layers between the origin and the merge, the first to run first. */
  readonly path: readonly LayerNode[];
}

/** A change of one layer that would make the tensors of a merge alike. */
export interface MatchingChange {
  readonly target: LayerNode;
  readonly change: "remove" | Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, ArgumentValue>>;
  readonly title: string;
}

function sidesOf(node: LayerNode, { code, causes = [] }: Problem, records: Records): readonly Side[] {
  if (code !== "CNN207" && code !== "CNN208") return [];
  return causes.flatMap(({ input, axis }) => {
    const shape = records.get(node.inputs[input]!)!.shaped.shape;
    if (axis === undefined || shape === undefined) return [];
    const origin = originOf(node, input, axis, records);
    return [{ shape, axis, origin, path: pathFrom(origin, node.inputs[input]!, shape[axis]!, records) }];
  });
}

/** The layers through which a dimension came unchanged. */
function pathFrom(origin: LayerNode, last: LayerId, dim: Shape[number], records: Records): LayerNode[] {
  const path: LayerNode[] = [];
  let at: LayerNode | undefined = records.get(last)!.shaped.node;
  while (at !== undefined && at.id !== origin.id) {
    path.push(at);
    const before: LayerId | undefined = at.inputs.find((id) => records.get(id)!.shaped.shape?.includes(dim));
    at = before === undefined ? undefined : records.get(before)!.shaped.node;
  }
  return path.reverse();
}

/**
 * At a layer of a branch that could have changed the size and did not: where the tensors differ because a stride is missing, no
 * layer of the branch made the size what it is, and yet it is here that it went wrong.
 */
export function keepingLabels(node: LayerNode, problem: Problem, records: Records): readonly Label[] {
  const sides = sidesOf(node, problem, records);
  return sides.flatMap((side, index) => {
    const other = sides[1 - index];
    const keeper = keeperOf(side);
    if (other === undefined || keeper === undefined || isLast(side)) return [];
    const isBeforeFork =
      side.origin.id === other.origin.id ||
      ancestors([other.origin], records).some(({ id }) => id === side.origin.id);
    if (!isBeforeFork) return [];
    const name = axisName(side.shape, side.axis);
    return [{ span: keeper.span, text: `this keeps the ${name} ${side.shape[side.axis]!.toString()}` }];
  });
}

/** The layer on the way whose window could have had a stride: one with more than a single cell before others. */
function keeperOf({ path }: Side): LayerNode | undefined {
  const windowed = path.filter((layer) => Array.isArray(layer.arguments["stride"]));
  return windowed.find((layer) => Math.max(...windowOf(layer, "kernel")) > 1) ?? windowed[0];
}

/** Changes that come into question, the likeliest first; each is to be tried. */
export function matchingChanges(
  node: LayerNode,
  problem: Problem,
  records: Records,
): readonly MatchingChange[] {
  const [one, other] = sidesOf(node, problem, records);
  if (one === undefined || other === undefined) return [];
  const both = (
    changes: (one: Side, other: Side) => readonly MatchingChange[],
  ): readonly MatchingChange[] => [...changes(one, other), ...changes(other, one)];
  return [
    ...axisChanges(node),
    ...(isLast(one) ? both(channelChanges) : [...both(strideChanges), ...both(scaleChanges)]),
  ];
}

function isLast({ shape, axis }: Side): boolean {
  return axis === shape.length - 1;
}

/** An axis that comes from a library with the channels first. */
function axisChanges(node: LayerNode): readonly MatchingChange[] {
  if (node.kind !== "concat" || node.argumentSpans["axis"] === undefined) return [];
  const title = "join along the channels, as `concat` does without an axis";
  return [{ target: node, change: { axis: "channels" }, values: { axis: -1 }, title }];
}

/** As many channels as the other tensor has. */
function channelChanges({ origin }: Side, other: Side): readonly MatchingChange[] {
  const wanted = other.shape[other.axis]!.value;
  return ["filters", "units"].flatMap((argument) => {
    if (wanted === undefined || typeof origin.arguments[argument] !== "number") return [];
    const title = `make ${lineOf(origin)} give ${wanted} ${other.shape.length > 1 ? "channels" : "units"}`;
    return [
      { target: origin, change: { [argument]: String(wanted) }, values: { [argument]: wanted }, title },
    ];
  });
}

/** A stride that one branch has and the other lacks: put there, or left out here. */
function strideChanges(one: Side, other: Side): readonly MatchingChange[] {
  const stride = windowOf(other.origin, "stride");
  if (!isDivided(one, other, stride)) return [];
  const title = `leave the stride of ${lineOf(other.origin)} out`;
  const withoutStride =
    other.origin.argumentSpans["stride"] === undefined
      ? []
      : [{ target: other.origin, change: { stride: "1" }, values: { stride: [1] }, title }];
  return [...strideAlike(one, other.origin, stride), ...withoutStride];
}

/** Whether the sizes differ by the stride, a window's border aside. */
function isDivided(one: Side, other: Side, stride: WindowValue): boolean {
  const [larger, smaller] = [one.shape[one.axis]!.value, other.shape[other.axis]!.value];
  const divisor = stride[other.axis] ?? stride[0] ?? 1;
  if (larger === undefined || smaller === undefined || divisor < 2) return false;
  return Math.abs(larger / divisor - smaller) <= Math.max(1, smaller / 20);
}

/** The other branch's stride at the layer that keeps the size, with its own padding or the other's. */
function strideAlike(side: Side, model: LayerNode, stride: WindowValue): readonly MatchingChange[] {
  const keeper = keeperOf(side);
  if (keeper === undefined || Math.max(...windowOf(keeper, "stride")) > 1) return [];
  const change = { stride: windowText(stride) };
  const title = `give ${lineOf(keeper)} the stride of ${lineOf(model)}`;
  const { pad } = model.arguments;
  const asIs: MatchingChange = { target: keeper, change, values: { stride }, title };
  if (typeof pad !== "string" || pad === keeper.arguments["pad"]) return [asIs];
  return [asIs, { target: keeper, change: { ...change, pad }, values: { stride, pad }, title }];
}

/** An enlargement by the wrong factor. */
function scaleChanges({ origin, shape, axis }: Side, other: Side): readonly MatchingChange[] {
  if (origin.kind !== "upsample") return [];
  const factor = windowOf(origin, "size")[axis] ?? windowOf(origin, "size")[0] ?? 1;
  const wanted = ((other.shape[other.axis]!.value ?? 0) * factor) / (shape[axis]!.value ?? 0);
  if (!Number.isInteger(wanted) || wanted < 1) return [];
  const title = wanted === 1 ? `leave ${lineOf(origin)} out` : `enlarge by ${wanted} in ${lineOf(origin)}`;
  const change = wanted === 1 ? "remove" : { size: String(wanted) };
  return [{ target: origin, change, values: { size: [wanted] }, title }];
}

function lineOf({ span }: LayerNode): string {
  return placeText(span, span);
}

function windowOf(node: LayerNode, argument: string): WindowValue {
  const value = node.arguments[argument];
  return Array.isArray(value) && value.every((cells) => typeof cells === "number") ? value : [];
}

/**
 * Where a size was enlarged again and yet does not come back: the nearest window before that which took cells off without a
 * stride, as a convolution without `same` does in a decoder.
 */
export function shrinkingLabels(node: LayerNode, problem: Problem, records: Records): readonly Label[] {
  return sidesOf(node, problem, records).flatMap(({ origin, shape, axis }) => {
    const name = axisName(shape, axis);
    const grown = records.get(origin.id)!.shaped;
    const before = sizeOf(grown.inputShapes[0], name);
    if (before === undefined || before >= (shape[axis]!.value ?? 0)) return [];
    const shrinker = ancestors([origin], records)
      .sort((a, b) => b.id - a.id)
      .find((layer) => takenOff(layer, name, records) > 0);
    if (shrinker === undefined) return [];
    const cells = takenOff(shrinker, name, records);
    return [{ span: shrinker.span, text: `this takes ${cells} off the ${name}` }];
  });
}

/** Cells that an unpadded window without a stride takes off an axis. */
function takenOff(layer: LayerNode, name: string, records: Records): number {
  if (layer.arguments["pad"] !== "valid" || Math.max(0, ...windowOf(layer, "stride")) !== 1) return 0;
  const { inputShapes, shape } = records.get(layer.id)!.shaped;
  const [before, after] = [sizeOf(inputShapes[0], name), sizeOf(shape, name)];
  return before === undefined || after === undefined ? 0 : before - after;
}

function sizeOf(shape: Shape | undefined, name: string): number | undefined {
  return shape?.find((_, axis) => axisName(shape, axis) === name)?.value;
}

/** The layer after which a tensor had no rows and columns any more: the nearest on the way that lost axes. */
export function flatteningLayer(node: LayerNode, records: Records): LayerNode {
  let at = records.get(node.inputs[0]!)!.shaped;
  while (at.inputShapes.length === 1 && at.inputShapes[0]?.length === at.shape?.length) {
    const before: LayerNode = records.get(at.node.inputs[0]!)!.shaped.node;
    at = records.get(before.id)!.shaped;
  }
  return at.node;
}
