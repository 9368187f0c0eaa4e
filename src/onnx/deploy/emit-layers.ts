import type { TensorShape } from "../../tensor/tensor-graph.ts";
import { float, int, string } from "../attributes.ts";
import type { ValueHandle } from "../builder.ts";
import { alignConstant } from "./align.ts";
import type { Constant } from "./constants.ts";
import type { Deployment, Emitted } from "./deployment.ts";
import { layerNormOpset, pad, reduce } from "./forms.ts";
import type { LayerForm } from "./layer-forms.ts";
import { channelsFirst, natural, physicalAxis, physicalShape, sameLayout, sameOrder } from "./layout.ts";
import type { Layout } from "./layout.ts";
import { layoutOfReaders } from "./look-ahead.ts";
import type { Tile } from "./tiles.ts";

type Form<Kind extends LayerForm["kind"]> = LayerForm & { readonly kind: Kind };

export function emitPrelu(deployment: Deployment, { x, slope }: Form<"prelu">): Emitted {
  const { handle, layout, shape } = deployment.get(x);
  const aligned = deployment.weight(alignConstant(slope, shape.length, layout));
  return { handle: deployment.builder.node("PRelu", [handle, aligned]), layout };
}

/**
 * LayerNormalization, which ONNX has since opset 17, runs over the last axis; where the channels stand elsewhere and may stay, they are
 * normalised there. What is an output alone and wanted in another order gets there in the product with gamma.
 */
export function emitLayerNorm(deployment: Deployment, form: Form<"layerNorm"> & Tile): Emitted {
  const { shape, layout: standing } = deployment.get(form.x);
  const rank = shape.length;
  const layout = natural(rank);
  const stays = standing.kind === "axes" && !sameOrder(standing, layout, shape);
  const inPlace = stays && !isWanted(layoutOfReaders(deployment, form.root), layout);
  if (inPlace || deployment.opset < layerNormOpset) return normalizeInPlace(deployment, form);
  const leaves =
    deployment.isOutput(form.root) &&
    !deployment.isRead(form.root) &&
    !sameOrder(deployment.ioLayout(rank), layout, shape);
  const scale = form.gamma ?? ones(shape.at(-1) as number);
  const inputs = [
    deployment.inLayout(form.x, layout),
    deployment.weight(leaves ? ones(scale.data.length) : scale),
  ];
  if (form.beta !== undefined && !leaves) inputs.push(deployment.weight(form.beta));
  const attributes = { axis: int(-1), epsilon: float(form.epsilon) };
  const handle = deployment.builder.node("LayerNormalization", inputs, attributes);
  return leaves ? { handle, layout, pending: { scale, shift: form.beta } } : { handle, layout };
}

const isWanted = (wanted: Layout | undefined, layout: Layout): boolean =>
  wanted !== undefined && sameLayout(wanted, layout);

/**
 * Layer norm over an axis where it stands: of d = x - mean(x), d / sqrt(|d|² + C·epsilon), C channels, is the
 * norm but for a factor sqrt(C). One more channel of sqrt(C·epsilon) brings that epsilon into the length of d. Factor, gamma and beta
 * are left to the convolution or dense layer after it.
 */
function normalizeInPlace(deployment: Deployment, { x, epsilon, gamma, beta }: Form<"layerNorm">): Emitted {
  const { builder } = deployment;
  const { handle, layout, shape } = deployment.get(x);
  const last = shape.length - 1;
  const channels = shape[last] as number;
  const axes = [physicalAxis(layout, last)];
  const deviation = builder.node("Sub", [handle, reduce(deployment, "ReduceMean", handle, axes, true)]);
  const oneMore = shape.map((_, axis) => [0, axes.includes(axis) ? 1 : 0] as const);
  const lengthened = pad(deployment, deviation, oneMore, Math.sqrt(channels * epsilon));
  const length = reduce(deployment, "ReduceL2", lengthened, axes, true);
  const factor = Math.sqrt(channels);
  const scale = gamma ?? ones(channels);
  return {
    handle: builder.node("Div", [deviation, length]),
    layout,
    pending: {
      scale: { ...scale, data: Float32Array.from(scale.data, (value) => value * factor) },
      shift: beta,
    },
  };
}

/**
 * InstanceNormalization brings each row of [N, groups, …] to mean 0 and variance 1; where every channel is a group, its scale and
 * shift are the layer's. ONNX has an operator for groups of channels since opset 21 alone.
 */
export function emitGroupNorm(deployment: Deployment, form: Form<"groupNorm">): Emitted {
  const { builder } = deployment;
  const { x, groups, gamma, beta } = form;
  const { shape } = deployment.get(x);
  const channels = shape.at(-1) as number;
  const layout = channelsFirst(shape.length);
  const physical = physicalShape(layout, shape);
  const handle = deployment.inLayout(x, layout);
  const epsilon = float(form.epsilon);
  if (groups === channels) {
    const inputs = [
      handle,
      deployment.weight(gamma ?? ones(groups)),
      deployment.weight(beta ?? zeros(groups)),
    ];
    return { handle: builder.node("InstanceNormalization", inputs, { epsilon }), layout };
  }
  const rows = deployment.reshape(handle, physical, groupedShape(physical, groups));
  const inputs = [rows, deployment.weight(ones(groups)), deployment.weight(zeros(groups))];
  let result: ValueHandle = builder.node("InstanceNormalization", inputs, { epsilon });
  result = deployment.reshape(result, groupedShape(physical, groups), physical);
  const scaled = (constant: Constant): ValueHandle =>
    deployment.weight(alignConstant(constant, shape.length, layout));
  if (gamma !== undefined) result = builder.node("Mul", [result, scaled(gamma)]);
  if (beta !== undefined) result = builder.node("Add", [result, scaled(beta)]);
  return { handle: result, layout };
}

/** [N, C, cells…] with the channels of a group and their cells in one row. */
function groupedShape([batch, channels, ...cells]: TensorShape, groups: number): TensorShape {
  const count = (cells as number[]).reduce((product, size) => product * size, 1);
  return [batch!, groups, ((channels as number) / groups) * count];
}

export function emitLocalResponseNorm(deployment: Deployment, form: Form<"localResponseNorm">): Emitted {
  const layout = channelsFirst(deployment.get(form.x).shape.length);
  const attributes = {
    size: int(form.size),
    alpha: float(form.alpha),
    beta: float(form.beta),
    bias: float(form.k),
  };
  return {
    handle: deployment.builder.node("LRN", [deployment.inLayout(form.x, layout)], attributes),
    layout,
  };
}

/** Resize, which older operator sets call otherwise. */
export function emitUpsample(deployment: Deployment, { x, factors, mode }: Form<"upsample">): Emitted {
  const { builder, opset } = deployment;
  const layout = channelsFirst(factors.length + 2);
  const handle = deployment.inLayout(x, layout);
  const factorsOfAll = Float32Array.of(1, 1, ...factors);
  if (opset < 9) {
    const scales = { kind: "floats", value: [...factorsOfAll] } as const;
    return { handle: builder.node("Upsample", [handle], { mode: string(mode), scales }), layout };
  }
  const scales = builder.constant(factorsOfAll, [factorsOfAll.length]);
  if (opset < 11) {
    const opType = opset < 10 ? "Upsample" : "Resize";
    return { handle: builder.node(opType, [handle, scales], { mode: string(mode) }), layout };
  }
  const attributes = {
    mode: string(mode),
    coordinate_transformation_mode: string(mode === "linear" ? "half_pixel" : "asymmetric"),
    ...(mode === "nearest" ? { nearest_mode: string("floor") } : {}),
  };
  // The second input is a region of interest, which no mode used here reads; opset 11 wants it there all the same.
  const region = opset < 13 ? builder.constant(new Float32Array(0), [0]) : "";
  return { handle: builder.node("Resize", [handle, region, scales], attributes), layout };
}

function ones(length: number): Constant {
  return { name: undefined, shape: [length], dataType: "float32", data: new Float32Array(length).fill(1) };
}

function zeros(length: number): Constant {
  return { ...ones(length), data: new Float32Array(length) };
}
