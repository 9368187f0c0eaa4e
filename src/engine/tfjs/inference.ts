import type { ShapedGraph } from "../../analyze/shaped-graph.ts";
import { InputError } from "../../diagnostics/input-error.ts";
import type { WeightValues } from "../../tensor/weight-values.ts";
import { assignWeights, lowerToLayersModel } from "../../tfjs/lower.ts";
import type { Tensor } from "../../tfjs/tensorflow.ts";
import type { RunnableModel } from "../inference.ts";
import { valueOrRefuse } from "../step-models.ts";
import { loadTensorFlow } from "./load.ts";

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
  const { tf, backend } = await loadTensorFlow();
  const lowered = valueOrRefuse(lowerToLayersModel(tf, model, { training: false, backend }));
  assignWeights(tf, lowered, weights);
  const shapes = model.graph.inputs.map((id) => model.layer(id).shape!.map((dim) => dim.value!));
  const runInOrder = async (
    batch: readonly Float32Array[],
    count: number,
  ): Promise<readonly Float32Array[]> => {
    checkInputs(name, shapes, batch, count);
    const outputs = tf.tidy(() => {
      const inputs = batch.map((data, index) => tf.tensor(data, [count, ...shapes[index]!]));
      return lowered.model.predict(inputs.length === 1 ? inputs[0]! : inputs) as Tensor | Tensor[];
    });
    const results = Array.isArray(outputs) ? outputs : [outputs];
    const numbers = await Promise.all(results.map(async (each) => Float32Array.from(await each.data())));
    tf.dispose(results);
    return numbers;
  };
  return {
    name,
    inputShape: shapes[0]!,
    run: async (batch, count) => (await runInOrder([batch], count))[0]!,
    runInOrder,
    dispose() {
      lowered.model.dispose();
      return Promise.resolve();
    },
  };
}

function checkInputs(
  name: string,
  shapes: readonly (readonly number[])[],
  batch: readonly Float32Array[],
  count: number,
): void {
  if (batch.length !== shapes.length)
    throw new InputError(`${name} takes ${shapes.length} inputs, but was given ${batch.length}`);
  for (const [index, data] of batch.entries()) {
    const cells = shapes[index]!.reduce((product, size) => product * size, 1);
    if (data.length === count * cells) continue;
    throw new InputError(`${name} takes ${cells} numbers an example, but was given ${data.length / count}`);
  }
}
