// Trains one of the bench's networks on this project's engine; see training.mjs for what it is asked and answers.
import { createInterface } from "node:readline";
import type { Device, TrainingSession } from "../src/engine/engine.ts";
import { createOrtEngine } from "../src/engine/ort.ts";
import { createTensorFlowEngine } from "../src/engine/tfjs/engine.ts";
import { createRandom } from "../src/random/random.ts";
import { initializeWeights } from "../src/weights/initialize.ts";
import { compileNetwork, type NetworkSource } from "./compile-network.ts";

/** What the bench says of the run. */
interface Options extends NetworkSource {
  readonly device: Device;
  readonly threads: number;
  readonly examples: number;
}

interface Question {
  readonly batch: number;
  readonly steps: number;
}

async function main(): Promise<void> {
  const options = JSON.parse(process.argv[2]!) as Options;
  const { device, threads, shape, classes, examples } = options;
  const cells = shape.reduce((product, size) => product * size, 1);
  const labelled = options.perPixel === true ? cells / shape.at(-1)! : 1;
  const random = createRandom(0, "bench");
  const images = new Float32Array(examples * cells);
  random.fillUniform(images, 0, 1);
  const labels = Int32Array.from({ length: examples * labelled }, () => random.integer(classes));
  const model = compileNetwork(options);
  const isTensorFlow = process.argv[3] === "tfjs";
  const engine = isTensorFlow ? createTensorFlowEngine("tensorflow") : createOrtEngine(device);
  const sessions = new Map<number, TrainingSession>();
  answer({
    ready: `cnn-lang on ${isTensorFlow ? "tfjs-node" : "ONNX Runtime"}${device === "cpu" ? "" : `, ${device}`}`,
    parameters: model.totals.parameters.value,
  });
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
    const before = process.cpuUsage();
    const starts = Math.floor(examples / batch);
    for (let index = 0; index < steps; index++) {
      const at = (index % starts) * batch;
      const data = images.subarray(at * cells, (at + batch) * cells);
      const targets = labels.subarray(at * labelled, (at + batch) * labelled);
      await session.step({ data, targets, count: batch }, 0.001);
    }
    // On a GPU the steps may still run.
    await session.settle();
    const seconds = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(before);
    const peakMegabytes = process.resourceUsage().maxRSS / 1024;
    answer({ seconds, processorSeconds: (user + system) / 1e6, peakMegabytes });
  }
}

function answer(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

await main();
