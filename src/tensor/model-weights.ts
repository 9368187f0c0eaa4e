import type { ShapedGraph, ShapedLayer } from "../analyze/shaped-graph.ts";
import type { Shape } from "../graph/dim.ts";
import { TensorGraphError } from "./shapes.ts";
import { weightKey } from "./weight-values.ts";

/** What training does with a weight: moves it along its gradient, updates it otherwise (running statistics), or nothing. */
export type WeightUse = "trained" | "state" | "frozen";

/** A weight of a model with everything that lowering needs. */
export interface ModelWeight {
  readonly key: string;
  /** The layer that owns it. */
  readonly layer: string;
  readonly shape: readonly number[];
  readonly use: WeightUse;
  /** Factors of its sum of magnitudes and of squares in the loss. */
  readonly l1: number;
  readonly l2: number;
}

/**
 * Every weight of a model once, in the order of its layers.
 *
 * @throws TensorGraphError where a shape is not known; lowering reports that to the user before it asks
 */
export function collectWeights(model: ShapedGraph): readonly ModelWeight[] {
  return model.layers.flatMap((layer) => {
    const { node, weights } = layer;
    if (node.sharesWeightsOf !== undefined) return [];
    return weights.map(({ name, shape, trainable }) => ({
      key: weightKey(node.name, name),
      layer: node.name,
      shape: knownShape(shape),
      use: !node.trainable ? "frozen" : trainable ? "trained" : "state",
      ...penaltyOf(layer, name),
    }));
  });
}

/** The regularizer of a layer's kernels; other weights have none. */
function penaltyOf({ node }: ShapedLayer, weight: string): { readonly l1: number; readonly l2: number } {
  const { l1, l2 } = node.arguments;
  if (!weight.endsWith("kernel")) return { l1: 0, l2: 0 };
  return { l1: typeof l1 === "number" ? l1 : 0, l2: typeof l2 === "number" ? l2 : 0 };
}

function knownShape(shape: Shape): readonly number[] {
  return shape.map((dim) => {
    if (dim.value === undefined) throw new TensorGraphError(`a weight's dimension is ${dim.toString()}`);
    return dim.value;
  });
}
