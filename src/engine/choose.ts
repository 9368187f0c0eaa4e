import { lossOf } from "../autodiff/training-step.ts";
import { InputError } from "../diagnostics/input-error.ts";
import { createRandom } from "../random/random.ts";
import type { Device, Engine, ExampleBatch, TrainingPlan } from "./engine.ts";
import { importOnnxRuntime } from "./onnx-runtime.ts";
import { createOrtEngine } from "./ort.ts";
import { loadTensorFlow } from "./tfjs/load.ts";
import { createTensorFlowEngine } from "./tfjs/engine.ts";

/** What can be asked for: ONNX Runtime, TensorFlow.js, or whichever is faster. */
export const engineNames = ["ort", "tfjs", "auto"] as const;
export type EngineName = (typeof engineNames)[number];

export interface ChosenEngine {
  readonly name: Exclude<EngineName, "auto">;
  readonly engine: Engine;
  /** Why it was chosen, where that was not the user's choice. */
  readonly notes: readonly string[];
}

/**
 * The engine for a run.
 *
 * @throws InputError where what is asked for is not installed
 */
export async function chooseEngine(
  { engine, device }: { readonly engine: EngineName; readonly device: Device },
  plan: TrainingPlan,
): Promise<ChosenEngine> {
  if (engine === "tfjs") return chooseTensorFlow(device);
  return engine === "auto" && device === "cpu" ? chooseFaster(plan) : chooseOnnxRuntime(device);
}

function chooseOnnxRuntime(device: Device, ...notes: readonly string[]): ChosenEngine {
  return { name: "ort", engine: createOrtEngine(device), notes };
}

function chooseTensorFlow(device: Device, ...notes: readonly string[]): ChosenEngine {
  const backend = device === "webgpu" ? "webgpu" : undefined;
  return { name: "tfjs", engine: createTensorFlowEngine(backend), notes };
}

/** Where both are installed, some steps are timed on each: which is faster depends on the model and on the machine. */
async function chooseFaster(plan: TrainingPlan): Promise<ChosenEngine> {
  const hasOnnxRuntime = await isThere(importOnnxRuntime);
  const hasNative = await isThere(() => loadTensorFlow("tensorflow"));
  if (!hasOnnxRuntime) {
    return chooseTensorFlow("cpu", "TensorFlow.js runs, since ONNX Runtime is not installed");
  }
  if (!hasNative) {
    const reason =
      "ONNX Runtime runs: tfjs-node is not installed, and TensorFlow.js without it is far slower";
    return chooseOnnxRuntime("cpu", reason);
  }
  const ortSpeed = await measureSpeed(createOrtEngine(), plan);
  const tfjsSpeed = await measureSpeed(createTensorFlowEngine("tensorflow"), plan);
  const speeds = `${Math.round(ortSpeed)} examples/s on ONNX Runtime, ${Math.round(tfjsSpeed)} on tfjs-node`;
  return ortSpeed >= tfjsSpeed
    ? chooseOnnxRuntime("cpu", `ONNX Runtime runs, the faster here: ${speeds}`)
    : chooseTensorFlow("cpu", `tfjs-node runs, the faster here: ${speeds}`);
}

async function isThere(load: () => Promise<unknown>): Promise<boolean> {
  try {
    await load();
    return true;
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}

/** Steps that are timed, and how long they may take in milliseconds; the first step is not counted. */
const mostTimedSteps = 5;
const longestTiming = 1000;

/** Examples a second in training, over a few steps on random data. */
async function measureSpeed(engine: Engine, plan: TrainingPlan): Promise<number> {
  const session = await engine.createTrainingSession(plan);
  try {
    const batch = randomExamples(plan);
    await session.step(batch, 1e-6);
    await session.settle();
    const started = performance.now();
    let steps = 0;
    while (steps < mostTimedSteps && performance.now() - started < longestTiming) {
      await session.step(batch, 1e-6);
      steps += 1;
    }
    await session.settle();
    return (steps * plan.batch) / ((performance.now() - started) / 1000);
  } finally {
    await session.dispose();
  }
}

/** Random numbers for every input, zeros for every target. */
function randomExamples({ model, batch, loss }: TrainingPlan): ExampleBatch {
  const sizesOf = (id: number): readonly number[] => model.layer(id).shape!.map((dim) => dim.value!);
  const count = (sizes: readonly number[]): number => sizes.reduce((product, size) => product * size, batch);
  const random = createRandom(0, "engine timing");
  const data = model.graph.inputs.map((id) => {
    const numbers = new Float32Array(count(sizesOf(id)));
    random.fillUniform(numbers, 0, 1);
    return numbers;
  });
  const targets = model.graph.outputs.map(({ layer }, index) => {
    const sizes = sizesOf(layer);
    return lossOf(loss, index).target === "classes"
      ? new Int32Array(count(sizes.slice(0, -1)))
      : new Float32Array(count(sizes));
  });
  return { data, targets, count: batch };
}
