import type { ShapedLayer } from "../analyze/shaped-graph.ts";
import type { ActivationValue } from "../graph/layer-graph.ts";
import type { LayerKind } from "../graph/layer-kind.ts";
import type { LayerArguments } from "../layers/index.ts";
import type { CustomKind, SettingsOf } from "./layers/index.ts";
import type { TensorFlow, TensorFlowLayer } from "./tensorflow.ts";

/** What a layer is lowered with. */
export interface LayerContext<Kind extends LayerKind> {
  readonly tf: TensorFlow;
  readonly layer: ShapedLayer;
  readonly arguments: LayerArguments<Kind>;
  /** Of one example. */
  readonly inputShapes: readonly (readonly number[])[];
  readonly shape: readonly number[];
  /** Cells of padding before and after each spatial axis. */
  readonly pads: readonly (readonly [before: number, after: number])[];
  /** True where the layer shall be as training needs it: with random numbers of the run and statistics that move. */
  readonly training: boolean;
  /** What every layer of tf.layers is told: its name and whether it is trained. */
  readonly common: { readonly name: string; readonly trainable: boolean };
  /**
   * The layer's activation in the words of TensorFlow.js, where that has it and nobody wants the value before; undefined
   * where it must follow as a layer of its own.
   */
  readonly fusedActivation: "linear" | "relu" | undefined;
  /** A layer of our own with this layer's name, weights and result. */
  custom<Custom extends CustomKind>(kind: Custom, settings: SettingsOf<Custom>): TensorFlowLayer;
}

/** A layer whose activation is still to follow. */
export interface BeforeActivation {
  /** Undefined where the activation is all there is. */
  readonly layer: TensorFlowLayer | undefined;
  readonly activation: ActivationValue | undefined;
}

/** What a layer becomes: one function a layer kind. */
export type LayerForm<Kind extends LayerKind> = (
  context: LayerContext<Kind>,
) => TensorFlowLayer | BeforeActivation;
