import { resolveAxis } from "../../layers/axes.ts";
import type { MergeOperation } from "../layers/merging.ts";
import type { LayerForm } from "../lowering.ts";

/** tf.layers merges tensors of equal shapes; it has no subtraction, and other rules than Keras where ranks differ. */
function mergeWith(operation: MergeOperation): LayerForm<MergeOperation> {
  return (context) => {
    const { tf, inputShapes, common } = context;
    const [first] = inputShapes;
    const isEqual = inputShapes.every((shape) => shape.join() === first!.join());
    if (operation === "subtract" || !isEqual || inputShapes.length < 2) {
      return context.custom("merging", { operation });
    }
    return tf.layers[operation](common);
  };
}

export const mergeForms = {
  add: mergeWith("add"),
  subtract: mergeWith("subtract"),
  multiply: mergeWith("multiply"),
  average: mergeWith("average"),
  maximum: mergeWith("maximum"),
  minimum: mergeWith("minimum"),
} satisfies { readonly [Kind in MergeOperation]: LayerForm<Kind> };

export const lowerConcat: LayerForm<"concat"> = (context) => {
  const { tf, inputShapes, arguments: given, common, shape } = context;
  if (inputShapes.length < 2) return context.custom("merging", { operation: "add" });
  return tf.layers.concatenate({ ...common, axis: resolveAxis(given.axis, shape.length)! + 1 });
};

export const lowerDot: LayerForm<"dot"> = (context) => {
  const { inputShapes, arguments: given } = context;
  const axes = inputShapes.map(
    (shape, index) => resolveAxis(given.axes[index] ?? given.axes[0]!, shape.length)! + 1,
  );
  return context.custom("dot", { axes, normalize: given.normalize });
};
