import type { ShapedLayer } from "../analyze/shaped-graph.ts";
import type { Shape } from "../graph/dim.ts";
import type { ActivationValue, LayerNode, WindowValue } from "../graph/layer-graph.ts";
import type { LayerKind } from "../graph/layer-kind.ts";
import type { LayerArguments } from "../layers/index.ts";
import { windowText } from "../layers/text.ts";
import { perAxis, windowSpan } from "../layers/windows.ts";

/** The arguments of a layer whose kind is known. */
export function argumentsOf<Kind extends LayerKind>(
  { node }: ShapedLayer,
  _kind: Kind,
): LayerArguments<Kind> {
  return node.arguments as unknown as LayerArguments<Kind>;
}

/** Layers that weigh their inputs and add them up. */
export const weightedKinds: ReadonlySet<LayerKind> = new Set([
  ...(["conv", "conv_transpose", "depthwise", "separable", "dense"] as const),
]);

/** Layers that only drop or add noise in training, and do nothing otherwise. */
export const noiseKinds: ReadonlySet<LayerKind> = new Set([
  ...(["dropout", "spatial_dropout", "gaussian_noise", "gaussian_dropout"] as const),
]);

/** Layers that leave every number as it is, in another place at most. */
export const movingKinds: ReadonlySet<LayerKind> = new Set([
  ...noiseKinds,
  ...(["flatten", "reshape", "permute"] as const),
]);

/** The name of the activation that a layer ends with: its argument, or the layer itself; `linear` for none. */
export function activationOf({ node }: ShapedLayer): string {
  if (node.kind === "activation") return String(node.arguments["name"]);
  if (node.kind === "prelu") return "prelu";
  return (node.arguments["activation"] as ActivationValue | undefined)?.name ?? "linear";
}

const windowKinds: ReadonlySet<LayerKind> = new Set([
  ...(["conv", "depthwise", "separable", "pool"] as const),
]);

const factsByLayer = new WeakMap<ShapedLayer, WindowFacts>();

/** The window of a convolution or pool; undefined for other layers. Several rules ask, so it is worked out once. */
export function windowFacts(layer: ShapedLayer): WindowFacts | undefined {
  if (!windowKinds.has(layer.node.kind)) return undefined;
  let facts = factsByLayer.get(layer);
  if (facts === undefined) {
    facts = workOutWindow(layer);
    if (facts !== undefined) factsByLayer.set(layer, facts);
  }
  return facts;
}

function workOutWindow(layer: ShapedLayer): WindowFacts | undefined {
  return layer.inputShapes[0] === undefined || layer.shape === undefined ? undefined : new WindowFacts(layer);
}

/** A layer's numbers an axis for its moving window. Made for every window, so what is asked for rarely is worked out late. */
export class WindowFacts {
  readonly kernel: WindowValue;
  readonly stride: WindowValue;
  readonly dilation: WindowValue;
  /** Cells from the first to the last that the window touches. */
  readonly span: WindowValue;
  /** Undefined where they are not known as numbers. */
  readonly sizes: readonly (number | undefined)[];
  readonly outputs: readonly (number | undefined)[];
  readonly #layer: ShapedLayer;

  constructor(layer: ShapedLayer) {
    const { node, inputShapes, shape } = layer;
    const rank = inputShapes[0]!.length - 1;
    const given = node.arguments as Readonly<Record<string, WindowValue | undefined>>;
    const window = given["kernel"] ?? given["size"] ?? one;
    this.#layer = layer;
    this.kernel = perAxis(window, rank);
    this.dilation = perAxis(given["dilation"] ?? one, rank);
    this.stride = perAxis(given["stride"] ?? (node.kind === "pool" ? window : one), rank);
    this.span = this.kernel.map((cells, axis) => windowSpan(cells, this.dilation[axis]!));
    this.sizes = numbersOf(inputShapes[0]!);
    this.outputs = numbersOf(shape!);
  }

  /** `conv 3x3`, `pool max 2x2`. */
  get statement(): string {
    return `${statementWords(this.#layer.node)} ${windowText(this.kernel)}`;
  }

  get pads(): readonly (readonly [before: number | undefined, after: number | undefined])[] {
    const { pads } = this.#layer;
    return this.kernel.map((_, axis) => [pads?.[axis]?.[0].value, pads?.[axis]?.[1].value]);
  }
}

const one: WindowValue = [1];

/** Spatial sizes, as far as they are numbers. */
function numbersOf(shape: Shape): readonly (number | undefined)[] {
  return shape.slice(0, -1).map((dim) => dim.value);
}

/** `pool max`, `conv`: a layer's words in messages. */
function statementWords({ kind, arguments: given }: LayerNode): string {
  return kind === "pool" ? `pool ${String(given["mode"])}` : kind;
}
