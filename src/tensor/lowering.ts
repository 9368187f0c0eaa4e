import type { ShapedLayer } from "../analyze/shaped-graph.ts";
import type { ActivationValue } from "../graph/layer-graph.ts";
import type { LayerKind } from "../graph/layer-kind.ts";
import type { LayerArguments } from "../layers/index.ts";
import type { TensorBuilder } from "./builder.ts";
import type { TensorDim, TensorShape, ValueId } from "./tensor-graph.ts";

/** What a layer is lowered with. */
export interface LoweringContext<Kind extends LayerKind> {
  readonly builder: TensorBuilder;
  readonly layer: ShapedLayer;
  readonly arguments: LayerArguments<Kind>;
  readonly inputs: readonly ValueId[];
  /** Of the layer's result, the batch in front. */
  readonly shape: TensorShape;
  readonly batch: TensorDim;
  /** True where the layer shall act as in training: dropout drops, batch norm uses the batch's statistics. */
  readonly training: boolean;
  /** Cells of padding before and after each spatial axis. */
  readonly pads: readonly (readonly [before: number, after: number])[];
  /** A weight of this layer by its name; undefined where the layer does not have it. */
  optionalWeight(name: string): ValueId | undefined;
  weight(name: string): ValueId;
  /** Gives a weight that no gradient trains its value after this step. */
  updateWeight(name: string, value: ValueId): void;
  /** A random offset of this layer's own; see random-table.ts. */
  randomOffset(): ValueId;
}

/** A layer's result before its activation, which lowering applies, so that a loss can be computed on logits. */
export interface BeforeActivation {
  readonly value: ValueId;
  /** Undefined where the layer has none. */
  readonly activation: ActivationValue | undefined;
}

/** Builds the operations of a layer: one function a layer kind. */
export type Lowering<Kind extends LayerKind> = (context: LoweringContext<Kind>) => ValueId | BeforeActivation;
