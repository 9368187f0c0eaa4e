// The lowering of layers: a ShapedGraph becomes operations on tensors. What each layer kind becomes stands in lowerings/.
import type { ShapedGraph, ShapedLayer } from "../analyze/shaped-graph.ts";
import { DiagnosticSink, type Outcome } from "../diagnostics/diagnostic.ts";
import type { Dim } from "../graph/dim.ts";
import type { LayerId } from "../graph/layer-graph.ts";
import type { LayerKind } from "../graph/layer-kind.ts";
import { activationParameter, isActivationName } from "../layers/activations.ts";
import type { LayerArguments } from "../layers/index.ts";
import { TensorBuilder } from "./builder.ts";
import type { BeforeActivation, Lowering, LoweringContext } from "./lowering.ts";
import {
  activationForms,
  lowerActivation,
  lowerGlu,
  lowerLayerScale,
  lowerPrelu,
  lowerThreshold,
} from "./lowerings/activations.ts";
import { lowerAttention } from "./lowerings/attention.ts";
import { lowerConv, lowerConvTranspose, lowerDepthwise, lowerSeparable } from "./lowerings/convolution.ts";
import { lowerDense } from "./lowerings/dense.ts";
import { lowerConcat, lowerDot, mergeLowerings } from "./lowerings/merging.ts";
import {
  lowerBatchNorm,
  lowerGroupNorm,
  lowerInstanceNorm,
  lowerLayerNorm,
  lowerLocalResponseNorm,
  lowerNormalize,
  lowerRmsNorm,
} from "./lowerings/normalization.ts";
import { lowerGlobalPool, lowerPool } from "./lowerings/pooling.ts";
import { lowerRbf } from "./lowerings/rbf.ts";
import {
  lowerDropout,
  lowerGaussianDropout,
  lowerGaussianNoise,
  lowerSpatialDropout,
} from "./lowerings/regularization.ts";
import { lowerCrop, lowerPad, lowerUpsample } from "./lowerings/resizing.ts";
import { collectWeights, type ModelWeight } from "./model-weights.ts";
import type { Rewrite } from "./rewrites/rewrite.ts";
import { TensorGraphError } from "./shapes.ts";
import type { TensorDim, TensorShape, ValueId } from "./tensor-graph.ts";
import { weightKey } from "./weight-values.ts";

/** How each layer kind is lowered. */
const lowerings: { readonly [Kind in LayerKind]: Lowering<Kind> } = {
  input: ({ builder, layer, shape }) => builder.input("data", layer.node.name, shape),
  conv: lowerConv,
  conv_transpose: lowerConvTranspose,
  depthwise: lowerDepthwise,
  separable: lowerSeparable,
  pool: lowerPool,
  global_pool: lowerGlobalPool,
  dense: lowerDense,
  embedding: ({ builder, inputs, weight }) =>
    builder.gather(weight("embeddings"), builder.cast(inputs[0]!, "int32")),
  attention: lowerAttention,
  flatten: ({ builder, inputs, shape }) => builder.reshape(inputs[0]!, shape),
  reshape: ({ builder, inputs, shape }) => builder.reshape(inputs[0]!, shape),
  permute: ({ builder, inputs, arguments: { order } }) => builder.transpose(inputs[0]!, [0, ...order]),
  repeat_vector: ({ builder, inputs, batch, shape }) =>
    builder.broadcast(builder.reshape(inputs[0]!, [batch, 1, shape.at(-1)!]), shape),
  pad: lowerPad,
  crop: lowerCrop,
  upsample: lowerUpsample,
  bn: lowerBatchNorm,
  layer_norm: lowerLayerNorm,
  group_norm: lowerGroupNorm,
  instance_norm: lowerInstanceNorm,
  rms_norm: lowerRmsNorm,
  lrn: lowerLocalResponseNorm,
  normalize: lowerNormalize,
  rescale: ({ builder, inputs, arguments: { scale, offset } }) =>
    builder.add(builder.multiply(inputs[0]!, builder.scalar(scale)), builder.scalar(offset)),
  activation: lowerActivation,
  prelu: lowerPrelu,
  glu: lowerGlu,
  threshold: lowerThreshold,
  layer_scale: lowerLayerScale,
  dropout: lowerDropout,
  spatial_dropout: lowerSpatialDropout,
  gaussian_noise: lowerGaussianNoise,
  gaussian_dropout: lowerGaussianDropout,
  ...mergeLowerings,
  concat: lowerConcat,
  dot: lowerDot,
  rbf: lowerRbf,
};

export interface LoweringOptions {
  /** Examples in a batch; `N` for any number of them. */
  readonly batch: TensorDim;
  /** True for the form that layers take in training. */
  readonly training: boolean;
  /** Other ways to compute operations; see rewrites/. */
  readonly rewrites?: readonly Rewrite[];
  /** Where a weight's value comes from; without it each is an input of role `weight` with its key for a name. */
  readonly weightValue?: (builder: TensorBuilder, weight: ModelWeight) => ValueId;
}

/** An output of the model. */
export interface LoweredOutput {
  readonly name: string;
  readonly value: ValueId;
  /** The value before the last activation; `value` itself where there is none. */
  readonly logits: ValueId;
  /** The last activation's name; `linear` where there is none. */
  readonly activation: string;
}

/** A model in operations. Nothing is finished: gradients or other outputs can still be built on. */
export interface LoweredModel {
  readonly builder: TensorBuilder;
  /** One a layer of kind `input`, in the order of the graph's inputs. */
  readonly inputs: readonly { readonly name: string; readonly value: ValueId }[];
  readonly outputs: readonly LoweredOutput[];
  readonly weights: readonly (ModelWeight & { readonly value: ValueId })[];
  /** The values that running statistics take after a training step, by weight key. */
  readonly stateUpdates: ReadonlyMap<string, ValueId>;
  /** The inputs that want a random offset each step. */
  readonly randomOffsets: readonly string[];
  /** Layers whose result for one example depends on the others of its batch: batch norm in training. */
  readonly wholeBatchLayers: readonly string[];
}

/** Lowers a model; the value is undefined where a diagnostic says why. */
export function lowerModel(model: ShapedGraph, options: LoweringOptions): Outcome<LoweredModel | undefined> {
  const sink = new DiagnosticSink();
  for (const layer of model.layers) checkLayer(layer, sink);
  if (sink.hasErrors) return { value: undefined, diagnostics: sink.diagnostics };
  return { value: new ModelLowering(model, options).lower(), diagnostics: sink.diagnostics };
}

/** Reports a shape that is not known, once, where it comes in. */
function checkLayer({ node, shape, weights, inputShapes }: ShapedLayer, sink: DiagnosticSink): void {
  const follows = inputShapes.some((input) => input?.some((dim) => dim.value === undefined) ?? true);
  if (follows && sink.hasErrors) return;
  const open = [shape ?? [], ...weights.map((weight) => weight.shape)]
    .flat()
    .find((dim) => dim.value === undefined);
  if (shape !== undefined && open === undefined) return;
  sink.report("CNN402", `the size of "${node.name}" is not known: ${open?.toString() ?? "?"}`, node.span, {
    help: "give the input's shape in numbers, or on the command line: --input 28x28x1",
  });
}

/** The walk over the layers. */
class ModelLowering {
  readonly #model: ShapedGraph;
  readonly #options: LoweringOptions;
  readonly #builder: TensorBuilder;
  readonly #results = new Map<LayerId, BeforeActivation & { readonly result: ValueId }>();
  readonly #weights = new Map<string, ModelWeight & { readonly value: ValueId }>();
  readonly #stateUpdates = new Map<string, ValueId>();
  readonly #randomOffsets: string[] = [];
  readonly #wholeBatchLayers: string[] = [];

  constructor(model: ShapedGraph, options: LoweringOptions) {
    this.#model = model;
    this.#options = options;
    this.#builder = new TensorBuilder(options.rewrites);
  }

  lower(): LoweredModel {
    const builder = this.#builder;
    const { weightValue = inputOfWeight } = this.#options;
    for (const weight of collectWeights(this.#model)) {
      const value = builder.inLayer(weight.layer, () => weightValue(builder, weight));
      this.#weights.set(weight.key, { ...weight, value });
    }
    for (const layer of this.#model.layers) {
      builder.inLayer(layer.node.name, () => this.#lowerLayer(layer));
    }
    const { inputs, outputs } = this.#model.graph;
    return {
      builder,
      inputs: inputs.map((id) => ({
        name: this.#model.layer(id).node.name,
        value: this.#results.get(id)!.result,
      })),
      outputs: outputs.map(({ name, layer }) => {
        const { result, value, activation } = this.#results.get(layer)!;
        return { name, value: result, logits: value, activation: activation?.name ?? "linear" };
      }),
      weights: [...this.#weights.values()],
      stateUpdates: this.#stateUpdates,
      randomOffsets: this.#randomOffsets,
      wholeBatchLayers: this.#wholeBatchLayers,
    };
  }

  #lowerLayer(layer: ShapedLayer): void {
    const { node } = layer;
    const lowering = lowerings[node.kind] as Lowering<LayerKind>;
    const lowered = lowering(this.#contextOf(layer));
    const before = typeof lowered === "number" ? { value: lowered, activation: undefined } : lowered;
    this.#results.set(node.id, { ...before, result: applyActivation(this.#builder, before) });
  }

  #contextOf(layer: ShapedLayer): LoweringContext<LayerKind> {
    const { node } = layer;
    const { batch, training } = this.#options;
    const owner = node.sharesWeightsOf === undefined ? node : this.#model.layer(node.sharesWeightsOf).node;
    const optionalWeight = (name: string): ValueId | undefined => {
      const key = weightKey(owner.name, name);
      return this.#stateUpdates.get(key) ?? this.#weights.get(key)?.value;
    };
    return {
      builder: this.#builder,
      layer,
      arguments: node.arguments as LayerArguments<LayerKind>,
      inputs: node.inputs.map((id) => this.#results.get(id)!.result),
      shape: [batch, ...layer.shape!.map(numberOf)] satisfies TensorShape,
      batch,
      training,
      pads: (layer.pads ?? []).map(([before, after]) => [numberOf(before), numberOf(after)]),
      optionalWeight,
      weight: (name) => {
        const value = optionalWeight(name);
        if (value === undefined) throw new TensorGraphError(`layer "${node.name}" has no weight "${name}"`);
        return value;
      },
      updateWeight: (name, value) => {
        this.#stateUpdates.set(weightKey(owner.name, name), value);
        this.#wholeBatchLayers.push(node.name);
      },
      randomOffset: () => {
        const name = `offset/${node.name}`;
        this.#randomOffsets.push(name);
        return this.#builder.input("scalar", name, [], "int32");
      },
    };
  }
}

function inputOfWeight(builder: TensorBuilder, { key, shape }: ModelWeight): ValueId {
  return builder.input("weight", key, shape);
}

function applyActivation(builder: TensorBuilder, { value, activation }: BeforeActivation): ValueId {
  if (activation === undefined) return value;
  const { name } = activation;
  if (!isActivationName(name)) throw new TensorGraphError(`no activation is called "${name}"`);
  return activationForms[name](builder, value, activationParameter(activation) ?? NaN);
}

function numberOf(dim: Dim): number {
  if (dim.value === undefined) throw new TensorGraphError(`a dimension is ${dim.toString()}`);
  return dim.value;
}
