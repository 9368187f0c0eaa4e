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

/** The window of a convolution or pool; undefined for other layers. */
export function windowFacts(layer: ShapedLayer): WindowFacts | undefined {
  const isWindow = windowKinds.has(layer.node.kind) && layer.inputShapes[0] !== undefined;
  return isWindow && layer.shape !== undefined ? new WindowFacts(layer) : undefined;
}

/** A layer's numbers an axis for its moving window. Several rules ask about every window: each number is worked out when it is read. */
export class WindowFacts {
  readonly #layer: ShapedLayer;
  readonly #given: Readonly<Record<string, WindowValue | undefined>>;
  readonly #rank: number;

  constructor(layer: ShapedLayer) {
    this.#layer = layer;
    this.#given = layer.node.arguments as Readonly<Record<string, WindowValue | undefined>>;
    this.#rank = layer.inputShapes[0]!.length - 1;
  }

  get #window(): WindowValue {
    return this.#given["kernel"] ?? this.#given["size"] ?? one;
  }

  get kernel(): WindowValue {
    return perAxis(this.#window, this.#rank);
  }

  get #steps(): WindowValue {
    return this.#given["stride"] ?? (this.#layer.node.kind === "pool" ? this.#window : one);
  }

  get stride(): WindowValue {
    return perAxis(this.#steps, this.#rank);
  }

  /** A window of one step reads everything. */
  get readsEverything(): boolean {
    return this.#steps.every((step) => step === 1);
  }

  get dilation(): WindowValue {
    return perAxis(this.#given["dilation"] ?? one, this.#rank);
  }

  /** Cells from the first to the last that the window touches. */
  get span(): WindowValue {
    const { kernel, dilation } = this;
    return kernel.map((cells, axis) => windowSpan(cells, dilation[axis]!));
  }

  /** Undefined where they are not known as numbers. */
  get sizes(): readonly (number | undefined)[] {
    return numbersOf(this.#layer.inputShapes[0]!);
  }

  get outputs(): readonly (number | undefined)[] {
    return numbersOf(this.#layer.shape!);
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
