import type { LayerReader } from "./layer-reader.ts";

/** What a layer's weights are called in Keras' files, where that is not what they are called here; the first that is there counts. */
export type WeightNames = Readonly<Record<string, readonly string[]>>;

/** How a class of Keras becomes statements. */
export interface LayerForm {
  /** The statements of one layer, in their order; none where it does nothing. Merges take the tensors that follow the current one. */
  readonly statements: (layer: LayerReader, others: readonly string[]) => readonly string[];
  /** Its weights' other names; undefined for a class that has no weights. */
  readonly weights?: WeightNames;
}

/** A statement whose activation Keras counts as an argument; some are statements of their own here. */
export function withActivation(layer: LayerReader, statement: string): readonly string[] {
  const word = layer.activation();
  if (word === undefined) return [statement];
  if (word === "hard_sigmoid" && layer.dialect === "keras2") return [statement, ...hardSigmoidOfKeras2];
  return [`${statement} ${word}`];
}

/** 0.2x + 0.5 cut off at 0 and 1; since Keras 3 it is x/6 + 0.5. */
export const hardSigmoidOfKeras2: readonly string[] = ["rescale 1.2", "hard_sigmoid"];
