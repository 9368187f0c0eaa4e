import type { ShapedGraph } from "../../analyze/shaped-graph.ts";
import { InputError } from "../../diagnostics/input-error.ts";
import { inWordsOfKeras2 } from "../../interop/tfjs/older-words.ts";
import type { WeightValues } from "../../tensor/weight-values.ts";
import type { LayersModel, TensorFlow } from "../../tfjs/tensorflow.ts";
import { compareWithReference, openModelFiles } from "./export.ts";
import { loadTensorFlow } from "./load.ts";

/** How an import was checked: the largest relative difference, or why it could not be. */
export type ImportCheck =
  { readonly difference: number } | { readonly difference: undefined; readonly reason: string };

const tolerance = 1e-4;

type Opened = { readonly loaded: LayersModel; readonly isTranslated: boolean } | { readonly reason: string };

/** As it is, or else in the words of Keras 2. */
async function openOriginal(
  tf: TensorFlow,
  { json, weights }: { readonly json: string; readonly weights: Uint8Array },
): Promise<Opened> {
  let reason = "";
  for (const isTranslated of [false, true]) {
    try {
      const text = isTranslated ? inWordsOfKeras2(json) : json;
      return { loaded: await openModelFiles(tf, { json: text, weights }), isTranslated };
    } catch (error) {
      reason = error instanceof Error ? error.message.split("\n")[0]! : String(error);
    }
  }
  return { reason };
}

/**
 * Opens the original with TensorFlow.js and compares its outputs with the float64 reference of what was made of it.
 *
 * @throws InputError where they differ: the import would be wrong without a sign
 */
export async function compareImport(
  model: ShapedGraph,
  weights: WeightValues,
  original: { readonly json: string; readonly weights: Uint8Array },
): Promise<ImportCheck> {
  if (model.layers.some(({ shape }) => shape?.some((dim) => dim.value === undefined) ?? true)) {
    return { difference: undefined, reason: "sizes are open" };
  }
  const { tf } = await loadTensorFlow();
  const opened = await openOriginal(tf, original);
  if ("reason" in opened) {
    return { difference: undefined, reason: `TensorFlow.js itself does not open it: ${opened.reason}` };
  }
  const difference = compareWithReference(tf, opened.loaded, model, weights);
  if (difference === undefined) {
    return { difference, reason: "the model is too large for the float64 reference" };
  }
  if (!(difference <= tolerance)) {
    if (opened.isTranslated) {
      return {
        difference: undefined,
        reason: `TensorFlow.js knows Keras 2's words alone, and those of Keras 3 that this file has give ${difference.toExponential(1)} of the largest number beside them`,
      };
    }
    throw new InputError(
      `the import is wrong and was not kept: it differs from TensorFlow.js by ${difference}`,
      {
        help: "this is a mistake of the compiler; please report it with the model",
      },
    );
  }
  return { difference };
}
