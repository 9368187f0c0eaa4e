import { describe, expect, test } from "vitest";
import type { ShapedGraph } from "../../src/analyze/shaped-graph.ts";
import { createOrtEngine } from "../../src/engine/ort.ts";
import { createRandom } from "../../src/random/random.ts";
import { initializeWeights } from "../../src/weights/initialize.ts";
import { candidates, compileSmall, inputsOf, isFull, namesInPortion } from "./library-models.ts";

const count = 2;
/** Values from 0 to 1 out of a sigmoid or softmax: a larger step throws it where its slope is nearly 0. */
const rates = { classes: 1e-3, values: 1e-4 };

interface FixedBatch {
  readonly isClassifier: boolean;
  readonly data: readonly Float32Array[];
  readonly targets: readonly (Float32Array | Int32Array)[];
}

/** A classifier takes class numbers, anything else the values that it shall give. */
function batchOf(model: ShapedGraph): FixedBatch {
  const inputs = inputsOf(model, count);
  const random = createRandom(5, "targets");
  const outputs = model.graph.outputs.map(({ layer }) => model.layer(layer).shape!);
  const isClassifier = outputs.every((shape) => shape.length === 1 && shape[0]!.value! > 1);
  const targets = outputs.map((shape) => {
    if (isClassifier) return Int32Array.from({ length: count }, () => random.integer(shape[0]!.value!));
    const values = new Float32Array(count * shape.reduce((product, dim) => product * dim.value!, 1));
    random.fillUniform(values, 0, 1);
    return values;
  });
  return { isClassifier, data: model.graph.inputs.map((id) => inputs[model.layer(id).node.name]!), targets };
}

describe("every model of less than 30 million parameters learns a fixed batch", () => {
  const quick = candidates.filter(
    ({ weights, products }) => weights < 30e6 && (isFull || (weights < 4e5 && products < 6e7)),
  );
  test.each(namesInPortion(quick))("%s", async (name) => {
    const model = compileSmall(name);
    const { isClassifier, data, targets } = batchOf(model);
    const session = await createOrtEngine().createTrainingSession({
      model,
      loss: isClassifier ? { name: "cross_entropy", target: "classes" } : { name: "mse", target: "values" },
      optimizer: { name: "adam" },
      batch: count,
      seed: 1,
      weights: initializeWeights(model, 0),
      threads: 1,
    });
    const losses: number[] = [];
    // The loss of a step is that before its change; dropout moves it, so the last of a few steps counts.
    for (let step = 0; step < 5; step++) {
      const result = await session.step(
        { data, targets, count },
        isClassifier ? rates.classes : rates.values,
      );
      losses.push((result ?? (await session.settle())).lossSum / count);
    }
    await session.dispose();
    if (isFull) console.log(name, losses.map((loss) => loss.toPrecision(5)).join(" "));
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(losses.at(-1)!).toBeLessThan(losses[0]!);
  });
});
