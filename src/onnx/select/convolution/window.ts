import type { TensorNode, WindowGeometry } from "../../../tensor/tensor-graph.ts";
import type { Emitter } from "../emitter.ts";
import type { Tensor } from "../node-maker.ts";
import type { Form } from "../form.ts";
import {
  advance,
  blockCount,
  isPlain,
  layoutKey,
  plainLayout,
  product,
  type RowLayout,
} from "../row-layout.ts";
import { geometryKey, patches, stackedTallProduct } from "./patches.ts";

/**
 * A convolution of few channels before a pooling, the first of most networks: one patch serves all cells of a pooling window
 * (4×4 numbers for a 3×3 kernel and a 2×2 pool, in place of four times 9), and for each cell of the window the kernel is laid
 * into the patch's frame of zeros. Fewer and longer pieces are gathered, and each cell of the window comes as a tensor of its
 * own, as the pooling wants it.
 */
interface WindowForm {
  /** The patch's size in cells along each axis, and its step from tile to tile. */
  readonly extent: readonly number[];
  readonly step: readonly number[];
  readonly channels: number;
  readonly filters: number;
  readonly places: RowLayout;
}

function windowForm(
  emitter: Emitter,
  x: number,
  places: RowLayout,
  filters: number,
  geometry: WindowGeometry & { readonly groups: number },
): WindowForm | undefined {
  const channels = emitter.shape(x).at(-1)!;
  if (emitter.isWebGpu || geometry.groups !== 1 || channels > mostChannels || blockCount(places) === 1)
    return undefined;
  if (!isPlain(emitter.placed(x).layout)) return undefined;
  const { kernel, stride, dilation } = geometry;
  const extent = kernel.map(
    (cells, axis) => (places.tile[axis]! - 1) * stride[axis]! + (cells - 1) * dilation[axis]! + 1,
  );
  const step = stride.map((cells, axis) => cells * places.tile[axis]!);
  const length = product(extent) * channels;
  const isSmall = length <= mostNumbers && product(extent) <= mostWaste * product(kernel);
  return isSmall ? { extent, step, channels, filters, places } : undefined;
}

const mostChannels = 4;
const mostNumbers = 160;
const mostWaste = 3;

export const windowConv: Form<"conv"> = {
  name: "one patch for a pooling window",
  applies: (emitter, node) => windowOfConv(emitter, node) !== undefined,
  emit(emitter, node) {
    const form = windowOfConv(emitter, node)!;
    const seen = windowPatches(emitter, node.inputs[0]!, form, node.attributes);
    const kernel = emitter.reshape(emitter.flat(node.inputs[1]!), [
      product(node.attributes.kernel) * form.channels,
      form.filters,
    ]);
    const extended = emitter.withZeroRow(kernel);
    const blocks = framedRows(form, node.attributes).map((rows) => {
      const framed = emitter.gather(
        extended,
        0,
        rows.map((row) => (row < 0 ? kernel.dims[0]! : row)),
      );
      return emitter.matmul(seen, framed);
    });
    emitter.storeRows(node.id, { layout: form.places, channels: form.filters, blocks });
  },
};

function windowOfConv(emitter: Emitter, node: TensorNode<"conv">): WindowForm | undefined {
  const filters = emitter.shape(node.id).at(-1)!;
  return windowForm(emitter, node.inputs[0]!, emitter.plan.layout(node.id)!, filters, node.attributes);
}

export const windowKernelGradient: Form<"convKernelGradient"> = {
  name: "one patch for a pooling window, transposed, times gradient",
  applies: (emitter, node) => windowOfKernelGradient(emitter, node) !== undefined,
  emit(emitter, node) {
    const form = windowOfKernelGradient(emitter, node)!;
    const placed = emitter.placed(node.inputs[1]!);
    const seen = windowPatches(emitter, node.inputs[0]!, form, node.attributes);
    const blocks = blockCount(form.places);
    const parts = placed.parts ?? { tensors: emitter.blocksOf(placed), matrix: identity(blocks) };
    const products = parts.tensors.map((part) => stackedTallProduct(emitter, seen, part));
    const rows = product(products[0]!.dims.slice(0, -1));
    const stacked = emitter.concat(
      products.map((each) => emitter.reshape(each, [rows, form.filters])),
      0,
    );
    const collect = emitter.once(
      `collect ${layoutKey(form.places)} ${geometryKey(node.attributes)} ${form.channels} ${rows} ${JSON.stringify(parts.matrix)}`,
      () => collectMatrix(emitter, form, node.attributes, parts.matrix, rows),
    );
    emitter.store(node.id, emitter.matmul(collect, stacked));
  },
};

function windowOfKernelGradient(
  emitter: Emitter,
  node: TensorNode<"convKernelGradient">,
): WindowForm | undefined {
  const [x, dy] = node.inputs as [number, number];
  return windowForm(emitter, x, emitter.placed(dy).layout, emitter.shape(dy).at(-1)!, node.attributes);
}

function identity(size: number): readonly (readonly number[])[] {
  return Array.from({ length: size }, (_, row) =>
    Array.from({ length: size }, (_, column) => (row === column ? 1 : 0)),
  );
}

/** [tiles of all examples, extent · channels]. */
function windowPatches(
  emitter: Emitter,
  x: number,
  { extent, step, places }: WindowForm,
  { pads }: WindowGeometry,
): Tensor {
  const placed = emitter.placed(x);
  const tiles = places.box.map((cells, axis) => cells / places.tile[axis]!);
  const reached = tiles.map((count, axis) => (count - 1) * step[axis]! + extent[axis]!);
  return patches(emitter, placed, plainLayout(places.batch, tiles), {
    kernel: extent,
    stride: step,
    dilation: extent.map(() => 1),
    pads: pads.map(([before], axis) => [before, reached[axis]! - before - placed.layout.size[axis]!]),
  });
}

/** For each block the kernel's row [tap · channels + channel] at each number of the patch, -1 where the kernel does not reach. */
function framedRows(
  { extent, channels, places }: WindowForm,
  geometry: WindowGeometry,
): readonly Int32Array[] {
  const { kernel, stride, dilation } = geometry;
  const offset = places.tile.map(() => 0);
  return Array.from({ length: blockCount(places) }, () => {
    const rows = new Int32Array(product(extent) * channels).fill(-1);
    const tap = kernel.map(() => 0);
    for (let index = 0; index < product(kernel); index++) {
      let cell = 0;
      for (let axis = 0; axis < kernel.length; axis++) {
        cell = cell * extent[axis]! + offset[axis]! * stride[axis]! + tap[axis]! * dilation[axis]!;
      }
      for (let channel = 0; channel < channels; channel++) {
        rows[cell * channels + channel] = index * channels + channel;
      }
      advance(tap, kernel);
    }
    advance(offset, places.tile);
    return rows;
  });
}

/** [taps · channels, parts · rows]: adds up, for each of the kernel's numbers, where the frames hold it. */
function collectMatrix(
  emitter: Emitter,
  form: WindowForm,
  geometry: WindowGeometry,
  matrix: readonly (readonly number[])[],
  rows: number,
): Tensor {
  const parts = matrix[0]!.length;
  const width = parts * rows;
  const height = product(geometry.kernel) * form.channels;
  const collect = new Float32Array(height * width);
  framedRows(form, geometry).forEach((frame, block) => {
    for (let column = 0; column < width; column++) {
      const target = frame[(column % rows) % frame.length]!;
      const weight = matrix[block]![Math.floor(column / rows)]!;
      if (target >= 0) collect[target * width + column]! += weight;
    }
  });
  return emitter.floats(collect, [height, width]);
}
