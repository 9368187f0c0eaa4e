import { TensorGraphError } from "../tensor/shapes.ts";
import type { WeightValues } from "../tensor/weight-values.ts";

/** A weight's place in a flat vector. */
export interface WeightSlot {
  /** The key in WeightValues: `conv2d/kernel`. */
  readonly key: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly length: number;
}

/** Several weights one after another in one vector. */
export interface FlatPart {
  readonly slots: readonly WeightSlot[];
  readonly length: number;
}

/** Lays weights out one after another. */
export function layOutWeights(weights: readonly { key: string; shape: readonly number[] }[]): FlatPart {
  let offset = 0;
  const slots = weights.map(({ key, shape }) => {
    const length = shape.reduce((product, size) => product * size, 1);
    const slot = { key, shape, offset, length };
    offset += length;
    return slot;
  });
  return { slots, length: offset };
}

/**
 * Copies weights into one vector as the part says.
 *
 * @throws TensorGraphError where a weight is missing or of another size; what users supply is checked where it is read
 */
export function flattenWeights(part: FlatPart, values: WeightValues): Float32Array<ArrayBuffer> {
  const flat = new Float32Array(part.length);
  for (const { key, offset, length } of part.slots) {
    const data = values.get(key)?.data;
    if (data?.length !== length) {
      throw new TensorGraphError(`weight "${key}" has ${data?.length ?? "no"} numbers, expected ${length}`);
    }
    flat.set(data, offset);
  }
  return flat;
}

/** Copies a flat vector's weights into new arrays, and into `values`. */
export function unflattenWeights(
  part: FlatPart,
  flat: Float32Array,
  values: Map<string, { shape: readonly number[]; data: Float32Array<ArrayBuffer> }>,
): void {
  for (const { key, shape, offset, length } of part.slots) {
    values.set(key, { shape, data: flat.slice(offset, offset + length) });
  }
}
