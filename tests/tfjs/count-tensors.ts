import type { ExampleBatch, TrainingSession } from "../../src/engine/engine.ts";
import type { TensorFlow } from "../../src/tfjs/tensorflow.ts";

/** What TensorFlow.js holds: tensors, and the memory behind them that several may share. */
interface Held {
  readonly tensors: number;
  readonly buffers: number;
}

/** What is held after ten steps of a session and after so many, each with an evaluation and a look at the weights. */
export async function countTensors(
  tf: TensorFlow,
  session: TrainingSession,
  batch: ExampleBatch,
  steps: number,
): Promise<readonly [early: Held, late: Held]> {
  const runSteps = async (count: number): Promise<Held> => {
    for (let step = 0; step < count; step++) await session.step(batch, 0.001);
    await session.evaluate(batch);
    await session.weights();
    const { numTensors, numDataBuffers } = tf.memory();
    return { tensors: numTensors, buffers: numDataBuffers };
  };
  return [await runSteps(10), await runSteps(steps - 10)];
}
