import { customClassName, type CustomKind } from "../../../tfjs/layers/index.ts";
import type { LayerForm } from "../form.ts";
import { objectsIn } from "../json.ts";
import { type LayerReader, numberText, pairsText, windowArgument, windowText } from "../layer-reader.ts";

/** What is asked of a layer of ours: its settings, and its weights, which its file lists with their shapes. */
interface OwnLayer {
  readonly settings: LayerReader;
  has(weight: string): boolean;
  /** Undefined, with a message, where the file does not list it. */
  shapeOf(weight: string): readonly number[] | undefined;
  readonly outputShape: readonly number[];
  readonly learns: boolean;
}

const own = (
  statements: (layer: OwnLayer, others: readonly string[]) => readonly string[] | string,
  weights?: LayerForm["weights"],
): LayerForm => ({
  ...(weights === undefined ? {} : { weights }),
  statements(layer, others) {
    const listed = new Map(
      objectsIn(layer.config["weights"]).map((weight) => [weight["name"], weight] as const),
    );
    const numbers = (value: unknown): readonly number[] | undefined =>
      Array.isArray(value) && value.every((each) => typeof each === "number")
        ? (value as number[])
        : undefined;
    const given: OwnLayer = {
      settings: layer.within(layer.config["settings"]),
      has: (weight) => listed.has(weight),
      shapeOf(weight) {
        const shape = numbers(listed.get(weight)?.["shape"]);
        if (shape === undefined) layer.refuse(`it lists no weight "${weight}" with a shape`);
        return shape;
      },
      outputShape: numbers(layer.config["output_shape"]) ?? [],
      learns: [...listed.values()].some(({ trainable }) => trainable === true),
    };
    return [statements(given, others)].flat();
  },
});

/** ` stride=2 dilation=2 bias=no`. */
function moving({ settings, has }: OwnLayer, rank: number): string {
  const stride = windowArgument("stride", settings.window("stride", rank), 1);
  const dilation = windowArgument("dilation", settings.window("dilation", rank), 1);
  return `${stride}${dilation}${has("bias") ? "" : " bias=no"}`;
}

/** ` pad=(0,1)x(0,1)`, nothing where there are no cells. */
function padding(settings: LayerReader, rank: number): string {
  const pads = settings.pairs("pads", rank);
  return pads.every(([before, after]) => before + after === 0) ? "" : ` pad=${pairsText(pads)}`;
}

function affine({ settings, has }: OwnLayer): string {
  const epsilon = ` epsilon=${numberText(settings.number("epsilon"))}`;
  return `${epsilon}${has("gamma") ? "" : " scale=no"}${has("beta") ? "" : " center=no"}`;
}

/** Of a kernel [window…, in, out]. */
function kernelOf(
  layer: OwnLayer,
  name: string,
): { readonly window: readonly number[]; readonly channels: [number, number] } {
  const shape = layer.shapeOf(name) ?? [1, 1, 1];
  return { window: shape.slice(0, -2), channels: [shape.at(-2)!, shape.at(-1)!] };
}

const multiplier = (count: number): string => (count === 1 ? "" : ` multiplier=${count}`);

/** By the kinds of tfjs/layers. */
const formsByKind: { readonly [Kind in CustomKind]: LayerForm } = {
  activation: own(({ settings }) => {
    const word = settings.activation("function") ?? "linear";
    const { parameter } = settings.config;
    return typeof parameter === "number" ? `${word} ${numberText(parameter)}` : word;
  }),
  attention: own(({ settings, has }) => {
    const dropout = settings.number("dropout", 0);
    const more = dropout === 0 ? "" : ` dropout=${numberText(dropout)}`;
    const bias = has("query/bias") ? "" : " bias=no";
    return `attention ${settings.number("heads")} key=${settings.number("key")}${more}${bias}`;
  }, {}),
  batchNormalization: own((layer) => {
    return `bn momentum=${numberText(layer.settings.number("momentum", 0.99))}${affine(layer)}`;
  }, {}),
  convolution: own((layer) => {
    const { window, channels } = kernelOf(layer, "kernel");
    const groups = layer.settings.number("groups", 1);
    const more = groups === 1 ? "" : ` groups=${groups}`;
    return `conv ${channels[1]} ${windowText(window)}${moving(layer, window.length)}${padding(layer.settings, window.length)}${more}`;
  }, {}),
  cropping: own((layer) => `crop ${pairsText(layer.settings.pairs("cells", layer.outputShape.length - 1))}`),
  dense: own((layer) => {
    const [, units] = layer.shapeOf("kernel") ?? [1, 1];
    return `dense ${units}${layer.has("bias") ? "" : " bias=no"}`;
  }, {}),
  depthwiseConvolution: own((layer) => {
    const { window, channels } = kernelOf(layer, "kernel");
    return `depthwise ${windowText(window)}${moving(layer, window.length)}${padding(layer.settings, window.length)}${multiplier(channels[1])}`;
  }, {}),
  dot: own(({ settings }, others) => {
    const axes = windowText(settings.window("axes", 2));
    const normalize = settings.flag("normalize", false) ? " normalize=yes" : "";
    return `${["dot", ...others].join(" ")} axes=${axes}${normalize}`;
  }),
  dropping: own(({ settings }) => {
    const word = settings.flag("channels", false) ? "spatial_dropout" : "dropout";
    return `${word} ${numberText(settings.number("rate"))}`;
  }),
  embedding: own((layer) => {
    const [count, units] = layer.shapeOf("embeddings") ?? [1, 1];
    return `embedding ${count} ${units}`;
  }, {}),
  gating: own(({ settings }) => `glu axis=${settings.number("axis")}`),
  globalPooling: own(({ settings }) => {
    const keeps = settings.flag("keepdims", false) ? " keepdims=yes" : "";
    return `global_pool ${settings.text("mode", "avg")}${keeps}`;
  }),
  groupNormalization: own((layer) => `group_norm ${layer.settings.number("groups")}${affine(layer)}`, {}),
  inputNormalization: own(() => "normalize", {}),
  layerNormalization: own((layer) => `layer_norm${affine(layer)}`, {}),
  layerScale: own(() => "layer_scale", {}),
  merging: own(({ settings }, others) => [settings.text("operation", "add"), ...others].join(" ")),
  noising: own(({ settings }) => {
    const deviation = settings.number("deviation");
    if (!settings.flag("multiplies", false)) return `gaussian_noise ${numberText(deviation)}`;
    return `gaussian_dropout ${numberText(deviation ** 2 / (1 + deviation ** 2))}`;
  }),
  padding: own((layer) => `pad ${pairsText(layer.settings.pairs("pads", layer.outputShape.length - 1))}`),
  pooling: own(({ settings, outputShape }) => {
    const rank = outputShape.length - 1;
    const stride = windowArgument("stride", settings.window("stride", rank), NaN);
    return `pool ${settings.text("mode", "max")} ${windowText(settings.window("window", rank))}${stride}${padding(settings, rank)}`;
  }),
  radialBasis: own((layer) => {
    const [units] = layer.shapeOf("codes") ?? [1];
    return `rbf ${units}${layer.learns ? " learned=yes" : ""}`;
  }, {}),
  responseNormalization: own(({ settings }) => {
    const word = (name: string): string => ` ${name}=${numberText(settings.number(name))}`;
    return `lrn ${settings.number("size")}${word("alpha")}${word("beta")}${word("k")}`;
  }),
  rootMeanSquareNormalization: own(({ settings }) => {
    return `rms_norm epsilon=${numberText(settings.number("epsilon"))}`;
  }, {}),
  separableConvolution: own((layer) => {
    const { window, channels } = kernelOf(layer, "depthwise_kernel");
    const [, filters] = kernelOf(layer, "pointwise_kernel").channels;
    return `separable ${filters} ${windowText(window)}${moving(layer, window.length)}${padding(layer.settings, window.length)}${multiplier(channels[1])}`;
  }, {}),
  slopedBelow: own((layer) => {
    const slopes = layer.shapeOf("alpha") ?? layer.outputShape;
    const shared = slopes.flatMap((size, axis) =>
      size === 1 && layer.outputShape[axis] !== 1 ? [axis + 1] : [],
    );
    return shared.length === 0 ? "prelu" : `prelu shared=${shared.join("x")}`;
  }, {}),
  thresholding: own(({ settings }) => {
    const [above, value] = [settings.number("threshold"), settings.number("value")].map(numberText);
    return `threshold ${above} value=${value}`;
  }),
  transposedConvolution: own((layer) => {
    const { window, channels } = kernelOf(layer, "kernel");
    const rank = window.length;
    const more = windowArgument("output_padding", layer.settings.window("output_padding", rank, [0]), 0);
    const pads = layer.settings.pairs("pads", rank);
    // Cells to take off are said even where there are none: `valid` would fill a stride beyond the window with cells of its own.
    return `conv_transpose ${channels[0]} ${windowText(window)}${moving(layer, rank)} pad=${pairsText(pads)}${more}`;
  }, {}),
  upsampling: own(({ settings, outputShape }) => {
    const mode = settings.text("mode", "nearest") === "bilinear" ? " bilinear" : "";
    return `upsample ${windowText(settings.window("factors", outputShape.length - 1))}${mode}`;
  }),
};

/** By the names of their classes in files. */
export const ownForms: Readonly<Record<string, LayerForm>> = Object.fromEntries(
  Object.entries(formsByKind).map(([kind, form]) => [customClassName(kind as CustomKind), form]),
);
