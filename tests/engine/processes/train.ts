// A process that trains a network and says one thing of it as JSON: what reliability.test.ts asks. Bundled there.
import { createHash } from "node:crypto";
import { compile } from "../../../src/compile.ts";
import type { ExampleBatch, TrainingSession } from "../../../src/engine/engine.ts";
import { predictEvaluation, predictMemory } from "../../../src/engine/memory/predict.ts";
import { createOrtEngine } from "../../../src/engine/ort.ts";
import { readImport } from "../../../src/files/imports.ts";
import { createRandom } from "../../../src/random/random.ts";
import { SourceFile } from "../../../src/source/source-file.ts";
import { initializeWeights } from "../../../src/weights/initialize.ts";

/** What the process is asked. */
export interface Question {
  readonly ask:
    "memory" | "memory with evaluation" | "hash" | "hash of a resumed run" | "growth" | "uncollected";
  readonly text: string;
  readonly batch: number;
  readonly threads: number;
  readonly seed: number;
  readonly steps: number;
  /** Batches a step. */
  readonly accumulate: number;
}

const question = JSON.parse(process.argv[2]!) as Question;
const { batch, threads, seed, steps, accumulate } = question;
const { model, diagnostics } = compile(new SourceFile("m.cnn", question.text), { readImport });
const mistake = diagnostics.find(({ severity }) => severity === "error");
if (mistake !== undefined) throw new Error(mistake.message);
const plan = {
  model,
  loss: { name: "cross_entropy", target: "classes" } as const,
  optimizer: { name: "adam" } as const,
  batch,
  seed,
  threads,
  accumulate,
};

function batchOf(index: number): ExampleBatch {
  const random = createRandom(index, "batch");
  const count = batch * accumulate;
  const size = model
    .layer(model.graph.inputs[0]!)
    .shape!.reduce((product, dim) => product * dim.value!, count);
  const data = new Float32Array(size);
  random.fillUniform(data, 0, 1);
  const classes = model.layer(model.graph.outputs[0]!.layer).shape!.at(-1)!.value!;
  return { data, targets: Int32Array.from({ length: count }, () => random.integer(classes)), count };
}

const open = (): Promise<TrainingSession> =>
  createOrtEngine().createTrainingSession({ ...plan, weights: initializeWeights(model, seed) });

async function memory(evaluates: boolean): Promise<unknown> {
  const predictedEvaluation = evaluates ? predictEvaluation(plan, threads) : 0;
  const predicted = process.memoryUsage().rss + predictMemory(plan, threads) + predictedEvaluation;
  const session = await open();
  const examples = batchOf(0);
  for (let step = 0; step < steps; step++) await session.step(examples, 0.001);
  // The second time values lie as ONNX Runtime has planned meanwhile, and so they stay.
  for (let time = 0; evaluates && time < 2; time++) await session.evaluate(examples);
  await session.dispose();
  return { predicted, measured: 1024 * process.resourceUsage().maxRSS };
}

async function hash(isResumed: boolean): Promise<unknown> {
  let session = await open();
  for (let step = 0; step < steps; step++) {
    if (isResumed && step === Math.floor(steps / 2)) {
      const [weights, state] = [await session.weights(), await session.optimizerState()];
      await session.dispose();
      session = await createOrtEngine().createTrainingSession({
        ...plan,
        weights: initializeWeights(model, seed + 1),
      });
      await session.restore(weights, state);
    }
    await session.step(batchOf(step), 0.01);
  }
  const digest = createHash("sha256");
  for (const [key, { data }] of await session.weights()) {
    digest.update(key);
    digest.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  await session.dispose();
  return digest.digest("hex");
}

/** Memory after half of the steps and after all. */
async function growth(): Promise<unknown> {
  const session = await open();
  const examples = batchOf(0);
  const measured: { rss: number; heap: number }[] = [];
  for (let step = 1; step <= steps; step++) {
    await session.step(examples, 0.0001);
    if (step !== steps / 2 && step !== steps) continue;
    globalThis.gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    measured.push({ rss, heap: heapUsed + external });
  }
  await session.dispose();
  return measured;
}

/** The most bytes of buffers, beyond those of the first steps, that wait to be collected. */
async function uncollected(): Promise<unknown> {
  const session = await open();
  const examples = batchOf(0);
  let [first, most] = [0, 0];
  for (let step = 1; step <= steps; step++) {
    await session.step(examples, 0.0001);
    const { arrayBuffers } = process.memoryUsage();
    if (step === 3) first = arrayBuffers;
    most = Math.max(most, arrayBuffers);
  }
  await session.dispose();
  return most - first;
}

const answers = {
  memory: () => memory(false),
  "memory with evaluation": () => memory(true),
  hash: () => hash(false),
  "hash of a resumed run": () => hash(true),
  growth,
  uncollected,
} satisfies Record<Question["ask"], () => Promise<unknown>>;

process.stdout.write(JSON.stringify(await answers[question.ask]()));
