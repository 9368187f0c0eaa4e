import type { ShapedGraph } from "../analyze/shaped-graph.ts";
import { InputError } from "../diagnostics/input-error.ts";
import type { WeightValues } from "../tensor/weight-values.ts";
import { assignWeights, lowerToLayersModel } from "../tfjs/lower.ts";
import type { Tensor } from "../tfjs/tensorflow.ts";
import type { RunnableModel } from "./inference.ts";
import { valueOrRefuse } from "./step-sessions.ts";
import { loadTensorFlow } from "./tensorflow.ts";

/**
 * A model with its weights, ready to run on TensorFlow.js.
 *
 * @param name what messages call it
 * @throws InputError where it cannot be computed
 */
export async function openOnTensorFlow(
  name: string,
  model: ShapedGraph,
  weights: WeightValues,
): Promise<RunnableModel> {
  const { tf } = await loadTensorFlow();
  const lowered = valueOrRefuse(lowerToLayersModel(tf, model, { training: false }));
  assignWeights(tf, lowered, weights);
  const inputShape = model.layer(model.graph.inputs[0]!).shape!.map((dim) => dim.value!);
  const cells = inputShape.reduce((product, size) => product * size, 1);
  return {
    name,
    inputShape,
    async run(batch, count) {
      if (model.graph.inputs.length > 1) throw new InputError(`${name} takes several inputs`);
      if (batch.length !== count * cells) {
        throw new InputError(
          `${name} takes ${cells} numbers an example, but was given ${batch.length / count}`,
        );
      }
      const result = tf.tidy(() => {
        const outputs = lowered.model.predict(tf.tensor(batch, [count, ...inputShape])) as Tensor | Tensor[];
        return Array.isArray(outputs) ? outputs[0]! : outputs;
      });
      const numbers = Float32Array.from(await result.data());
      result.dispose();
      return numbers;
    },
    dispose() {
      lowered.model.dispose();
      return Promise.resolve();
    },
  };
}
