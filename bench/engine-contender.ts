// Trains the bench's network on this project's engine; see training.mjs for what it is asked and answers.
import { createInterface } from "node:readline";
import { compile } from "../src/compile.ts";
import type { TrainingSession } from "../src/engine/engine.ts";
import { createOrtEngine } from "../src/engine/ort.ts";
import { createTensorFlowEngine } from "../src/engine/tfjs.ts";
import { createRandom } from "../src/random/random.ts";
import { SourceFile } from "../src/source/source-file.ts";
import { initializeWeights } from "../src/weights/initialize.ts";

const network = `
input 28x28x1
conv 32 3x3 relu; pool max 2
conv 64 3x3 relu; pool max 2
conv 64 3x3 relu
flatten
dense 64 relu
dense 10 softmax
`;

const imageCount = 8192;
const numbersPerImage = 28 * 28;

interface Question {
  readonly batch: number;
  readonly steps: number;
}

async function main(): Promise<void> {
  const threads = Number(process.argv[2]);
  const isTensorFlow = process.argv[3] === "tfjs";
  const engine = isTensorFlow ? createTensorFlowEngine("tensorflow") : createOrtEngine();
  const random = createRandom(0, "bench");
  const images = new Float32Array(imageCount * numbersPerImage);
  random.fillUniform(images, 0, 1);
  const labels = Int32Array.from({ length: imageCount }, () => random.integer(10));
  const { model } = compile(new SourceFile("bench.cnn", network));
  const sessions = new Map<number, TrainingSession>();
  answer({ ready: `cnn-lang on ${isTensorFlow ? "tfjs-node" : "ONNX Runtime"}` });
  for await (const line of createInterface({ input: process.stdin })) {
    const { batch, steps } = JSON.parse(line) as Question;
    let session = sessions.get(batch);
    if (session === undefined) {
      session = await engine.createTrainingSession({
        model,
        loss: { name: "cross_entropy", target: "classes" },
        optimizer: { name: "adam" },
        batch,
        seed: 0,
        weights: initializeWeights(model, 0),
        threads,
      });
      sessions.set(batch, session);
    }
    const started = performance.now();
    const starts = Math.floor(imageCount / batch);
    for (let index = 0; index < steps; index++) {
      const at = (index % starts) * batch;
      await session.step(
        {
          data: images.subarray(at * numbersPerImage, (at + batch) * numbersPerImage),
          targets: labels.subarray(at, at + batch),
          count: batch,
        },
        0.001,
      );
    }
    const seconds = (performance.now() - started) / 1000;
    answer({ seconds, peakMegabytes: process.resourceUsage().maxRSS / 1024 });
  }
}

function answer(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

await main();
