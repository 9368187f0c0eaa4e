// Trains one of the bench's networks on this project's engine; see training.mjs for what it is asked and answers.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { compile } from "../src/compile.ts";
import type { TrainingSession } from "../src/engine/engine.ts";
import { createOrtEngine } from "../src/engine/ort.ts";
import { readImport } from "../src/files/imports.ts";
import { createRandom } from "../src/random/random.ts";
import { SourceFile } from "../src/source/source-file.ts";
import { initializeWeights } from "../src/weights/initialize.ts";

/** What the bench says of the run. */
interface Options {
  readonly threads: number;
  readonly file: string;
  readonly model?: string;
  readonly inputs?: readonly string[];
  readonly parameters?: readonly string[];
  readonly shape: readonly number[];
  readonly classes: number;
  readonly perPixel: boolean;
  readonly examples: number;
}

interface Question {
  readonly batch: number;
  readonly steps: number;
}

async function main(): Promise<void> {
  const options = JSON.parse(process.argv[2]!) as Options;
  const { threads, file, inputs, parameters, shape, classes, perPixel, examples } = options;
  const cells = shape.reduce((product, size) => product * size, 1);
  const labelled = perPixel ? cells / shape.at(-1)! : 1;
  const random = createRandom(0, "bench");
  const images = new Float32Array(examples * cells);
  random.fillUniform(images, 0, 1);
  const labels = Int32Array.from({ length: examples * labelled }, () => random.integer(classes));
  const { model, diagnostics } = compile(new SourceFile(file, readFileSync(file, "utf8")), {
    inputs,
    parameters,
    modelName: options.model,
    readImport,
  });
  const mistake = diagnostics.find(({ severity }) => severity === "error");
  if (mistake !== undefined) throw new Error(`${file}: ${mistake.message}`);
  const sessions = new Map<number, TrainingSession>();
  answer({ ready: "cnn-lang on ONNX Runtime", parameters: model.totals.parameters.value });
  for await (const line of createInterface({ input: process.stdin })) {
    const { batch, steps } = JSON.parse(line) as Question;
    let session = sessions.get(batch);
    if (session === undefined) {
      session = await createOrtEngine().createTrainingSession({
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
    const starts = Math.floor(examples / batch);
    for (let index = 0; index < steps; index++) {
      const at = (index % starts) * batch;
      const data = images.subarray(at * cells, (at + batch) * cells);
      const targets = labels.subarray(at * labelled, (at + batch) * labelled);
      await session.step({ data, targets, count: batch }, 0.001);
    }
    const seconds = (performance.now() - started) / 1000;
    answer({ seconds, peakMegabytes: process.resourceUsage().maxRSS / 1024 });
  }
}

function answer(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

await main();
