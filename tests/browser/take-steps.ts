import { compile } from "../../src/compile.ts";
import type { ExampleBatch, TrainingPlan } from "../../src/engine/engine.ts";
import { TensorFlowTrainingSession } from "../../src/engine/tfjs/session.ts";
import { createRandom } from "../../src/random/random.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import type { WeightValues } from "../../src/tensor/weight-values.ts";
import type { TensorFlowBackend } from "../../src/tfjs/backend-limits.ts";
import type { Tensor, TensorFlow } from "../../src/tfjs/tensorflow.ts";
import { assignWeights, lowerToLayersModel } from "../../src/tfjs/lower.ts";
import { initializeWeights } from "../../src/weights/initialize.ts";
import { randomWeights } from "../parity/random-weights.ts";
import { countTensors } from "../tfjs/count-tensors.ts";

export interface Steps {
  readonly program: string;
  readonly steps: number;
  /** Where it is set, plain descent from random weights at the rate that makes the mean over an output's numbers a sum again. */
  readonly summed?: boolean;
}

const count = 3;

/** A program's training by squared error towards random values, and a batch for it; the same in a page as in Node. */
export function planOf({ program, summed }: Steps): {
  readonly plan: TrainingPlan;
  readonly batch: ExampleBatch;
  readonly rate: number;
} {
  const { model } = compile(new SourceFile("steps.cnn", program));
  const numbers = (stream: string, layer: number): Float32Array => {
    const sizes = model.layer(layer).shape!.map((dim) => dim.value!);
    const values = new Float32Array(sizes.reduce((product, size) => product * size, count));
    createRandom(4, stream).fillUniform(values, -1, 1);
    return values;
  };
  const data = model.graph.inputs.map((id) => numbers(`data ${id}`, id));
  const targets = model.graph.outputs.map(({ layer }) => numbers(`targets ${layer}`, layer));
  const plan: TrainingPlan = {
    model,
    weights: summed === true ? randomWeights(model) : initializeWeights(model, 5),
    loss: { name: "mse", target: "values" },
    optimizer: { name: "sgd", ...(summed === true ? {} : { momentum: 0.9 }) },
    batch: count,
    seed: 7,
    threads: 1,
  };
  const units = targets.reduce((sum, { length }) => sum + length / count, 0);
  return { plan, batch: { data, targets, count }, rate: summed === true ? units / 2 : 0.1 };
}

/** How many tensors and buffers there are after ten steps and after all of them. */
export async function holdTensors(
  tf: TensorFlow,
  { backend, ...item }: Steps & { readonly backend: TensorFlowBackend },
): Promise<number[]> {
  const { plan, batch } = planOf(item);
  const session = new TensorFlowTrainingSession(
    { tf, backend, description: "a page", note: undefined },
    plan,
  );
  try {
    const held = await countTensors(tf, session, batch, item.steps);
    return held.flatMap(({ tensors, buffers }) => [tensors, buffers]);
  } finally {
    await session.dispose();
  }
}

/** All weights after some steps, in the order of their names. */
export function flatten(weights: WeightValues): number[] {
  return [...weights].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, { data }]) => [...data]);
}

/** The output of a program with one in the page, from its random weights, for the examples of its batch. */
export async function predictProgram(
  tf: TensorFlow,
  { program }: { readonly program: string },
): Promise<number[]> {
  const { plan, batch } = planOf({ program, steps: 0, summed: true });
  const lowered = lowerToLayersModel(tf, plan.model, { training: false }).value!;
  assignWeights(tf, lowered, plan.weights);
  const shape = plan.model.layer(plan.model.graph.inputs[0]!).shape!.map((dim) => dim.value!);
  const result = tf.tidy(
    () =>
      lowered.model.predict(tf.tensor([batch.data].flat()[0] as Float32Array, [count, ...shape])) as Tensor,
  );
  const numbers = [...(await result.data())];
  result.dispose();
  lowered.model.dispose();
  return numbers;
}

/** Trains in the page, on its backend. */
export async function takeSteps(
  tf: TensorFlow,
  { backend, ...item }: Steps & { readonly backend: TensorFlowBackend },
): Promise<number[]> {
  const { plan, batch, rate } = planOf(item);
  const loaded = { tf, backend, description: "a page", note: undefined } as const;
  const session = new TensorFlowTrainingSession(loaded, plan);
  try {
    for (let step = 0; step < item.steps; step++) await session.step(batch, rate);
    return flatten(await session.weights());
  } finally {
    await session.dispose();
  }
}
