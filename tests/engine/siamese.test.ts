import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import type { ExampleBatch } from "../../src/engine/engine.ts";
import { createOrtEngine } from "../../src/engine/ort.ts";
import { createRandom } from "../../src/random/random.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { initializeWeights } from "../../src/weights/initialize.ts";

const text = readFileSync(new URL("../../examples/siamese.cnn", import.meta.url), "utf8");
const size = 28 * 28;

/** Pairs of images of two classes, bright above or below the middle, and whether both are of one class. */
function pairs(index: number, count: number): ExampleBatch {
  const random = createRandom(index, "pairs");
  const data = [new Float32Array(count * size), new Float32Array(count * size)] as const;
  const targets = new Float32Array(count);
  for (let pair = 0; pair < count; pair++) {
    const classes = [random.integer(2), random.integer(2)] as const;
    targets[pair] = classes[0] === classes[1] ? 1 : 0;
    data.forEach((images, side) => {
      for (let at = 0; at < size; at++) {
        const isBright = at < size / 2 === (classes[side] === 0);
        images[pair * size + at] = 0.3 * random.uniform() + (isBright ? 0.7 : 0);
      }
    });
  }
  return { data, targets, count };
}

/** The loss of an example before and after some steps, and the share of right answers then. */
async function train(program: string): Promise<{ before: number; after: number; accuracy: number }> {
  const { model } = compile(new SourceFile("siamese.cnn", program));
  const session = await createOrtEngine().createTrainingSession({
    model,
    loss: { name: "binary_cross_entropy", target: "values" },
    optimizer: { name: "adam" },
    batch: 32,
    seed: 0,
    threads: 2,
    weights: initializeWeights(model, 0),
  });
  const held = pairs(1000, 64);
  const before = (await session.evaluate(held)).lossSum / 64;
  for (let step = 0; step < 40; step++) await session.step(pairs(step, 32), 0.001);
  const { correct, lossSum } = await session.evaluate(held);
  await session.dispose();
  return { before, after: lossSum / 64, accuracy: correct / 64 };
}

test("the siamese example learns whether two images are of one class, over two lanes", async () => {
  const { before, after, accuracy } = await train(text);
  expect(after).toBeLessThan(0.7 * before);
  expect(accuracy).toBeGreaterThan(0.9);
});
