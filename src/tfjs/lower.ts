import type { ShapedGraph, ShapedLayer } from "../analyze/shaped-graph.ts";
import { DiagnosticSink, type Outcome } from "../diagnostics/diagnostic.ts";
import type { Shape } from "../graph/dim.ts";
import type { ActivationValue, LayerId } from "../graph/layer-graph.ts";
import type { LayerKind } from "../graph/layer-kind.ts";
import { resolveAxis } from "../layers/axes.ts";
import { listText } from "../layers/text.ts";
import type { LayerArguments } from "../layers/index.ts";
import { weightKey, type WeightValues } from "../tensor/weight-values.ts";
import { findBackendLimit, type TensorFlowBackend } from "./backend-limits.ts";
import type { RandomSource } from "./layers/custom-layer.ts";
import { type CustomClasses, registerCustomLayers } from "./layers/index.ts";
import type { BeforeActivation, LayerContext, LayerForm } from "./lowering.ts";
import { activationLayer, lowerActivation, lowerPrelu, standardActivation } from "./lowerings/activations.ts";
import { lowerConv, lowerConvTranspose, lowerDepthwise, lowerSeparable } from "./lowerings/convolutions.ts";
import { lowerDense } from "./lowerings/dense.ts";
import { lowerEmbedding } from "./lowerings/embedding.ts";
import { lowerConcat, lowerDot, mergeForms } from "./lowerings/merging.ts";
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
import {
  lowerDropout,
  lowerGaussianDropout,
  lowerGaussianNoise,
  lowerSpatialDropout,
} from "./lowerings/regularization.ts";
import { lowerCrop, lowerPad, lowerUpsample } from "./lowerings/resizing.ts";
import type {
  LayersModel,
  LayerVariable,
  SymbolicTensor,
  TensorFlow,
  TensorFlowLayer,
} from "./tensorflow.ts";

/** What each layer kind becomes; inputs are no layers. */
const layerForms = {
  conv: lowerConv,
  conv_transpose: lowerConvTranspose,
  depthwise: lowerDepthwise,
  separable: lowerSeparable,
  pool: lowerPool,
  global_pool: lowerGlobalPool,
  dense: lowerDense,
  embedding: lowerEmbedding,
  attention: (context) => {
    const { heads, dropout } = context.arguments;
    const key = context.layer.weights[0]!.shape[2]!.value!;
    return context.custom("attention", { heads, key, dropout });
  },
  flatten: ({ tf, common, shape }) => tf.layers.reshape({ ...common, targetShape: [...shape] }),
  reshape: ({ tf, common, shape }) => tf.layers.reshape({ ...common, targetShape: [...shape] }),
  permute: ({ tf, common, arguments: { order } }) => tf.layers.permute({ ...common, dims: [...order] }),
  repeat_vector: ({ tf, common, arguments: { times } }) => tf.layers.repeatVector({ ...common, n: times }),
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
  rescale: ({ tf, common, arguments: { scale, offset } }) =>
    tf.layers.rescaling({ ...common, scale, offset }),
  activation: lowerActivation,
  prelu: lowerPrelu,
  glu: ({ custom, arguments: { axis }, shape }) =>
    custom("gating", { axis: resolveAxis(axis, shape.length)! + 1 }),
  threshold: ({ custom, arguments: { threshold, value } }) => custom("thresholding", { threshold, value }),
  layer_scale: ({ custom }) => custom("layerScale", {}),
  dropout: lowerDropout,
  spatial_dropout: lowerSpatialDropout,
  gaussian_noise: lowerGaussianNoise,
  gaussian_dropout: lowerGaussianDropout,
  ...mergeForms,
  concat: lowerConcat,
  dot: lowerDot,
  rbf: ({ custom }) => custom("radialBasis", {}),
} satisfies { readonly [Kind in Exclude<LayerKind, "input">]: LayerForm<Kind> };

export interface LayersModelOptions {
  /** True for the form of training: outputs before their last activation too, noise from `random`, statistics that move. */
  readonly training: boolean;
  readonly random?: RandomSource;
  /** What will compute it, so that what that cannot is told; a file may be opened anywhere. */
  readonly backend?: TensorFlowBackend;
}

/** A model for TensorFlow.js, without weights until `assignWeights` gives them. */
export interface LoweredLayersModel {
  readonly model: LayersModel;
  /** The variable of each weight, by its key. */
  readonly variables: ReadonlyMap<string, LayerVariable>;
  /**
   * What each output of `model` is, in its order: a value of the network, or in training also the value before the last
   * activation. Names are those that autodiff's loss graph has: `output/<name>`, `logits/<name>`.
   */
  readonly outputs: readonly string[];
}

/** Lowers a model; the value is undefined where a diagnostic says why. Every size must be known. */
export function lowerToLayersModel(
  tf: TensorFlow,
  model: ShapedGraph,
  options: LayersModelOptions,
): Outcome<LoweredLayersModel | undefined> {
  const sink = new DiagnosticSink();
  for (const { node, shape, inputShapes } of model.layers) {
    if (shape?.every((dim) => dim.value !== undefined)) continue;
    const follows = inputShapes.some((input) => input?.some((dim) => dim.value === undefined) ?? true);
    if (follows && sink.hasErrors) continue;
    sink.report("CNN402", `the size of "${node.name}" is not known`, node.span, {
      help: "give the input's shape in numbers, or on the command line: --input 28x28x1",
    });
  }
  if (options.backend !== undefined) reportLimits(model, options.backend, options.training, sink);
  if (sink.hasErrors) return { value: undefined, diagnostics: sink.diagnostics };
  const value = new LayersModelLowering(tf, model, options, sink).lower();
  return { value: sink.hasErrors ? undefined : value, diagnostics: sink.diagnostics };
}

function reportLimits(
  model: ShapedGraph,
  backend: TensorFlowBackend,
  training: boolean,
  sink: DiagnosticSink,
): void {
  const refused = model.layers.flatMap((layer) => {
    const limit = findBackendLimit(layer, backend, training);
    return limit === undefined ? [] : [{ layer, limit }];
  });
  const [first, ...others] = refused;
  if (first === undefined) return;
  // Tensors of so many axes run through the model: the others go wrong for the same reason.
  const names = others.slice(0, 3).map(({ layer }) => `"${layer.node.name}"`);
  const more = others.length - names.length;
  const rest = listText(more > 0 ? [...names, `${more} more`] : names);
  const notes = others.length === 0 ? [] : [`it cannot compute ${rest} either`];
  sink.report("CNN411", first.limit.message, first.layer.node.span, { notes, help: first.limit.help });
}

/** Gives a model its weights. */
export function assignWeights(tf: TensorFlow, lowered: LoweredLayersModel, weights: WeightValues): void {
  tf.tidy(() => {
    for (const [key, variable] of lowered.variables) {
      const { data, shape } = weights.get(key)!;
      variable.write(tf.tensor(data, [...shape]));
    }
  });
}

interface LoweredValue {
  readonly result: SymbolicTensor;
  readonly logits: SymbolicTensor;
}

/** The walk over the layers. */
class LayersModelLowering {
  readonly #tf: TensorFlow;
  readonly #model: ShapedGraph;
  readonly #options: LayersModelOptions;
  readonly #sink: DiagnosticSink;
  readonly #classes: CustomClasses;
  readonly #values = new Map<LayerId, LoweredValue>();
  /** Layers with weights that others may share, and what they were before they saw an input. */
  readonly #layers = new Map<LayerId, { readonly layer: TensorFlowLayer; readonly configuration: string }>();
  readonly #variables = new Map<string, LayerVariable>();
  readonly #outputs: ReadonlySet<LayerId>;

  constructor(tf: TensorFlow, model: ShapedGraph, options: LayersModelOptions, sink: DiagnosticSink) {
    this.#tf = tf;
    this.#model = model;
    this.#options = options;
    this.#sink = sink;
    this.#classes = registerCustomLayers(tf);
    this.#outputs = new Set(model.graph.outputs.map(({ layer }) => layer));
  }

  lower(): LoweredLayersModel {
    const { graph, layers } = this.#model;
    for (const layer of layers) this.#lowerLayer(layer);
    const ports = graph.outputs.flatMap(({ name, layer }) => {
      const { result, logits } = this.#values.get(layer)!;
      const output = { name: `output/${name}`, value: result };
      return this.#options.training && logits !== result
        ? [output, { name: `logits/${name}`, value: logits }]
        : [output];
    });
    const model = this.#tf.model({
      name: tensorFlowName(graph.name),
      inputs: graph.inputs.map((id) => this.#values.get(id)!.result),
      outputs: ports.map(({ value }) => value),
    });
    return { model, variables: this.#variables, outputs: ports.map(({ name }) => name) };
  }

  #lowerLayer(layer: ShapedLayer): void {
    const { node } = layer;
    if (node.kind === "input") {
      const input = this.#tf.input({ shape: numbersOf(layer.shape!), name: tensorFlowName(node.name) });
      this.#values.set(node.id, { result: input, logits: input });
      return;
    }
    const context = this.#contextOf(layer);
    const lowered = (layerForms[node.kind] as LayerForm<LayerKind>)(context);
    const { layer: own, activation } = isBeforeActivation(lowered)
      ? lowered
      : { layer: lowered, activation: undefined };
    const inputs = node.inputs.map((id) => this.#values.get(id)!.result);
    const before = own === undefined ? inputs[0]! : this.#applyLayer(layer, own, inputs);
    if (activation === undefined) {
      this.#values.set(node.id, { result: before, logits: before });
      return;
    }
    const name = own === undefined ? context.common.name : `${context.common.name}/activation`;
    const following = { ...context, common: { ...context.common, name } };
    const custom = this.#customMaker(layer, name, []);
    const result = apply(activationLayer({ ...following, custom }, activation), [before]);
    this.#values.set(node.id, { result, logits: before });
  }

  /** Applies a layer, or in its place the one whose weights it shares. */
  #applyLayer(
    { node, weights }: ShapedLayer,
    own: TensorFlowLayer,
    inputs: readonly SymbolicTensor[],
  ): SymbolicTensor {
    if (node.sharesWeightsOf !== undefined && weights.length > 0) {
      const shared = this.#layers.get(node.sharesWeightsOf)!;
      if (shared.configuration === configurationOf(own)) return apply(shared.layer, inputs);
      this.#sink.report(
        "CNN410",
        `"${node.name}" shares its weights at another size, which a layer of TensorFlow.js cannot`,
        node.span,
        { help: "use the engine on ONNX Runtime (--engine ort), or give both uses inputs of one size" },
      );
    }
    this.#layers.set(node.id, { layer: own, configuration: configurationOf(own) });
    const result = apply(own, inputs);
    for (const [index, { name }] of weights.entries()) {
      this.#variables.set(weightKey(node.name, name), own.weights[index]!);
    }
    return result;
  }

  #contextOf(layer: ShapedLayer): LayerContext<LayerKind> {
    const { node } = layer;
    const name = tensorFlowName(node.name);
    const activation = node.arguments["activation"] as ActivationValue | undefined;
    const { training } = this.#options;
    const shape = numbersOf(layer.shape!);
    const isOutput = training && this.#outputs.has(node.id) && activation !== undefined;
    const fused = isOutput ? undefined : standardActivation(activation, { training, shape });
    return {
      tf: this.#tf,
      layer,
      arguments: node.arguments as LayerArguments<LayerKind>,
      inputShapes: layer.inputShapes.map((shape) => numbersOf(shape!)),
      shape,
      pads: (layer.pads ?? []).map(([first, last]) => [first.value!, last.value!]),
      training,
      common: { name, trainable: node.trainable },
      fusedActivation: fused as "relu" | undefined,
      custom: this.#customMaker(
        layer,
        name,
        layer.weights.map((weight) => ({
          name: weight.name,
          shape: numbersOf(weight.shape),
          trainable: weight.trainable,
        })),
      ),
    };
  }

  #customMaker(
    { node, shape }: ShapedLayer,
    name: string,
    weights: ConstructorParameters<CustomClasses["activation"]>[0]["weights"],
  ): LayerContext<LayerKind>["custom"] {
    return (kind, settings) => {
      const outputShape = numbersOf(shape!);
      const config = { name, trainable: node.trainable, settings, outputShape, weights };
      return new this.#classes[kind](config, this.#options.random);
    };
  }
}

function apply(layer: TensorFlowLayer, inputs: readonly SymbolicTensor[]): SymbolicTensor {
  return layer.apply(inputs.length === 1 ? inputs[0]! : [...inputs]) as SymbolicTensor;
}

function isBeforeActivation(lowered: TensorFlowLayer | BeforeActivation): lowered is BeforeActivation {
  return "activation" in lowered && "layer" in lowered;
}

/** All that a layer is but its name. */
function configurationOf(layer: TensorFlowLayer): string {
  return JSON.stringify([layer.getClassName(), { ...layer.getConfig(), name: "" }]);
}

/** A name that TensorFlow.js takes: it must begin with a letter or a digit. */
function tensorFlowName(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_./-]/g, "_");
  return /^[A-Za-z0-9]/.test(plain) ? plain : `layer${plain}`;
}

function numbersOf(shape: Shape): number[] {
  return shape.map((dim) => dim.value!);
}
