import { expect } from "vitest";
import { compile } from "../../src/compile.ts";
import type { ShapedGraph } from "../../src/analyze/shaped-graph.ts";
import type { ExampleBatch, TrainingPlan, TrainingSession } from "../../src/engine/engine.ts";
import { createOrtEngine } from "../../src/engine/ort.ts";
import { createTensorFlowEngine } from "../../src/engine/tfjs/engine.ts";
import { exportModel } from "../../src/engine/export-model.ts";
import { loadOnnxModel } from "../../src/engine/inference.ts";
import { loadTensorFlow, type TensorFlowBackend } from "../../src/engine/tfjs/load.ts";
import { writeOnnx } from "../../src/onnx/write.ts";
import { createRandom } from "../../src/random/random.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { assignWeights, lowerToLayersModel } from "../../src/tfjs/lower.ts";
import type { Tensor, TensorFlow } from "../../src/tfjs/tensorflow.ts";
import type { WeightValues } from "../../src/tensor/weight-values.ts";
import { randomWeights } from "./random-weights.ts";

const count = 3;

/** The shapes of a program, or undefined where it has mistakes. */
export function shapedModel(text: string): ShapedGraph | undefined {
  const { model, diagnostics } = compile(new SourceFile("random.cnn", text));
  return diagnostics.some(({ severity }) => severity === "error") ? undefined : model;
}

export function numbersOf(model: ShapedGraph, layer: number): readonly number[] {
  return model.layer(layer).shape!.map((dim) => dim.value!);
}

/** Runs a program of one input on both engines and expects the shape that was inferred, and the same output. */
export async function expectSameOutputs(text: string, backend: TensorFlowBackend): Promise<void> {
  const { model, weights, data } = exampleOf(text);
  const output = numbersOf(model, model.graph.outputs[0]!.layer);
  const [onOnnxRuntime] = await outputsOnOnnxRuntime(model, weights, [data]);
  const [onTensorFlow] = await outputsOnTensorFlow(model, weights, [data], { backend, count });
  expect(onTensorFlow!.shape, "the shape on TensorFlow.js").toEqual([count, ...output]);
  expectClose("output", onTensorFlow!.data, onOnnxRuntime!);
}

/** Takes a step of plain descent on both engines and expects the same loss, and the same gradient of every weight. */
export async function expectSameGradients(text: string, backend: TensorFlowBackend): Promise<void> {
  const { model, weights, data } = exampleOf(text);
  const units = numbersOf(model, model.graph.outputs[0]!.layer).reduce((product, size) => product * size, 1);
  const batch: ExampleBatch = { data, targets: randomNumbers("targets", count * units), count };
  const plan: TrainingPlan = {
    model,
    weights,
    loss: { name: "mse", target: "values" },
    optimizer: { name: "sgd" },
    batch: count,
    seed: 7,
    threads: 1,
  };
  const [ort, tfjs] = [createOrtEngine(), createTensorFlowEngine(backend)];
  // The mean over the numbers of an output is made a sum again, so that gradients are of the size of the numbers.
  const expected = await stepOf(await ort.createTrainingSession(plan), batch, units / 2);
  const actual = await stepOf(await tfjs.createTrainingSession(plan), batch, units / 2);
  expectClose("loss", [actual.loss], [expected.loss]);
  const gradients = (step: Step): [string, Float32Array][] =>
    [...weights].map(([key, { data: before }]) => {
      const after = step.weights.get(key)!.data;
      return [key, after.map((value, index) => value - before[index]!)];
    });
  const others = new Map(gradients(actual));
  for (const [key, values] of gradients(expected)) {
    expectClose(`gradient of ${key}`, others.get(key)!, values);
  }
}

function exampleOf(text: string): { model: ShapedGraph; weights: WeightValues; data: Float32Array } {
  const model = shapedModel(text);
  if (model === undefined) throw new Error("the program has mistakes");
  const input = numbersOf(model, model.graph.inputs[0]!);
  const data = randomNumbers("data", count * input.reduce((product, size) => product * size, 1));
  return { model, weights: randomWeights(model), data };
}

interface Step {
  readonly loss: number;
  readonly weights: WeightValues;
}

async function stepOf(session: TrainingSession, batch: ExampleBatch, rate: number): Promise<Step> {
  try {
    const { lossSum } = (await session.step(batch, rate)) ?? (await session.settle());
    return { loss: lossSum, weights: await session.weights() };
  } finally {
    await session.dispose();
  }
}

/** Every output of an export for ONNX Runtime, in the order of the model's. */
export async function outputsOnOnnxRuntime(
  model: ShapedGraph,
  weights: WeightValues,
  data: readonly Float32Array[],
  examples = count,
): Promise<readonly Float32Array[]> {
  const { value } = exportModel(model, weights, { layout: "channels_last" });
  const session = await loadOnnxModel(writeOnnx(value!.exported.model));
  try {
    const given = Object.fromEntries(session.inputs.map(({ name }, index) => [name, data[index]!]));
    const results = await session.runAll(given, examples);
    return session.outputNames.map((name) => results[name]!);
  } finally {
    await session.dispose();
  }
}

interface TensorFlowRun {
  readonly backend: TensorFlowBackend;
  readonly count: number;
}

/** Every output of the tf.LayersModel, in the order of the model's. */
export async function outputsOnTensorFlow(
  model: ShapedGraph,
  weights: WeightValues,
  data: readonly Float32Array[],
  { backend, count: examples }: TensorFlowRun,
): Promise<readonly { readonly shape: readonly number[]; readonly data: ArrayLike<number> }[]> {
  const { tf } = await loadTensorFlow(backend);
  computeOnGpu(tf);
  const { value: lowered, diagnostics } = lowerToLayersModel(tf, model, { training: false });
  expect(diagnostics).toEqual([]);
  assignWeights(tf, lowered!, weights);
  const results = tf.tidy(() => {
    const tensors = model.graph.inputs.map((id, index) =>
      tf.tensor(data[index]!, [examples, ...numbersOf(model, id)]),
    );
    const predicted = lowered!.model.predict(tensors.length === 1 ? tensors[0]! : tensors) as
      Tensor | Tensor[];
    return [predicted].flat();
  });
  const numbers = await Promise.all(
    results.map(async (result) => ({ shape: result.shape, data: await result.data() })),
  );
  tf.dispose(results);
  lowered!.model.dispose();
  return numbers;
}

/** Small tensors too, which TensorFlow.js' GPU backends would else compute on the processor. */
export function computeOnGpu(tf: TensorFlow): void {
  for (const flag of ["WEBGPU_CPU_FORWARD", "WEBGL_CPU_FORWARD"]) {
    if (flag in tf.env().getFlags()) tf.env().set(flag, false);
  }
}

function randomNumbers(stream: string, length: number): Float32Array {
  const numbers = new Float32Array(length);
  createRandom(2, stream).fillUniform(numbers, -1, 1);
  return numbers;
}

/** Within 1e-5 and 1e-4 of a number's size. */
function expectClose(what: string, actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length, what).toBe(expected.length);
  for (let index = 0; index < expected.length; index++) {
    const [got, wanted] = [actual[index]!, expected[index]!];
    if (Math.abs(got - wanted) <= 1e-5 + 1e-4 * Math.abs(wanted)) continue;
    if (Number.isNaN(got) && Number.isNaN(wanted)) continue;
    throw new Error(`${what} [${index}]: ${got} on TensorFlow.js, ${wanted} on ONNX Runtime`);
  }
}
