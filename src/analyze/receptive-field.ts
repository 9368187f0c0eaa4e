import type { LayerDefinition } from "../layers/definition.ts";
import { onAxis, windowSpan } from "../layers/windows.ts";
import type { LayerNode } from "../graph/layer-graph.ts";
import type { Shape } from "../graph/dim.ts";

/**
 * What one cell of a tensor sees of the model's inputs: with a window of span k and stride s, field' = field + (k - 1)·jump
 * and jump' = jump·s, where jump is how far apart in the input two neighbouring cells look.
 */
export interface Sight {
  /** Spatial axes of the model's inputs. */
  readonly axes: number;
  /** Undefined where cells have no place any more, as after `flatten`. */
  readonly field: readonly (number | "all")[] | undefined;
  readonly jump: readonly number[];
  /** Which axis of the tensor each of those axes is. */
  readonly places: readonly number[];
}

export function sightOf(
  definition: LayerDefinition,
  node: LayerNode,
  inputShapes: readonly Shape[],
  shape: Shape,
  inputs: readonly (Sight | undefined)[],
): Sight | undefined {
  if (definition.arity === "source") return sourceSight(Math.max(0, shape.length - 1));
  const before = inputs.length === 1 ? inputs[0] : joinSights(inputs);
  const window = definition.receptiveWindow?.(inputShapes, node.arguments);
  if (before === undefined) return before;
  // Cells that stand elsewhere than they did in the input are left to layers that say what they make of them.
  if (window === undefined) return isInOrder(before) ? before : { ...before, field: undefined };
  const { axes, field, jump } = before;
  if (window === "global")
    return { ...before, field: axes === 0 ? undefined : Array<"all">(axes).fill("all") };
  const lost: Sight = { ...before, field: undefined };
  if (window === "cells") return axes === 0 && inputShapes[0]!.length === 1 ? sourceSight(1) : lost;
  if (window === "none" || field === undefined) return lost;
  if ("places" in window) return moveSight(before, window.places);
  if (inputShapes[0]!.length - 1 !== axes || !isInOrder(before)) return lost;
  const { kernel, stride, dilation } = window;
  return {
    axes,
    field: field.map((cells, axis) =>
      cells === "all"
        ? cells
        : cells + (windowSpan(onAxis(kernel, axis), onAxis(dilation, axis)) - 1) * jump[axis]!,
    ),
    jump: stride.every((cells) => cells === 1)
      ? jump
      : jump.map((cells, axis) => cells * onAxis(stride, axis)),
    places: before.places,
  };
}

function sourceSight(axes: number): Sight {
  return {
    axes,
    field: axes === 0 ? undefined : Array<number>(axes).fill(1),
    jump: Array<number>(axes).fill(1),
    places: Array.from({ length: axes }, (_, axis) => axis),
  };
}

function isInOrder({ places }: Sight): boolean {
  return places.every((place, axis) => place === axis);
}

function moveSight(sight: Sight, moved: readonly (number | undefined)[]): Sight {
  const places = sight.places.flatMap((place) => moved[place] ?? []);
  return places.length === sight.places.length ? { ...sight, places } : { ...sight, field: undefined };
}

/** A merge sees what any of its tensors sees. */
function joinSights(inputs: readonly (Sight | undefined)[]): Sight | undefined {
  const [first] = inputs;
  if (first === undefined) return undefined;
  if (inputs.some((sight) => sight === undefined || sight.axes !== first.axes)) return undefined;
  const sights = inputs as readonly Sight[];
  const whole = sights.find(({ field }) => field?.every((cells) => cells === "all") === true);
  if (whole !== undefined && first.axes > 0) return whole;
  const isApart = sights.some(({ places }) => places.some((place, axis) => place !== first.places[axis]));
  if (isApart || sights.some(({ field }) => field === undefined)) return { ...first, field: undefined };
  const widest = (axis: number) =>
    sights.reduce<number | "all">((sofar, { field }) => {
      const cells = field![axis]!;
      return sofar === "all" || cells === "all" ? "all" : Math.max(sofar, cells);
    }, 0);
  return {
    ...first,
    field: first.jump.map((_, axis) => widest(axis)),
    jump: first.jump.map((_, axis) => Math.max(...sights.map((sight) => sight.jump[axis]!))),
  };
}
