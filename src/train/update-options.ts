import type { ShapedGraph } from "../analyze/shaped-graph.ts";
import type { UpdateOptions, WeightRule } from "../autodiff/training-graphs.ts";
import type { LayerGraph } from "../graph/layer-graph.ts";
import { collectWeights, type ModelWeight } from "../tensor/model-weights.ts";
import { layersOfPart } from "./settings/parts.ts";
import type { TrainSettings } from "./settings/table.ts";

/** What a run does with the gradient, from its settings. */
export function updateOptionsOf(model: ShapedGraph, settings: TrainSettings): UpdateOptions {
  const { learningRate: _, ...optimizer } = settings.optimizer;
  const { clip, average } = settings;
  return {
    optimizer,
    ...(clip === undefined ? {} : { clip }),
    ...(average === undefined ? {} : { average: { decay: average } }),
    weightRules: weightRulesOf(model, settings),
  };
}

/** Which weights a setting means. */
interface Chosen {
  readonly of: string | undefined;
  readonly weights: "kernel" | "bias" | "all";
}

function weightRulesOf(
  model: ShapedGraph,
  { regularize, maxNorm, layerRate }: TrainSettings,
): Readonly<Record<string, WeightRule>> {
  const rules = new Map<string, WeightRule>();
  const all = collectWeights(model).filter(({ use }) => use === "trained");
  const change = (chosen: Chosen, revise: (rule: WeightRule) => WeightRule): void => {
    for (const { key } of chooseWeights(model.graph, all, chosen))
      rules.set(key, revise(rules.get(key) ?? {}));
  };
  for (const { l1, l2, ...chosen } of regularize) {
    change(chosen, (rule) => ({ ...rule, l1: (rule.l1 ?? 0) + l1, l2: (rule.l2 ?? 0) + l2 }));
  }
  for (const { limit, ...chosen } of maxNorm) change(chosen, (rule) => ({ ...rule, maxNorm: limit }));
  for (const { factor, of } of layerRate) {
    change({ of, weights: "all" }, (rule) => ({ ...rule, rate: (rule.rate ?? 1) * factor }));
  }
  return Object.fromEntries(rules);
}

function chooseWeights(
  graph: LayerGraph,
  all: readonly ModelWeight[],
  { of, weights }: Chosen,
): readonly ModelWeight[] {
  const layers = new Set((of === undefined ? graph.layers : layersOfPart(graph, of)).map(({ name }) => name));
  return all.filter(({ key, layer }) => {
    const kind = key.endsWith("kernel") ? "kernel" : key.endsWith("bias") ? "bias" : "other";
    return layers.has(layer) && (weights === "all" || weights === kind);
  });
}
