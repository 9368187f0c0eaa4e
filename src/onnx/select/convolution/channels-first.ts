import type { WindowGeometry } from "../../../tensor/tensor-graph.ts";
import { int, ints } from "../../attributes.ts";
import type { OnnxAttribute } from "../../onnx-graph.ts";
import type { Emitter } from "../emitter.ts";
import type { Tensor } from "../node-maker.ts";
import type { Form } from "../form.ts";
import { arePatchesTooLarge, type ConvGeometry } from "./patches.ts";

/*
 * ONNX's own Conv and ConvTranspose, channels first: slower than patches, but they need no memory for them. For convolutions
 * whose patches would not fit.
 */

export const channelsFirstConv: Form<"conv"> = {
  name: "Conv",
  applies: (emitter, { id, inputs, attributes }) =>
    arePatchesTooLarge(emitter, id, emitter.shape(inputs[0]!).at(-1)!, attributes),
  emit(emitter, node) {
    const [x, kernel] = node.inputs.map((input) => emitter.tensor(input)) as [Tensor, Tensor];
    const shape = emitter.shape(node.id);
    const inputs = [channelsFirst(emitter, x), filtersFirst(emitter, kernel)];
    const dims = [shape[0]!, shape.at(-1)!, ...shape.slice(1, -1)];
    const y = emitter.op("Conv", inputs, dims, windowAttributes(node.attributes));
    emitter.store(node.id, channelsLast(emitter, y));
  },
};

export const channelsFirstInputGradient: Form<"convInputGradient"> = {
  name: "ConvTranspose",
  applies: (emitter, { id, inputs, attributes }) =>
    arePatchesTooLarge(emitter, inputs[0]!, emitter.shape(id).at(-1)!, attributes),
  emit(emitter, node) {
    const [dy, kernel] = node.inputs.map((input) => emitter.tensor(input)) as [Tensor, Tensor];
    const { inputSize, stride, dilation, kernel: cells, pads } = node.attributes;
    const outputPadding = inputSize.map((size, axis) => {
      const reach = (dy.dims[axis + 1]! - 1) * stride[axis]! + (cells[axis]! - 1) * dilation[axis]! + 1;
      return size - (reach - pads[axis]![0] - pads[axis]![1]);
    });
    const shape = emitter.shape(node.id);
    const attributes = { ...windowAttributes(node.attributes), output_padding: ints(outputPadding) };
    const dims = [shape[0]!, shape.at(-1)!, ...inputSize];
    const inputs = [channelsFirst(emitter, dy), filtersFirst(emitter, kernel)];
    emitter.store(node.id, channelsLast(emitter, emitter.op("ConvTranspose", inputs, dims, attributes)));
  },
};

/** A convolution of x with dy, channels for batch and batch for channels; stride and dilation change places. */
export const channelsFirstKernelGradient: Form<"convKernelGradient"> = {
  name: "Conv of x with its gradient",
  applies: (emitter, { inputs: [x, dy], attributes }) =>
    arePatchesTooLarge(emitter, dy!, emitter.shape(x!).at(-1)!, attributes),
  emit(emitter, node) {
    const [x, dy] = node.inputs.map((input) => emitter.tensor(input)) as [Tensor, Tensor];
    const { groups } = node.attributes;
    const part = (tensor: Tensor, group: number): Tensor => {
      const width = tensor.dims.at(-1)! / groups;
      return emitter.slice(tensor, tensor.dims.length - 1, group * width, (group + 1) * width);
    };
    const kernels = Array.from({ length: groups }, (_, group) =>
      kernelGradient(emitter, part(x, group), part(dy, group), node.attributes),
    );
    emitter.store(node.id, emitter.concat(kernels, kernels[0]!.dims.length - 1));
  },
};

function kernelGradient(emitter: Emitter, x: Tensor, dy: Tensor, geometry: WindowGeometry): Tensor {
  const rank = x.dims.length;
  const spatial = Array.from({ length: rank - 2 }, (_, axis) => axis + 1);
  const [images, filters] = [x, dy].map((tensor) => emitter.transpose(tensor, [rank - 1, 0, ...spatial])) as [
    Tensor,
    Tensor,
  ];
  const size = geometry.kernel.map((_, axis) => {
    const [before, after] = geometry.pads[axis]!;
    const reach = (dy.dims[axis + 1]! - 1) * geometry.stride[axis]! + 1;
    return Math.floor((x.dims[axis + 1]! + before + after - reach) / geometry.dilation[axis]!) + 1;
  });
  const attributes = windowAttributes({
    kernel: dy.dims.slice(1, -1),
    stride: geometry.dilation,
    dilation: geometry.stride,
    pads: geometry.pads,
    groups: 1,
  });
  let kernel = emitter.op(
    "Conv",
    [images, filters],
    [images.dims[0]!, filters.dims[0]!, ...size],
    attributes,
  );
  geometry.kernel.forEach((cells, axis) => {
    kernel = emitter.slice(kernel, axis + 2, 0, cells);
  });
  return emitter.transpose(kernel, [...spatial.map((axis) => axis + 1), 0, 1]);
}

function channelsFirst(emitter: Emitter, tensor: Tensor): Tensor {
  const last = tensor.dims.length - 1;
  return emitter.transpose(tensor, [0, last, ...Array.from({ length: last - 1 }, (_, axis) => axis + 1)]);
}

function channelsLast(emitter: Emitter, tensor: Tensor): Tensor {
  const last = tensor.dims.length - 1;
  return emitter.transpose(tensor, [0, ...Array.from({ length: last - 1 }, (_, axis) => axis + 2), 1]);
}

/** [window…, channels, filters] → [filters, channels, window…]. */
function filtersFirst(emitter: Emitter, kernel: Tensor): Tensor {
  const rank = kernel.dims.length;
  return emitter.transpose(kernel, [
    rank - 1,
    rank - 2,
    ...Array.from({ length: rank - 2 }, (_, axis) => axis),
  ]);
}

function windowAttributes(geometry: ConvGeometry): Readonly<Record<string, OnnxAttribute>> {
  const { kernel, stride, dilation, pads, groups } = geometry;
  return {
    kernel_shape: ints(kernel),
    strides: ints(stride),
    dilations: ints(dilation),
    pads: ints([...pads.map(([before]) => before), ...pads.map(([, after]) => after)]),
    group: int(groups),
  };
}
