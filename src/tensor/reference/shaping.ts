import { randomTable } from "../random-table.ts";
import { copyStrided, expandTo, type ReferenceRow, sizeOf, stridesOf } from "./numeric-tensor.ts";

const transpose: ReferenceRow<"transpose"> = ([x], { permutation }, shape) => {
  const strides = stridesOf(x!.shape);
  const result = new Float64Array(x!.data.length);
  copyStrided(
    shape,
    { data: x!.data, offset: 0, strides: permutation.map((axis) => strides[axis]!) },
    { data: result, offset: 0, strides: stridesOf(shape) },
  );
  return result;
};

const concat: ReferenceRow<"concat"> = (operands, { axis }, shape) => {
  const result = new Float64Array(sizeOf(shape));
  const strides = stridesOf(shape);
  let offset = 0;
  for (const operand of operands) {
    copyStrided(
      operand.shape,
      { data: operand.data, offset: 0, strides: stridesOf(operand.shape) },
      { data: result, offset, strides },
    );
    offset += operand.shape[axis]! * strides[axis]!;
  }
  return result;
};

const slice: ReferenceRow<"slice"> = ([x], { axes, starts }, shape) => {
  const strides = stridesOf(x!.shape);
  const result = new Float64Array(sizeOf(shape));
  const offset = axes.reduce((sum, axis, index) => sum + starts[index]! * strides[axis]!, 0);
  copyStrided(
    shape,
    { data: x!.data, offset, strides },
    { data: result, offset: 0, strides: stridesOf(shape) },
  );
  return result;
};

const pad: ReferenceRow<"pad"> = ([x], { pads, value }, shape) => {
  const strides = stridesOf(shape);
  const result = new Float64Array(sizeOf(shape)).fill(value);
  const offset = pads.reduce((sum, [before], axis) => sum + before * strides[axis]!, 0);
  copyStrided(
    x!.shape,
    { data: x!.data, offset: 0, strides: stridesOf(x!.shape) },
    { data: result, offset, strides },
  );
  return result;
};

const gather: ReferenceRow<"gather"> = ([table, indices], _, shape) => {
  const width = table!.shape[1]!;
  // A row that the table does not have is not a number.
  const result = new Float64Array(sizeOf(shape)).fill(NaN);
  indices!.data.forEach((row, index) => {
    if (row < 0 || row >= table!.shape[0]!) return;
    for (let column = 0; column < width; column++) {
      result[index * width + column] = table!.data[row * width + column]!;
    }
  });
  return result;
};

const gatherGradient: ReferenceRow<"gatherGradient"> = ([indices, dy], _, shape) => {
  const width = shape[1]!;
  const result = new Float64Array(sizeOf(shape));
  indices!.data.forEach((row, index) => {
    for (let column = 0; column < width; column++) {
      result[row * width + column]! += dy!.data[index * width + column]!;
    }
  });
  return result;
};

const oneHot: ReferenceRow<"oneHot"> = ([labels], { depth }) => {
  const result = new Float64Array(labels!.data.length * depth);
  labels!.data.forEach((label, index) => {
    // A label out of range gives a row of zeros.
    if (label >= 0 && label < depth) result[index * depth + label] = 1;
  });
  return result;
};

const random: ReferenceRow<"random"> = ([offset], { distribution }, shape) => {
  const start = offset!.data[0]!;
  const count = sizeOf(shape);
  return randomTable(distribution, start + count).slice(start, start + count);
};

/** The operations that move numbers, and those that make them of an index or an offset. */
export const shapingReference = {
  reshape: (([x]) => x!.data) satisfies ReferenceRow<"reshape">,
  transpose,
  broadcast: (([x], _, shape) => expandTo(x!, shape)) satisfies ReferenceRow<"broadcast">,
  concat,
  slice,
  pad,
  gather,
  gatherGradient,
  oneHot,
  random,
};
