import type { WindowGeometry } from "../../tensor/tensor-graph.ts";

/**
 * Whether a convolution is computed by Winograd's F(2×2, 3×3) (Lavin and Gray, 2015): 16 products in place of 36 for each
 * 2×2 cells of the output, against three transforms. Measured: it pays from 16 channels on both sides, where the output's
 * tiles do not overhang much.
 *
 * @returns the tile in which the output then comes for nothing; undefined where its size is odd or Winograd is not used
 */
export function winogradTile(
  geometry: WindowGeometry & { readonly groups: number },
  channels: number,
  filters: number,
  box: readonly number[],
): readonly number[] | undefined {
  return usesWinograd(geometry, channels, filters, box) && box.every((cells) => cells % 2 === 0)
    ? [2, 2]
    : undefined;
}

export function usesWinograd(
  { kernel, stride, dilation, groups }: WindowGeometry & { readonly groups: number },
  channels: number,
  filters: number,
  box: readonly number[],
): boolean {
  const isSimple = groups === 1 && kernel.length === 2 && kernel.every((cells) => cells === 3);
  if (!isSimple || [...stride, ...dilation].some((step) => step !== 1)) return false;
  if (Math.min(channels, filters) < leastChannels) return false;
  const tiles = Math.ceil(box[0]! / 2) * Math.ceil(box[1]! / 2);
  return (16 * tiles) / (9 * box[0]! * box[1]!) <= mostWork;
}

const leastChannels = 16;
/** Products against those of the plain form; 4/9 where no tile overhangs. */
const mostWork = 0.53;

/** A convolution of an image. */
interface ConvolutionSize {
  readonly batch: number;
  readonly channels: number;
  readonly filters: number;
  /** Of the output. */
  readonly size: readonly [height: number, width: number];
}

/**
 * Whether a direct convolution is computed by F(4, 3) from line to line (convolution/winograd-nchwc.ts), which halves its products
 * but makes some passes over both images and has thirty operations more. Measured: 32 to 64 channels gain a seventh, 64 to 64
 * three tenths, 32 to 32 nothing.
 */
export function usesWinogradLines(
  { kernel, stride, dilation, groups }: WindowGeometry & { readonly groups: number },
  { batch, channels, filters, size }: ConvolutionSize,
): boolean {
  if (groups !== 1 || kernel.length !== 2 || kernel[0] !== 3) return false;
  if ([...stride, ...dilation].some((step) => step !== 1)) return false;
  const [height, width] = size;
  if (4 * Math.ceil(height / 4) > mostOverhang * height) return false;
  const products = kernel[1]! * channels * filters;
  if (3 * batch * height * width * products < leastProducts) return false;
  return products / (channels + filters) >= leastProductsOfNumber;
}

/** Products for each number of both images. */
const leastProductsOfNumber = 60;
/** Half a millisecond of direct convolution. */
const leastProducts = 1e8;
const mostOverhang = 1.15;
