import type { Shape } from "../graph/dim.ts";

const namesByRank: readonly (readonly string[])[] = [
  [],
  ["units"],
  ["length", "channels"],
  ["height", "width", "channels"],
  ["depth", "height", "width", "channels"],
];

/** What the axes of a shape are called: height, width, channels for an image; numbered where there are more than four. */
export function axisNames(rank: number): readonly string[] {
  return (
    namesByRank[rank] ??
    Array.from({ length: rank }, (_, index) => (index === rank - 1 ? "channels" : `axis ${index + 1}`))
  );
}

export function axisName(shape: Shape, axis: number): string {
  return axisNames(shape.length)[axis] ?? `axis ${axis + 1}`;
}

/**
 * The index (from 0, without the batch) of an axis given by name or by Keras' number, in which 0 is the batch and -1 the
 * last. `units` and `channels` both name the last axis. Undefined where the shape has no such axis.
 */
export function resolveAxis(axis: string | number, rank: number): number | undefined {
  if (typeof axis === "number") {
    const index = axis < 0 ? rank + axis : axis - 1;
    return index >= 0 && index < rank ? index : undefined;
  }
  if (rank > 0 && (axis === "channels" || axis === "units")) return rank - 1;
  const index = axisNames(rank).indexOf(axis);
  return index < 0 ? undefined : index;
}

/** The `2D` in the name of Keras' class for inputs of this rank; `2D` too where no such class would exist. */
export function spatialSuffix(rank: number | undefined): string {
  return rank !== undefined && rank >= 2 && rank <= 4 ? `${rank - 1}D` : "2D";
}
