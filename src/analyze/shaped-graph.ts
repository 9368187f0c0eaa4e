// analyze/: loops over the graph that name no layer: shapes, parameters, multiply-accumulates, memory, receptive field, lint.
import type { Dim, Shape } from "../graph/dim.ts";
import type { LayerGraph, LayerId, LayerNode } from "../graph/layer-graph.ts";
import type { Derivation, ResolvedPads, WeightSpec } from "../layers/definition.ts";

/** A layer with all that follows from its inputs. `shape` is undefined after a mistake (already reported). */
export interface ShapedLayer {
  readonly node: LayerNode;
  readonly inputShapes: readonly (Shape | undefined)[];
  readonly shape: Shape | undefined;
  readonly derivations: readonly Derivation[];
  readonly pads: ResolvedPads | undefined;
  /** The layer's own weights, or those it shares; counted once. */
  readonly weights: readonly WeightSpec[];
  readonly parameters: Dim;
  readonly trainableParameters: Dim;
  readonly multiplyAccumulates: Dim;
  /** Cells of the input that one cell of the output sees, an axis; undefined where it has no meaning. */
  readonly receptiveField: readonly (number | "all")[] | undefined;
}

/** A graph whose every shape and weight is known as far as the program says. */
export interface ShapedGraph {
  readonly graph: LayerGraph;
  /** In the order of `graph.layers`; indexed by layer id through `layer`. */
  readonly layers: readonly ShapedLayer[];
  layer(id: LayerId): ShapedLayer;
  readonly totals: {
    readonly parameters: Dim;
    readonly trainableParameters: Dim;
    readonly multiplyAccumulates: Dim;
    /** Bytes of all weights in float32. */
    readonly weightBytes: Dim;
    /** Bytes of all activations of one example in float32. */
    readonly activationBytes: Dim;
  };
}
