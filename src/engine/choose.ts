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
  return engine === "auto" ? chooseFaster(plan, device) : chooseOnnxRuntime(device);
}

/**
 * Refuses mixed precision where it cannot be had, before anything begins.
 *
 * @throws InputError that says what has it
 */
export function checkPrecision(
  { engine, device }: { readonly engine: EngineName; readonly device: Device },
  { precision }: Pick<TrainingPlan, "precision">,
): void {
  if (precision !== "float16" || (device === "webgpu" && engine !== "tfjs")) return;
  const reason =
    engine === "tfjs"
      ? "TensorFlow.js computes in float32 alone"
      : "on the processor ONNX Runtime would only cast to float32 and back, and be slower";
  throw new InputError(`\`precision float16\` needs a GPU and ONNX Runtime: ${reason}`, {
    help: "train with --device webgpu (and --engine ort), or in float32: --precision float32",
  });
}

function chooseOnnxRuntime(device: Device, ...notes: readonly string[]): ChosenEngine {
  return { name: "ort", engine: createOrtEngine(device), notes };
}

function chooseTensorFlow(device: Device, ...notes: readonly string[]): ChosenEngine {
  const backend = device === "webgpu" ? "webgpu" : undefined;
  return { name: "tfjs", engine: createTensorFlowEngine(backend), notes };
}

/** What of TensorFlow.js is timed on a device, and what messages call it. */
const rivals = {
  cpu: { backend: "tensorflow", title: "tfjs-node", without: "TensorFlow.js without it is far slower" },
  webgpu: {
    backend: "webgpu",
    title: "the package webgpu",
    without: "TensorFlow.js reaches no GPU without it",
  },
} as const satisfies Readonly<Record<Device, object>>;

/** Where both are installed, some steps are timed on each: which is faster depends on the model and on the machine. */
async function chooseFaster(plan: TrainingPlan, device: Device): Promise<ChosenEngine> {
  const { backend, title, without } = rivals[device];
  if (!(await isThere(importOnnxRuntime))) {
    return chooseTensorFlow(device, "TensorFlow.js runs, since ONNX Runtime is not installed");
  }
  if (!(await isThere(() => loadTensorFlow(backend)))) {
    return chooseOnnxRuntime(device, `ONNX Runtime runs: ${title} is not installed, and ${without}`);
  }
  const ortSpeed = await measureSpeed(createOrtEngine(device), plan);
  const tfjsSpeed = await measureIfAble(createTensorFlowEngine(backend), plan);
  if (tfjsSpeed === undefined) {
    return chooseOnnxRuntime(device, "ONNX Runtime runs: TensorFlow.js cannot train this model");
  }
  const named = device === "cpu" ? title : "TensorFlow.js";
  const speeds = `${Math.round(ortSpeed)} examples/s on ONNX Runtime, ${Math.round(tfjsSpeed)} on ${named}`;
  return ortSpeed >= tfjsSpeed
    ? chooseOnnxRuntime(device, `ONNX Runtime runs, the faster here: ${speeds}`)
    : chooseTensorFlow(device, `${named} runs, the faster here: ${speeds}`);
}

/** @returns undefined where the engine refuses the model */
async function measureIfAble(engine: Engine, plan: TrainingPlan): Promise<number | undefined> {
  try {
    return await measureSpeed(engine, plan);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
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
