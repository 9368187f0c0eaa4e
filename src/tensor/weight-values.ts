/** The numbers of one weight in Keras' layout, row-major. */
export interface WeightValue {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Weights by `layer/weight`: `conv2d_1/kernel`, `bn/moving_mean`. The key is formed by `weightKey` alone. */
export type WeightValues = ReadonlyMap<string, WeightValue>;

/** The key under which a layer's weight stands in every store and file. */
export function weightKey(layerName: string, weightName: string): string {
  return `${layerName}/${weightName}`;
}
