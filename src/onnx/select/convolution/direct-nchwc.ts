import type { TensorNode, ValueId } from "../../../tensor/tensor-graph.ts";
import type { Emitter } from "../emitter.ts";
import type { Form } from "../form.ts";
import { asCombination, blockRows, convolve, twoAxes } from "../nchwc.ts";
import type { Tensor } from "../node-maker.ts";
import {
  type DirectGeometry,
  directGeometry,
  inJoined,
  inJoinedVector,
  isDirect,
  isPlanar,
  joinedDims,
  joinedExamples,
  nchwcDims,
  orderOf,
} from "./geometry-nchwc.ts";
import { directKernel, kernelMatrices, planarKernel, tapNumbers } from "./kernels-nchwc.ts";

/*
 * Direct convolutions in NCHWc, and their gradients as convolutions too; that of the kernel in kernel-gradient-nchwc.ts.
 *
 * The gradient of the input is a convolution of the output's gradient with the kernel turned round, channels and filters
 * swapped; where windows move by s > 1 cells each of the s·s phases of the input's cells meets its own taps, so there is one convolution for each, and
 * their results are laid between each other.
 */

export const nchwcConv: Form<"conv"> = {
  name: "direct",
  applies: (emitter, node) => isDirect(emitter, node, false),
  emit(emitter, node) {
    const [x, kernel] = node.inputs as [ValueId, ValueId];
    const geometry = directGeometry(node.attributes);
    const isFew = isPlanar(emitter, x);
    const joined = joinedExamples(emitter, isFew ? [node.id] : [x, node.id]);
    const dims = nchwcDims(emitter, node.id);
    const matrices = kernelMatrices(emitter, kernel);
    const convolution = {
      ...geometry,
      x: inJoined(emitter, isFew ? planarImages(emitter, x) : emitter.nchwc(x), x, joined),
      kernel: isFew
        ? planarKernel(emitter, matrices, geometry, node.id)
        : directKernel(emitter, matrices, tapNumbers(geometry.kernel), { from: x, to: node.id }),
      dims: joinedDims(emitter, node.id, joined),
    };
    const made = (shift?: Tensor, sum?: Tensor): Tensor => {
      const joinedSum = sum && inJoined(emitter, sum, node.id, joined);
      const bias = shift && inJoinedVector(emitter, shift, node.id, joined);
      return emitter.reshape(convolve(emitter, { ...convolution, bias, sum: joinedSum }), dims);
    };
    const isReadOnce = emitter.useCount(node.id) === 1;
    emitter.storeCombination(node.id, asCombination(made(), isReadOnce ? made : undefined));
  },
};

/** An image of few channels, [N, C, H, W]. */
function planarImages(emitter: Emitter, x: ValueId): Tensor {
  const [batch, ...shape] = emitter.shape(x) as [number, ...number[]];
  const channels = shape.at(-1)!;
  const [height, width] = twoAxes(shape.slice(0, -1), 1);
  const rows = emitter.reshape(emitter.flat(x), [batch, height * width, channels]);
  const turned = channels === 1 ? rows : emitter.transpose(rows, [0, 2, 1]);
  return emitter.reshape(turned, [batch, channels, height, width]);
}

// The gradient of the input

/** The taps that one phase of the input's cells meets along an axis, and how the output's gradient is padded for them. */
export interface PhaseAxis {
  /** Places of this phase. */
  readonly count: number;
  /** In the order in which a convolution reads them. */
  readonly taps: readonly number[];
  readonly pads: readonly [number, number];
}

/**
 * Input cell i = s·q + p meets the taps t = t₀ + s·j, with t₀ = (p + pad) mod s, at the places o = q + (p + pad - t₀)/s - j.
 *
 * @returns undefined where the gradient would have to be cropped, which padding cannot express
 */
export function phasesOf(
  axis: number,
  { kernel, strides, dilations, pads }: DirectGeometry,
  inputSize: number,
  outputSize: number,
): readonly PhaseAxis[] | undefined {
  const [stride, dilation, cells] = [strides[axis]!, dilations[axis]!, kernel[axis]!];
  if (stride > 1 && dilation > 1) return undefined;
  const pad = pads[axis]![0];
  const phases = Array.from({ length: stride }, (_, phase): PhaseAxis => {
    const count = Math.ceil((inputSize - phase) / stride);
    const first = (phase + pad) % stride;
    const taps: number[] = [];
    for (let tap = first; tap < cells; tap += stride) taps.unshift(tap);
    const reach = (taps.length - 1) * dilation;
    const before = reach - (phase + pad - first) / stride;
    return { count, taps, pads: [before, count - 1 + reach - before - (outputSize - 1)] };
  });
  const isPadded = phases.every((phase) => phase.taps.length === 0 || phase.pads.every((pad) => pad >= 0));
  return isPadded ? phases : undefined;
}

/** The phases along both axes. */
export function phasesOfNode(
  emitter: Emitter,
  node: TensorNode<"convInputGradient">,
): readonly [readonly PhaseAxis[], readonly PhaseAxis[]] | undefined {
  const geometry = directGeometry(node.attributes);
  const [, , ...inputSize] = nchwcDims(emitter, node.id);
  const [, , ...outputSize] = nchwcDims(emitter, node.inputs[0]!);
  const rows = phasesOf(0, geometry, inputSize[0]!, outputSize[0]!);
  const columns = phasesOf(1, geometry, inputSize[1]!, outputSize[1]!);
  return rows === undefined || columns === undefined ? undefined : [rows, columns];
}

export const nchwcInputGradient: Form<"convInputGradient"> = {
  name: "direct, the kernel turned round",
  applies: (emitter, node) =>
    isDirect(emitter, node, false) &&
    !isPlanar(emitter, node.id) &&
    phasesOfNode(emitter, node) !== undefined,
  emit(emitter, node) {
    const [dy, kernel] = node.inputs as [ValueId, ValueId];
    const { dilations } = directGeometry(node.attributes);
    const [batch, channels] = nchwcDims(emitter, node.id);
    const joined = joinedExamples(emitter, [dy, node.id]);
    const turned = emitter.transpose(kernelMatrices(emitter, kernel), [0, 2, 1]);
    const made = (shift?: Tensor, sum?: Tensor): Tensor =>
      byPhases(emitter, node, (taps, pads, size) => {
        const phase = convolve(emitter, {
          bias: shift && inJoinedVector(emitter, shift, node.id, joined),
          sum: sum && inJoined(emitter, sum, node.id, joined),
          x: inJoined(emitter, emitter.nchwc(dy), dy, joined),
          kernel: directKernel(emitter, turned, taps, { from: dy, to: node.id }),
          dilations,
          pads,
          dims: [...joinedDims(emitter, node.id, joined).slice(0, 2), ...size],
        });
        return emitter.reshape(phase, [batch, channels, ...size]);
      });
    const isOnePhase = node.attributes.stride.every((step) => step === 1);
    const isRefinable = isOnePhase && emitter.useCount(node.id) === 1;
    emitter.storeCombination(node.id, asCombination(made(), isRefinable ? made : undefined));
  },
};

/**
 * Computes each phase of the input's cells and lays them between each other.
 *
 * @param convolvePhase gets the numbers of the taps as rows of a smaller kernel
 */
export function byPhases(
  emitter: Emitter,
  node: TensorNode<"convInputGradient">,
  convolvePhase: (
    taps: readonly (readonly number[])[],
    pads: readonly (readonly [number, number])[],
    size: readonly [number, number],
  ) => Tensor,
): Tensor {
  const [rows, columns] = phasesOfNode(emitter, node)!;
  const width = directGeometry(node.attributes).kernel[1];
  const parts = rows.map((row) =>
    columns.map((column) => {
      if (row.taps.length === 0 || column.taps.length === 0) return undefined;
      const taps = row.taps.map((tap) => column.taps.map((other) => tap * width + other));
      return convolvePhase(taps, [row.pads, column.pads], [row.count, column.count]);
    }),
  );
  if (rows.length === 1 && columns.length === 1 && parts[0]![0] !== undefined) return parts[0]![0];
  return interleave(emitter, nchwcDims(emitter, node.id), parts);
}

/** One tensor of phases that lie between each other; those that are undefined are zeros. */
function interleave(
  emitter: Emitter,
  dims: readonly [number, number, number, number],
  parts: readonly (readonly (Tensor | undefined)[])[],
): Tensor {
  const block = emitter.channelBlock;
  const [batch, channels, height, width] = dims;
  const starts: (number | undefined)[][] = [];
  const pieces: Tensor[] = [];
  let length = 0;
  for (const row of parts) {
    starts.push(
      row.map((part) => {
        if (part === undefined) return undefined;
        const start = length;
        pieces.push(blockRows(emitter, part, block));
        length += pieces.at(-1)!.dims[0]!;
        return start;
      }),
    );
  }
  const [down, across] = [parts.length, parts[0]!.length];
  const order = emitter.once(`interleave ${dims.join("x")} ${JSON.stringify(starts)}`, () =>
    orderOf([(batch * channels) / block, height, width], ([image, y, x]) => {
      const start = starts[y! % down]![x! % across];
      if (start === undefined) return -1;
      const lines = Math.ceil((height - (y! % down)) / down);
      const columns = Math.ceil((width - (x! % across)) / across);
      return start + (image! * lines + Math.floor(y! / down)) * columns + Math.floor(x! / across);
    }),
  );
  return emitter.reshape(emitter.gatherRows(emitter.concat(pieces, 0), order), dims);
}
