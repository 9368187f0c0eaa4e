import { int } from "../attributes.ts";
import type { TensorNode, ValueId } from "../../tensor/tensor-graph.ts";
import type { ReorderForm } from "./axis-order.ts";
import type { Deployment, Emitted, Placed } from "./deployment.ts";
import { pad, slice } from "./forms.ts";
import { axesLayout, featuresLayout, isNatural, natural, physicalAxis, sameLayout } from "./layout.ts";
import { physicalShape, reshapedLayout } from "./layout.ts";
import type { AxesLayout, Layout } from "./layout.ts";
import { layoutOfReaders } from "./look-ahead.ts";

type PlacedByAxes = Placed & { readonly layout: AxesLayout };

/** Nothing moves where the order in memory can be told of the new shape; features then stand as the image did. */
export function emitReshape(deployment: Deployment, node: TensorNode<"reshape">): Emitted {
  let x = deployment.get(node.inputs[0]!);
  let layout = reshapedLayout(x.layout, x.shape, node.shape);
  if (layout === undefined) {
    [x, layout] = moveBeforeReshape(deployment, x, node);
  }
  const from = physicalShape(x.layout, x.shape);
  const handle = deployment.reshape(x.handle, from, physicalShape(layout, node.shape));
  return { handle, layout, reshapedFrom: x };
}

/** Elements must move: to where the result stands as its readers want it, if one move does that, else to their natural places. */
function moveBeforeReshape(
  deployment: Deployment,
  x: Placed,
  node: TensorNode<"reshape">,
): [x: Placed, result: Layout] {
  const wanted = layoutOfReaders(deployment, node.id) ?? natural(node.shape.length);
  const before = reshapedLayout(wanted, node.shape, x.shape);
  if (before?.kind !== "axes" || x.layout.kind !== "axes") {
    return [inNaturalLayout(deployment, x), natural(node.shape.length)];
  }
  return [{ ...x, handle: deployment.convert(x, before), layout: before }, wanted];
}

/** Axes are renamed; whoever needs them in another order moves them. */
export function emitTranspose(deployment: Deployment, node: TensorNode<"transpose">): Emitted {
  const { handle, layout } = inAxes(deployment, deployment.get(node.inputs[0]!));
  const { permutation } = node.attributes;
  return { handle, layout: axesLayout(layout.permutation.map((axis) => permutation.indexOf(axis))) };
}

export function emitBroadcast(deployment: Deployment, node: TensorNode<"broadcast">): Emitted {
  deployment.requireOpset(8, "Expand");
  const x = deployment.get(node.inputs[0]!);
  const rank = node.shape.length;
  const { handle, layout } = x.shape.length === rank ? inAxes(deployment, x) : inNaturalLayout(deployment, x);
  const missing = rank - x.shape.length;
  // Expand keeps a dimension where it is asked for 1.
  const dims = node.shape.map((dim, axis) => {
    if (dim !== "N") return dim;
    if (x.shape[axis - missing] === "N") return 1;
    throw new Error("a mistake of the compiler: a value is repeated over the batch");
  });
  const result = missing === 0 ? layout : natural(rank);
  const expanded = result.permutation.map((axis) => dims[axis]!);
  return {
    handle: deployment.builder.node("Expand", [handle, deployment.builder.int64s(expanded)]),
    layout: result,
  };
}

export function emitConcat(deployment: Deployment, node: TensorNode<"concat">): Emitted {
  const { axis } = node.attributes;
  const operands = node.inputs.map((input) => deployment.get(input));
  if (node.shape.length === 2 && axis === 1) return concatFeatures(deployment, operands);
  const layout = concatLayout(deployment, node, operands);
  const handles = node.inputs.map((input) => deployment.inLayout(input, layout));
  return {
    handle: deployment.builder.node("Concat", handles, { axis: int(physicalAxis(layout, axis)) }),
    layout,
  };
}

/** The layout of all operands; where they differ that of the result's readers, else one that is not natural. */
function concatLayout(
  deployment: Deployment,
  node: TensorNode<"concat">,
  operands: readonly Placed[],
): AxesLayout {
  const first = operands.find(({ layout }) => !isNatural(layout)) ?? operands[0]!;
  const { layout } = inAxes(deployment, first);
  if (operands.every((operand) => sameLayout(operand.layout, layout))) return layout;
  return layoutOfReaders(deployment, node.id) ?? layout;
}

/** Features side by side, each part in its own order. */
function concatFeatures(deployment: Deployment, operands: readonly Placed[]): Emitted {
  const parts = operands.map((operand) =>
    operand.layout.kind === "features" ? operand : inNaturalLayout(deployment, operand),
  );
  const order: number[] = [];
  for (const { layout, shape } of parts) {
    const start = order.length;
    for (let place = 0; place < (shape[1] as number); place++) {
      order.push(start + (layout.kind === "features" ? layout.order[place]! : place));
    }
  }
  const handles = parts.map(({ handle }) => handle);
  const layout = featuresLayout(Int32Array.from(order));
  return { handle: deployment.builder.node("Concat", handles, { axis: int(1) }), layout };
}

/** The places along one axis in another order. */
export function emitReorder(deployment: Deployment, { x, axis, order }: ReorderForm): Emitted {
  const { handle, layout } = inAxes(deployment, deployment.get(x));
  return { handle: deployment.gather(handle, physicalAxis(layout, axis), order), layout };
}

interface AxisPart {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
}

function axisParts({ attributes }: TensorNode<"slice">): AxisPart[] {
  const { axes, starts, ends } = attributes;
  return axes.map((axis, place) => ({ axis, start: starts[place]!, end: ends[place]! }));
}

/** A part along some axes; axes that stay whole are not mentioned. */
export function emitSlice(deployment: Deployment, node: TensorNode<"slice">): Emitted {
  const { handle, layout, shape } = inAxes(deployment, deployment.get(node.inputs[0]!));
  const parts = axisParts(node).filter(({ axis, start, end }) => start !== 0 || end !== shape[axis]);
  const axes = parts.map(({ axis }) => physicalAxis(layout, axis));
  const [first] = parts;
  if (first === undefined) return { handle, layout };
  if (parts.length === 1) {
    const part = deployment.gatherPart(handle, axes[0]!, first.start, first.end);
    if (part !== undefined) return { handle: part, layout };
  }
  const [starts, ends] = [parts.map(({ start }) => start), parts.map(({ end }) => end)];
  return { handle: slice(deployment, handle, axes, starts, ends), layout };
}

/**
 * ONNX Runtime, since 1.17, makes a Pad of zeros a part of the pool after it, which changes a maximum where numbers are negative (and
 * up to 1.20 an average); it leaves alone a Pad of any other number, such as the smallest there is.
 */
const almostZero = 2 ** -126;

export function emitPad(deployment: Deployment, node: TensorNode<"pad">): Emitted {
  const { pads } = node.attributes;
  const isZero = node.attributes.value === 0;
  const value = isZero && isPooled(deployment, node.id) ? almostZero : node.attributes.value;
  const { handle, layout } = inAxes(deployment, deployment.get(node.inputs[0]!));
  const physical = layout.permutation.map((axis) => pads[axis]!);
  return { handle: pad(deployment, handle, physical, value), layout };
}

/** Whether a pool reads a value; between the two may stand what needs no node in the file. */
function isPooled(deployment: Deployment, value: ValueId): boolean {
  const pending = [value];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const reader of deployment.readers(next)) {
      if (reader.kind === "paddedPool") return true;
      if (reader.kind !== "operation") continue;
      const { op } = reader.node;
      if (op === "maxPool" || op === "averagePool") return true;
      if (op === "transpose" || op === "reshape") pending.push(reader.root);
    }
  }
  return false;
}

/** The rows of a table that indices name. */
export function emitGather(deployment: Deployment, node: TensorNode<"gather">): Emitted {
  const [table, indices] = node.inputs;
  const { handle, layout, shape } = inAxes(deployment, deployment.get(indices!));
  const rows = deployment.inLayout(table!, natural(2));
  return {
    handle: deployment.builder.node("Gather", [rows, handle], { axis: int(0) }),
    layout: axesLayout([...layout.permutation, shape.length]),
  };
}

/** The value as it stands, features in natural order. */
function inAxes(deployment: Deployment, x: Placed): PlacedByAxes {
  const { layout } = x;
  return layout.kind === "axes" ? { ...x, layout } : inNaturalLayout(deployment, x);
}

function inNaturalLayout(deployment: Deployment, x: Placed): PlacedByAxes {
  const layout = natural(x.shape.length);
  return { ...x, handle: deployment.convert(x, layout), layout };
}
