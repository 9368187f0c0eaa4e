import type { LayerKind } from "../graph/layer-kind.ts";
import type { WeightValue } from "../tensor/weight-values.ts";

/** Where a weight stands in a module's state, and how it becomes ours. */
export interface TorchWeight {
  /** After the module's name: `weight`, `running_mean`. */
  readonly suffix: string;
  readonly convert: (stored: WeightValue, expected: readonly number[]) => WeightValue | undefined;
}

/** PyTorch's names and layouts for the weights of the layers that it has. */
export const torchLayouts: Readonly<Partial<Record<LayerKind, Readonly<Record<string, TorchWeight>>>>> = {
  conv: { kernel: { suffix: "weight", convert: fromFiltersFirst }, bias: asItIs("bias") },
  conv_transpose: { kernel: { suffix: "weight", convert: fromTransposed }, bias: asItIs("bias") },
  depthwise: { kernel: { suffix: "weight", convert: fromDepthwise }, bias: asItIs("bias") },
  dense: { kernel: { suffix: "weight", convert: fromFiltersFirst }, bias: asItIs("bias") },
  bn: {
    gamma: asItIs("weight"),
    beta: asItIs("bias"),
    moving_mean: asItIs("running_mean"),
    moving_variance: asItIs("running_var"),
  },
  layer_norm: { gamma: asItIs("weight"), beta: asItIs("bias") },
  group_norm: { gamma: asItIs("weight"), beta: asItIs("bias") },
  instance_norm: { gamma: asItIs("weight"), beta: asItIs("bias") },
  rms_norm: { scale: asItIs("weight") },
  layer_scale: { gamma: asItIs("gamma") },
  prelu: { alpha: asItIs("weight") },
  embedding: { embeddings: asItIs("weight") },
  attention: {
    "query/kernel": { suffix: "in_proj_weight", convert: fromProjections(0) },
    "key/kernel": { suffix: "in_proj_weight", convert: fromProjections(1) },
    "value/kernel": { suffix: "in_proj_weight", convert: fromProjections(2) },
    "query/bias": { suffix: "in_proj_bias", convert: fromProjections(0) },
    "key/bias": { suffix: "in_proj_bias", convert: fromProjections(1) },
    "value/bias": { suffix: "in_proj_bias", convert: fromProjections(2) },
    "attention_output/kernel": { suffix: "out_proj.weight", convert: fromOutputProjection },
    "attention_output/bias": asItIs("out_proj.bias"),
  },
};

function asItIs(suffix: string): TorchWeight {
  return { suffix, convert: withoutOnes };
}

/** The same numbers under the expected shape, where both differ in axes of one cell alone. */
export function withoutOnes(stored: WeightValue, expected: readonly number[]): WeightValue | undefined {
  const long = (shape: readonly number[]): string => shape.filter((size) => size !== 1).join("x");
  return long(stored.shape) === long(expected) ? { shape: expected, data: stored.data } : undefined;
}

/** The same numbers one after the other, whatever axes they stand in: numbers of a position are a vector here. */
export function inOneRow(stored: WeightValue, expected: readonly number[]): WeightValue | undefined {
  const count = expected.reduce((product, size) => product * size, 1);
  return stored.data.length === count ? { shape: expected, data: stored.data } : undefined;
}

/** filters, channels, window → window, channels, filters; a linear layer is one without a window. */
function fromFiltersFirst(stored: WeightValue, expected: readonly number[]): WeightValue | undefined {
  const [filters, channels, ...window] = stored.shape;
  if (filters === undefined || channels === undefined) return undefined;
  const moved = permute(stored, [...window.map((_, axis) => axis + 2), 1, 0]);
  return withoutOnes(moved, expected);
}

/** channels, filters, window → window, filters, channels. */
function fromTransposed(stored: WeightValue, expected: readonly number[]): WeightValue | undefined {
  const window = stored.shape.slice(2).map((_, axis) => axis + 2);
  return withoutOnes(permute(stored, [...window, 1, 0]), expected);
}

/** channels·multiplier, 1, window → window, channels, multiplier. */
function fromDepthwise(stored: WeightValue, expected: readonly number[]): WeightValue | undefined {
  const window = stored.shape.slice(2).map((_, axis) => axis + 1);
  const [channels, multiplier] = expected.slice(-2) as [number, number];
  if (stored.shape[0] !== channels * multiplier || stored.shape[1] !== 1) return undefined;
  const split = { shape: [channels, ...stored.shape.slice(2), multiplier], data: stored.data };
  if (multiplier === 1) return same(permute(split, [...window, 0, window.length + 1]), expected);
  const outer = { shape: [channels, multiplier, ...stored.shape.slice(2)], data: stored.data };
  return same(permute(outer, [...window.map((axis) => axis + 1), 0, 1]), expected);
}

/** Query, key and value lie below one another, each width x width (out, in) → in, heads, key size. */
function fromProjections(which: 0 | 1 | 2): TorchWeight["convert"] {
  return (stored, expected) => {
    const size = expected.reduce((product, each) => product * each, 1);
    if (stored.data.length !== 3 * size) return undefined;
    const data = stored.data.subarray(which * size, (which + 1) * size);
    if (stored.shape.length === 1) return { shape: expected, data };
    const [inputs, ...outputs] = expected as [number, ...number[]];
    const rows = { shape: [outputs.reduce((product, each) => product * each, 1), inputs], data };
    return { shape: expected, data: permute(rows, [1, 0]).data };
  };
}

/** out, heads·size → heads, size, out. */
function fromOutputProjection(stored: WeightValue, expected: readonly number[]): WeightValue | undefined {
  const turned = permute(stored, [1, 0]);
  const size = expected.reduce((product, each) => product * each, 1);
  return turned.data.length === size && turned.shape[1] === expected.at(-1)
    ? { shape: expected, data: turned.data }
    : undefined;
}

function same(value: WeightValue, expected: readonly number[]): WeightValue | undefined {
  return value.shape.join("x") === expected.join("x") ? value : undefined;
}

/**
 * A dense kernel whose rows are the cells of an image channel by channel, as after PyTorch's flatten, for an image whose cells
 * have their channels together.
 *
 * @param image height, width and channels before the flatten (or length and channels)
 */
export function reorderFlattenedRows(kernel: WeightValue, image: readonly number[]): WeightValue {
  const channels = image.at(-1)!;
  const cells = image.slice(0, -1).reduce((product, size) => product * size, 1);
  const [rows, units] = kernel.shape as [number, number];
  if (rows !== cells * channels) return kernel;
  const moved = permute({ shape: [channels, cells, units], data: kernel.data }, [1, 0, 2]);
  return { shape: kernel.shape, data: moved.data };
}

/** Axis `i` of the result is axis `order[i]` of the value. */
function permute({ shape, data }: WeightValue, order: readonly number[]): WeightValue {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const to = order.map((axis) => shape[axis]!);
  const steps = order.map((axis) => strides[axis]!);
  const moved = new Float32Array(data.length);
  const index = to.map(() => 0);
  let from = 0;
  for (let cell = 0; cell < moved.length; cell++) {
    moved[cell] = data[from]!;
    for (let axis = to.length - 1; axis >= 0; axis--) {
      index[axis]! += 1;
      from += steps[axis]!;
      if (index[axis]! < to[axis]!) break;
      from -= steps[axis]! * to[axis]!;
      index[axis] = 0;
    }
  }
  return { shape: to, data: moved };
}
