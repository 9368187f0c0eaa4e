// What `normalize` learns from the training data before training: it becomes weights, kept with the model and exported with it.
import type { ShapedGraph, ShapedLayer } from "../analyze/shaped-graph.ts";
import type { Dataset } from "../data/dataset.ts";
import { type ChannelStatistics, channelStatistics } from "../data/statistics.ts";
import { DiagnosticSink, type Outcome } from "../diagnostics/diagnostic.ts";
import type { LayerId } from "../graph/layer-graph.ts";
import { weightKey, type WeightValue, type WeightValues } from "../tensor/weight-values.ts";

/** A layer that learns, and what stands between it and the input. */
interface LearningLayer {
  readonly layer: ShapedLayer;
  /** What the layers before it do to a value: x·scale + offset; undefined where they do more. */
  readonly before: { readonly scale: number; readonly offset: number } | undefined;
}

/** Says of each `normalize` whether it can learn: only what the data itself gives can be measured before training. */
export function checkNormalization(model: ShapedGraph): Outcome<undefined> {
  const sink = new DiagnosticSink();
  for (const { layer, before } of learningLayers(model)) {
    if (before !== undefined) continue;
    const source = model.layer(layer.node.inputs[0]!).node;
    sink.report(
      "CNN331",
      "normalize learns from the data, but what it is given is computed by other layers",
      layer.node.span,
      {
        labels: [{ span: source.span, text: "its input comes from here" }],
        help: "put it after `input`, or after a `rescale` that stands there, or give it `mean=` and `variance=`; inside a network `bn` is what is meant",
      },
    );
  }
  return { value: undefined, diagnostics: sink.diagnostics };
}

/** The weights of every `normalize` that learns, from the training data as the model gets it. */
export function learnNormalization(model: ShapedGraph, data: Dataset, pixelScale: number): WeightValues {
  const layers = learningLayers(model);
  const values = new Map<string, WeightValue>();
  if (layers.length === 0) return values;
  const statistics = channelStatistics(data, pixelScale);
  for (const { layer, before } of layers) {
    for (const [name, numbers] of Object.entries(statisticsAfter(statistics, before!))) {
      const data = Float32Array.from(numbers);
      values.set(weightKey(layer.node.name, name), { shape: name === "count" ? [] : [data.length], data });
    }
  }
  return values;
}

function statisticsAfter(
  { means, variances, count }: ChannelStatistics,
  { scale, offset }: { readonly scale: number; readonly offset: number },
): Readonly<Record<string, Iterable<number>>> {
  return {
    mean: means.map((mean) => mean * scale + offset),
    variance: variances.map((variance) => variance * scale * scale),
    count: [count],
  };
}

function learningLayers(model: ShapedGraph): readonly LearningLayer[] {
  return model.layers
    .filter(({ node }) => node.kind === "normalize" && node.arguments["mean"] === undefined)
    .filter(({ node }) => node.sharesWeightsOf === undefined && !isPretrained(model, node.id))
    .map((layer) => ({ layer, before: rescalingBefore(model, layer) }));
}

/** What a file's weights hold was learned elsewhere. */
function isPretrained({ graph }: ShapedGraph, id: LayerId): boolean {
  return graph.pretrained.some(({ first, end }) => id >= first && id < end);
}

function rescalingBefore(model: ShapedGraph, layer: ShapedLayer): LearningLayer["before"] {
  let [scale, offset] = [1, 0];
  for (let { node } = model.layer(layer.node.inputs[0]!); node.kind !== "input";) {
    if (node.kind !== "rescale") return undefined;
    const [factor, addend] = [Number(node.arguments["scale"]), Number(node.arguments["offset"] ?? 0)];
    // This layer comes before those already met.
    [scale, offset] = [scale * factor, scale * addend + offset];
    node = model.layer(node.inputs[0]!).node;
  }
  return { scale, offset };
}
