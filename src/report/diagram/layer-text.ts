import type { ShapedLayer } from "../../analyze/shaped-graph.ts";
import type { ArgumentValue, PaddingValue, WindowValue } from "../../graph/layer-graph.ts";
import type { LayerKind } from "../../graph/layer-kind.ts";

type Arguments = Readonly<Record<string, ArgumentValue>>;

/** What a layer is coloured as. */
export type LayerRole = "input" | "convolution" | "pool" | "dense" | "attention" | "merge" | "quiet";

interface KindText {
  readonly role: LayerRole;
  readonly text: (given: Arguments, layer: ShapedLayer) => string;
}

const quiet = (text: string): KindText => ({ role: "quiet", text: () => text });
const merge = (text: string): KindText => ({ role: "merge", text: () => text });

/** Every layer kind in a few words, its numbers filled in: `conv 64 7x7, stride 2`. */
const kindTexts = {
  input: { role: "input", text: (_, { node }) => (node.labelled ? node.name : "input") },
  conv: { role: "convolution", text: (_, layer) => `conv ${filtersText(layer)}` },
  conv_transpose: { role: "convolution", text: (_, layer) => `conv transposed ${filtersText(layer)}` },
  separable: { role: "convolution", text: (_, layer) => `separable ${filtersText(layer)}` },
  depthwise: {
    role: "convolution",
    text: (given, layer) => `depthwise ${windowText(given["kernel"], layer)}${strideText(given)}`,
  },
  pool: {
    role: "pool",
    text: (given, layer) =>
      `${String(given["mode"])} pool ${windowText(given["size"], layer)}${poolStrideText(layer)}`,
  },
  global_pool: { role: "pool", text: (given) => `global ${String(given["mode"])} pool` },
  upsample: { role: "pool", text: (given, layer) => `upsample ${windowText(given["size"], layer)}` },
  dense: { role: "dense", text: (given) => `dense ${String(given["units"])}` },
  rbf: { role: "dense", text: (given) => `rbf ${String(given["units"])}` },
  embedding: { role: "dense", text: (given) => `embedding ${String(given["units"])}` },
  attention: { role: "attention", text: (given) => `attention, ${String(given["heads"])} heads` },
  dot: merge("dot"),
  add: merge("add"),
  subtract: merge("subtract"),
  multiply: merge("multiply"),
  average: merge("average"),
  maximum: merge("maximum"),
  minimum: merge("minimum"),
  concat: merge("concat"),
  activation: { role: "quiet", text: (given) => String(given["name"]) },
  prelu: quiet("prelu"),
  bn: quiet("bn"),
  layer_norm: quiet("layer norm"),
  group_norm: quiet("group norm"),
  instance_norm: quiet("instance norm"),
  rms_norm: quiet("rms norm"),
  lrn: quiet("lrn"),
  glu: quiet("glu"),
  threshold: quiet("threshold"),
  layer_scale: quiet("layer scale"),
  dropout: { role: "quiet", text: (given) => `dropout ${String(given["rate"])}` },
  spatial_dropout: { role: "quiet", text: (given) => `spatial dropout ${String(given["rate"])}` },
  gaussian_noise: quiet("gaussian noise"),
  gaussian_dropout: quiet("gaussian dropout"),
  flatten: quiet("flatten"),
  reshape: quiet("reshape"),
  permute: quiet("permute"),
  repeat_vector: quiet("repeat"),
  pad: quiet("pad"),
  crop: quiet("crop"),
  rescale: quiet("rescale"),
  normalize: quiet("normalize"),
} satisfies { readonly [Kind in LayerKind]: KindText };

export function roleOf({ node }: ShapedLayer): LayerRole {
  return (kindTexts[node.kind] as KindText).role;
}

/** A layer in a few words, without its activation. */
export function layerText(layer: ShapedLayer): string {
  return (kindTexts[layer.node.kind] as KindText).text(layer.node.arguments, layer);
}

/** The name of the activation that a layer ends with; undefined for none. */
export function activationText({ node }: ShapedLayer): string | undefined {
  const given = node.arguments["activation"] as { readonly name: string } | undefined;
  return given === undefined || given.name === "linear" ? undefined : given.name;
}

/** One number stands for every axis that the input has: `7` of a sequence, `7x7` of an image. */
function windowText(value: ArgumentValue, { inputShapes }: ShapedLayer): string {
  const window = typeof value === "number" ? [value] : ((value ?? []) as WindowValue);
  const axes = (inputShapes[0]?.length ?? 3) - 1;
  return window.length === 1 ? Array<number>(axes).fill(window[0]!).join("x") : window.join("x");
}

function filtersText(layer: ShapedLayer): string {
  const { arguments: given } = layer.node;
  const { filters, kernel, groups, dilation } = given;
  const parts = [
    `${String(filters)} ${windowText(kernel, layer)}${strideText(given)}`,
    ...(typeof groups === "number" && groups > 1 ? [`${groups} groups`] : []),
    ...(isMoreThanOne(dilation) ? [`dilation ${(dilation as WindowValue)[0]}`] : []),
  ];
  return parts.join(", ");
}

function strideText({ stride }: Arguments): string {
  if (!isMoreThanOne(stride)) return "";
  const window = stride as WindowValue;
  return `, stride ${new Set(window).size === 1 ? window[0] : window.join("x")}`;
}

/** A pool's stride is its size unless it is said. */
function poolStrideText(layer: ShapedLayer): string {
  const { size, stride } = layer.node.arguments;
  if (stride === undefined || windowText(size, layer) === windowText(stride, layer)) return "";
  const window = stride as WindowValue;
  return `, stride ${new Set(window).size === 1 ? window[0] : window.join("x")}`;
}

function isMoreThanOne(value: ArgumentValue | PaddingValue): boolean {
  return Array.isArray(value) && value.some((size) => typeof size === "number" && size > 1);
}
