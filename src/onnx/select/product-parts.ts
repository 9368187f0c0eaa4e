/** A GPU computes a product by squares of so many cells, and walks along the inner dimension in steps of as many. */
const square = 32;
/** So many squares occupy a large GPU. */
const occupying = 512;
/** A walk that is not worth a second product for the sum. */
const shortWalk = 1024;

/**
 * How many parts the inner dimension of a product is best cut into on a GPU, where few squares would each walk along all of it
 * (measured on an H100: 0.65 µs a step of 32): the divisor that is nearest to what fills the GPU, 1 where the walk is short.
 */
export function partsOfProduct(rows: number, columns: number, inner: number): number {
  if (inner < shortWalk) return 1;
  const squares = Math.ceil(rows / square) * Math.ceil(columns / square);
  const wanted = Math.min(occupying / squares, Math.sqrt(inner));
  if (wanted < 2) return 1;
  const distance = (parts: number): number => Math.abs(Math.log(parts / wanted));
  let best = 1;
  for (let parts = 2; parts <= inner / square; parts++) {
    if (inner % parts === 0 && distance(parts) < distance(best)) best = parts;
  }
  return best;
}

/** ONNX Runtime's GPU programs add up in the operands' precision: so many terms lose little in float16. */
const longestHalfWalk = 512;

/** The same for float16, whose sums must not become long: the parts' sums are added in float32. */
export function partsOfHalfProduct(rows: number, columns: number, inner: number): number {
  const parts = partsOfProduct(rows, columns, inner);
  for (let more = parts; more <= inner / square; more++)
    if (inner % more === 0 && inner / more <= longestHalfWalk) return more;
  return parts;
}
