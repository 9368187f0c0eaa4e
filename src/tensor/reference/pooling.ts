import { spatialSize } from "../shapes.ts";
import type { WindowGeometry } from "../tensor-graph.ts";
import { windowIndices } from "../window-indices.ts";
import { type NumericTensor, type ReferenceRow, sizeOf } from "./numeric-tensor.ts";

/** Calls `visit` for each window and channel with the element of the output and those of the input that it sees. */
function forEachWindow(
  xShape: readonly number[],
  geometry: WindowGeometry,
  visit: (output: number, inputs: Int32Array, count: number, channel: number) => void,
): void {
  const [batch, channels] = [xShape[0]!, xShape.at(-1)!];
  const inputSize = spatialSize(xShape);
  const { places, taps, cells } = windowIndices(inputSize, geometry);
  const inputs = new Int32Array(taps);
  for (let image = 0; image < batch; image++) {
    for (let place = 0; place < places; place++) {
      let count = 0;
      for (let tap = 0; tap < taps; tap++) {
        const cell = cells[place * taps + tap]!;
        if (cell >= 0) inputs[count++] = (image * sizeOf(inputSize) + cell) * channels;
      }
      const output = (image * places + place) * channels;
      for (let channel = 0; channel < channels; channel++) visit(output + channel, inputs, count, channel);
    }
  }
}

const maxPool: ReferenceRow<"maxPool"> = ([x], geometry, shape) => {
  const y = new Float64Array(sizeOf(shape));
  forEachWindow(x!.shape, geometry, (output, inputs, count, channel) => {
    let largest = -Infinity;
    for (let index = 0; index < count; index++)
      largest = Math.max(largest, x!.data[inputs[index]! + channel]!);
    y[output] = largest;
  });
  return y;
};

const maxPoolGradient: ReferenceRow<"maxPoolGradient"> = ([x, , dy], geometry) => {
  const gradient = new Float64Array(x!.data.length);
  forEachWindow(x!.shape, geometry, (output, inputs, count, channel) => {
    let first = -1;
    for (let index = 0; index < count; index++) {
      const at = inputs[index]! + channel;
      if (first < 0 || x!.data[at]! > x!.data[first]!) first = at;
    }
    if (first >= 0) gradient[first]! += dy!.data[output]!;
  });
  return gradient;
};

const averagePool: ReferenceRow<"averagePool"> = ([x], geometry, shape) => {
  const y = new Float64Array(sizeOf(shape));
  forEachWindow(x!.shape, geometry, (output, inputs, count, channel) => {
    let sum = 0;
    for (let index = 0; index < count; index++) sum += x!.data[inputs[index]! + channel]!;
    y[output] = sum / count;
  });
  return y;
};

const averagePoolGradient: ReferenceRow<"averagePoolGradient"> = ([dy], geometry, shape) => {
  const gradient = new Float64Array(sizeOf(shape));
  forEachWindow(shape, geometry, (output, inputs, count, channel) => {
    for (let index = 0; index < count; index++)
      gradient[inputs[index]! + channel]! += dy!.data[output]! / count;
  });
  return gradient;
};

const batchNorm: ReferenceRow<"batchNorm"> = ([x, ...perChannel], { epsilon }) => {
  const [gamma, beta, mean, variance] = perChannel.map(({ data }: NumericTensor) => data);
  const channels = gamma!.length;
  const scale = Float64Array.from(
    gamma!,
    (factor, channel) => factor / Math.sqrt(variance![channel]! + epsilon),
  );
  return Float64Array.from(x!.data, (value, index) => {
    const channel = index % channels;
    return (value - mean![channel]!) * scale[channel]! + beta![channel]!;
  });
};

/** Pooling and batch norm in float64. */
export const poolingReference = { maxPool, maxPoolGradient, averagePool, averagePoolGradient, batchNorm };
