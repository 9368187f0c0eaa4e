import type { TensorDim, TensorShape } from "../../tensor/tensor-graph.ts";
import type { GraphValue, GraphWriter } from "./graph-writer.ts";

// The same as layers/many-axes.ts for graphs: WebGL and WebGPU compute these operations on at most four axes.

const mostAxes = 4;

type Pairs = readonly (readonly [before: number, after: number])[];

/** Lays cells around; a pair for each axis of the tensor. */
export function padAxes(writer: GraphWriter, value: GraphValue, pads: Pairs, fill: number): GraphValue {
  if (value.shape.length > mostAxes) {
    return pads.reduce((sofar, pair, axis) => {
      if (pair[0] + pair[1] === 0) return sofar;
      const around: Pairs = [[0, 0], pair, [0, 0]];
      return alongAxis(writer, sofar, axis, (middle) => padAxes(writer, middle, around, fill));
    }, value);
  }
  const shape = value.shape.map((size, axis) => grown(size, pads[axis]![0] + pads[axis]![1]));
  const cells = writer.wholes(pads.flat(), [pads.length, 2]);
  return writer.add("PadV2", [value, cells, writer.number(fill)], shape, { Tpaddings: { type: "DT_INT32" } });
}

export function grown(size: TensorDim, cells: number): TensorDim {
  return size === "N" ? size : size + cells;
}

/**
 * Cuts a block out.
 *
 * @param shape what comes out
 */
export function sliceTo(
  writer: GraphWriter,
  value: GraphValue,
  starts: readonly number[],
  shape: TensorShape,
): GraphValue {
  if (value.shape.length > mostAxes) {
    return shape.reduce<GraphValue>((sofar, size, axis) => {
      if (size === sofar.shape[axis]) return sofar;
      return alongAxis(writer, sofar, axis, (middle) =>
        sliceTo(writer, middle, [0, starts[axis]!, 0], [middle.shape[0]!, size, middle.shape[2]!]),
      );
    }, value);
  }
  const sizes = shape.map((size) => (size === "N" ? -1 : size));
  return writer.add("Slice", [value, writer.wholes(starts), writer.wholes(sizes)], shape);
}

/** Computes on one axis as the middle of three. */
function alongAxis(
  writer: GraphWriter,
  value: GraphValue,
  axis: number,
  compute: (middle: GraphValue) => GraphValue,
): GraphValue {
  const [before, behind] = [value.shape.slice(0, axis), value.shape.slice(axis + 1)];
  const middle = compute(writer.reshape(value, [productOf(before), value.shape[axis]!, productOf(behind)]));
  return writer.reshape(middle, [...before, middle.shape[1]!, ...behind]);
}

/** Turns a tensor around along its first axes. */
export function reverseFirst(writer: GraphWriter, value: GraphValue, axes: number): GraphValue {
  const [turned, kept] = [value.shape.slice(0, axes), value.shape.slice(axes)];
  const cells = writer.reshape(value, [productOf(turned), ...kept]);
  return writer.reshape(writer.add("ReverseV2", [cells, writer.wholes([0])], cells.shape), value.shape);
}

/** Gives an operand the axes of one cell before its own that it is lacking; a single number needs none. */
export function withAxes(writer: GraphWriter, value: GraphValue, rank: number): GraphValue {
  const lacking = rank - value.shape.length;
  if (rank <= mostAxes || value.shape.length === 0 || lacking === 0) return value;
  return writer.reshape(value, [...new Array<number>(lacking).fill(1), ...value.shape]);
}

/** Where a condition holds one operand's numbers, elsewhere the other's; operands are of the result's shape, or one number. */
export function choose(writer: GraphWriter, operands: readonly GraphValue[], shape: TensorShape): GraphValue {
  if (shape.length <= mostAxes) return writer.add("SelectV2", operands, shape);
  const flat = operands.map((each) =>
    each.shape.length === 0 ? each : writer.reshape(each, [productOf(shape)]),
  );
  return writer.reshape(writer.add("SelectV2", flat, [productOf(shape)]), shape);
}

/** The batch by any number is whatever it is. */
function productOf(sizes: TensorShape): TensorDim {
  return sizes.reduce<TensorDim>(
    (product, size) => (product === "N" || size === "N" ? "N" : product * size),
    1,
  );
}
