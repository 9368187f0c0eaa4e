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
