/** Words for nothing in other languages: an argument that is left out, or a dimension of a shape that is not known. */
export const emptyValues: ReadonlySet<string> = new Set(["None", "none", "null", "nil", "undefined"]);

/** A shape as it is written here. */
export interface PlainShape {
  /** `28x28x1`. */
  readonly text: string;
  /** Whether the first part was taken for the batch and left out. */
  readonly hasBatch: boolean;
}

/**
 * The parts of a shape as other libraries write them: `None` is `?`, names of dimensions stand in capitals. A `None` before the
 * dimensions of an example is the batch, as in what Keras prints: `(None, 28, 28, 1)`; `(None, None, 3)` is an image of any size.
 */
export function plainShape(parts: readonly string[]): PlainShape {
  const [first = "", ...rest] = parts;
  const hasBatch =
    emptyValues.has(first) &&
    rest.length > 0 &&
    (rest.length > 2 || !rest.some((part) => emptyValues.has(part)));
  const own = (hasBatch ? rest : parts).map((part) => {
    if (emptyValues.has(part)) return "?";
    return isSmallDimension(part) ? part.toUpperCase() : part;
  });
  return { text: own.join("x"), hasBatch };
}

/** The name of a dimension but for its capitals: the `h` of `h x w x 3`. */
export function isSmallDimension(part: string): boolean {
  return /^[a-z]$/.test(part);
}

export const batchIsImplied = "an input's shape is that of one example: the batch is implied";
