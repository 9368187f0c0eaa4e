import type { LayerDefinition } from "../layers/definition.ts";
import { perAxis, windowSpan } from "../layers/windows.ts";
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
  if (before === undefined || window === undefined) return before;
  const { axes, field, jump } = before;
  if (window === "global")
    return { axes, field: axes === 0 ? undefined : Array<"all">(axes).fill("all"), jump };
  if (window === "none" || field === undefined || inputShapes[0]!.length - 1 !== axes) {
    return { axes, field: undefined, jump };
  }
  const kernel = perAxis(window.kernel, axes);
  const stride = perAxis(window.stride, axes);
  const dilation = perAxis(window.dilation, axes);
  return {
    axes,
    field: field.map((cells, axis) =>
      cells === "all" ? cells : cells + (windowSpan(kernel[axis]!, dilation[axis]!) - 1) * jump[axis]!,
    ),
    jump: jump.map((cells, axis) => cells * stride[axis]!),
  };
}

function sourceSight(axes: number): Sight {
  return {
    axes,
    field: axes === 0 ? undefined : Array<number>(axes).fill(1),
    jump: Array<number>(axes).fill(1),
  };
}

/** A merge sees what any of its tensors sees. */
function joinSights(inputs: readonly (Sight | undefined)[]): Sight | undefined {
  const [first] = inputs;
  if (first === undefined) return undefined;
  if (inputs.some((sight) => sight === undefined || sight.axes !== first.axes)) return undefined;
  const sights = inputs as readonly Sight[];
  if (sights.some((sight) => sight.field === undefined)) return { ...first, field: undefined };
  const widest = (axis: number) =>
    sights.reduce<number | "all">((sofar, { field }) => {
      const cells = field![axis]!;
      return sofar === "all" || cells === "all" ? "all" : Math.max(sofar, cells);
    }, 0);
  return {
    axes: first.axes,
    field: first.jump.map((_, axis) => widest(axis)),
    jump: first.jump.map((_, axis) => Math.max(...sights.map((sight) => sight.jump[axis]!))),
  };
}
