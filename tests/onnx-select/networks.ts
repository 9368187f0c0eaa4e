import { buildGradients } from "../../src/autodiff/gradients.ts";
import type { TensorBuilder } from "../../src/tensor/builder.ts";
import type { TensorGraph, ValueId, WindowGeometry } from "../../src/tensor/tensor-graph.ts";
import type { CaseMaker } from "./operations.ts";

export interface NetworkSizes {
  /** At most. */
  readonly examples: number;
  /** Of the images. */
  readonly channels: readonly number[];
  readonly filters: readonly number[];
}

const smallSizes: NetworkSizes = { examples: 3, channels: [1, 3, 16], filters: [2, 16, 17, 4] };

/** Channels in blocks, as direct convolutions want them. */
export const blockSizes: NetworkSizes = {
  examples: 20,
  channels: [1, 3, 16],
  filters: [16, 16, 32, 48, 17, 8, 24],
};

/** Many values of half a block, whose examples share blocks in pairs, beside whole ones. */
export const halfBlockSizes: NetworkSizes = {
  examples: 20,
  channels: [3, 8],
  filters: [8, 8, 8, 16, 32],
};

/**
 * A random network of windows, activations and merges on one image size after another, a loss, and the gradients of all its
 * weights and of its input: what neighbours do to each other's layouts shows only in such graphs.
 */
export function randomNetwork(make: CaseMaker, sizes: NetworkSizes = smallSizes): TensorGraph {
  const { builder } = make;
  const size = Array.from({ length: make.pick([1, 2, 2, 2, 2, 3]) }, () => make.whole(6, 14));
  const x = make.input([make.whole(1, sizes.examples), ...size, make.pick(sizes.channels)]);
  const weights: ValueId[] = [];
  let value = x;
  const layers = make.whole(2, 7);
  for (let layer = 0; layer < layers; layer++) value = addLayer(make, value, weights, sizes);
  const outputs: Record<string, ValueId> = { value };
  const loss = makeLoss(make, value);
  buildGradients(builder, loss, [x, ...weights]).forEach((gradient, index) => {
    if (gradient !== undefined) outputs[`gradient/${index}`] = gradient;
  });
  return builder.finish(outputs);
}

function makeLoss(make: CaseMaker, value: ValueId): ValueId {
  const { builder } = make;
  const shape = builder.shape(value) as readonly number[];
  const flat = make.flip()
    ? builder.reshape(value, [shape[0]!, shape.slice(1).reduce((total, dim) => total * dim, 1)])
    : builder.reduceMean(
        value,
        shape.slice(1, -1).map((_, axis) => axis + 1),
      );
  const weighted = builder.multiply(flat, make.like(flat));
  return builder.reduceSum(weighted, [0, 1]);
}

function addLayer(
  make: CaseMaker,
  value: ValueId,
  weights: ValueId[],
  { filters: choices }: NetworkSizes,
): ValueId {
  const { builder } = make;
  const shape = builder.shape(value) as readonly number[];
  const size = shape.slice(1, -1);
  const channels = shape.at(-1)!;
  const isSmall = Math.min(...size) < 3;
  switch (
    make.pick(["conv", "conv", "conv", "pool", "pool", "relu", "norm", "residual", "concat", "scale"])
  ) {
    case "conv": {
      const filters = make.pick(choices);
      const geometry = isSmall
        ? pointwise(size)
        : make.pick([same3(size), valid3(size), make.geometry(size, 5)]);
      const isGrouped = channels % 2 === 0 && filters % 2 === 0 && make.whole(0, 3) === 0;
      const groups = isGrouped ? (channels === filters && channels >= 8 ? channels : 2) : 1;
      const z = convolve(make, value, weights, filters, { ...geometry, groups });
      return make.flip() ? builder.relu(biased(make, z, weights)) : z;
    }
    case "pool": {
      if (isSmall) return builder.relu(value);
      const cells = make.pick([2, 2, 2, 3]);
      const stride = make.pick([cells, cells, 1, 2]);
      const geometry = square(size, cells, stride, make.pick([[0, 0], [0, 0], [0, 1]] as const)); // prettier-ignore
      return make.pick([builder.maxPool, builder.maxPool, builder.averagePool])(value, geometry);
    }
    case "relu":
      return make.pick([builder.relu, builder.tanh])(value);
    case "norm":
      return normalized(make, value, weights);
    case "residual": {
      const side = convolve(make, value, weights, channels, { ...same3(size), groups: 1 });
      return builder.relu(builder.add(side, value));
    }
    case "concat": {
      // As many channels again, so that halves of blocks make whole ones.
      const filters = make.pick([3, channels]);
      const side = convolve(make, value, weights, filters, { ...pointwise(size), groups: 1 });
      return builder.concat(make.flip() ? [value, side] : [side, value, side], size.length + 1);
    }
    default: {
      // As squeeze and excitation: a factor for each example and channel.
      const axes = size.map((_, axis) => axis + 1);
      const mean = builder.reduceMean(value, axes, true);
      return builder.multiply(value, builder.sigmoid(mean));
    }
  }
}

function convolve(
  make: CaseMaker,
  value: ValueId,
  weights: ValueId[],
  filters: number,
  geometry: WindowGeometry & { readonly groups: number },
): ValueId {
  const channels = make.builder.shape(value).at(-1) as number;
  const kernel = make.input([...geometry.kernel, channels / geometry.groups, filters], -0.3, 0.3);
  weights.push(kernel);
  return make.builder.conv(value, kernel, geometry);
}

function biased(make: CaseMaker, value: ValueId, weights: ValueId[]): ValueId {
  const bias = make.input([make.builder.shape(value).at(-1) as number]);
  weights.push(bias);
  return make.builder.add(value, bias);
}

/** Batch norm in training form. */
function normalized(make: CaseMaker, value: ValueId, weights: ValueId[]): ValueId {
  const builder: TensorBuilder = make.builder;
  const shape = builder.shape(value);
  const axes = shape.slice(0, -1).map((_, axis) => axis);
  const gamma = make.input([shape.at(-1) as number]);
  weights.push(gamma);
  const mean = builder.reduceMean(value, axes);
  const deviation = builder.sqrt(builder.add(builder.reduceVariance(value, axes), builder.scalar(0.1)));
  return builder.multiply(builder.subtract(value, mean), builder.divide(gamma, deviation));
}

function square(
  size: readonly number[],
  cells: number,
  stride: number,
  pads: readonly [number, number] = [0, 0],
): WindowGeometry {
  const each = <Value>(value: Value): Value[] => size.map(() => value);
  return { kernel: each(cells), stride: each(stride), dilation: each(1), pads: each(pads) };
}

const pointwise = (size: readonly number[]): WindowGeometry => square(size, 1, 1);
const valid3 = (size: readonly number[]): WindowGeometry => square(size, 3, 1);
const same3 = (size: readonly number[]): WindowGeometry => square(size, 3, 1, [1, 1]);
