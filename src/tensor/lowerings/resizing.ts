import { perAxis } from "../../layers/windows.ts";
import type { TensorBuilder } from "../builder.ts";
import type { Lowering } from "../lowering.ts";
import { knownDim, spatialSize } from "../shapes.ts";
import type { ValueId } from "../tensor-graph.ts";

export const lowerPad: Lowering<"pad"> = ({ builder, inputs, pads }) =>
  builder.pad(inputs[0]!, [[0, 0], ...pads, [0, 0]]);

export const lowerCrop: Lowering<"crop"> = ({ builder, inputs, arguments: { cells } }) => {
  const sizes = spatialSize(builder.shape(inputs[0]!));
  const pairs = perAxis(cells, sizes.length);
  return builder.slice(
    inputs[0]!,
    sizes.map((_, axis) => axis + 1),
    pairs.map(([before]) => before),
    sizes.map((size, axis) => size - pairs[axis]![1]),
  );
};

export const lowerUpsample: Lowering<"upsample"> = ({ builder, inputs, arguments: { size, mode } }) => {
  const x = inputs[0]!;
  const factors = perAxis(size, builder.shape(x).length - 2);
  return mode === "nearest"
    ? repeatCells(builder, x, factors)
    : blendCells(builder, x, factors as readonly [number, number]);
};

/** Each cell becomes a block: every axis gets a second one behind it, along which the cell is repeated. */
function repeatCells(builder: TensorBuilder, x: ValueId, factors: readonly number[]): ValueId {
  const shape = builder.shape(x);
  const [batch, channels] = [shape[0]!, shape.at(-1)!];
  const sizes = spatialSize(shape);
  const split = builder.reshape(x, [batch, ...sizes.flatMap((size) => [size, 1]), channels]);
  const blocks = sizes.flatMap((size, axis) => [size, factors[axis]!]);
  const repeated = builder.broadcast(split, [batch, ...blocks, channels]);
  return builder.reshape(repeated, [batch, ...sizes.map((size, axis) => size * factors[axis]!), channels]);
}

/** Bilinear blending as two products with constant matrices, one for the rows and one for the columns of an image. */
function blendCells(builder: TensorBuilder, x: ValueId, factors: readonly [number, number]): ValueId {
  const shape = builder.shape(x);
  const [height, width] = spatialSize(shape) as [number, number];
  const channels = knownDim(shape.at(-1), "the channels");
  const rows = builder.reshape(x, [shape[0]!, height, width * channels]);
  const tall = builder.matmul(blendMatrix(builder, height, factors[0]), rows);
  const image = builder.reshape(tall, [shape[0]!, height * factors[0], width, channels]);
  return builder.matmul(blendMatrix(builder, width, factors[1]), image);
}

/** [size · factor, size]: how much each new cell takes of each old one; centres at half cells, the border repeated (as TensorFlow's resize). */
function blendMatrix(builder: TensorBuilder, size: number, factor: number): ValueId {
  const matrix = new Float32Array(size * factor * size);
  for (let cell = 0; cell < size * factor; cell++) {
    const at = Math.min(Math.max((cell + 0.5) / factor - 0.5, 0), size - 1);
    const lower = Math.floor(at);
    const upper = Math.min(lower + 1, size - 1);
    matrix[cell * size + lower]! += 1 - (at - lower);
    matrix[cell * size + upper]! += at - lower;
  }
  return builder.constant([size * factor, size], matrix);
}
