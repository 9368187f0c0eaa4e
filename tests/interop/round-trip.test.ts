import { beforeAll, describe, expect, it } from "vitest";
import { loadPlainTensorFlow } from "../../src/engine/tfjs/load.ts";
import { importKerasModel } from "../../src/interop/import-model.ts";
import { parseModelJson } from "../../src/interop/tfjs/model-json.ts";
import { readGroupWeights } from "../../src/interop/tfjs/read-weights.ts";
import { createRandom } from "../../src/random/random.ts";
import { exportLayersModel } from "../../src/tfjs/layers-model-file.ts";
import type { TensorFlow } from "../../src/tfjs/tensorflow.ts";
import { numbersOf, shapedModel } from "../parity/compare-engines.ts";
import { randomWeights } from "../parity/random-weights.ts";
import { checkPrograms, telling } from "../parity/check-programs.ts";
import { expectNear, outputsOf } from "./importing.ts";

let tf: TensorFlow;
beforeAll(async () => {
  tf = await loadPlainTensorFlow();
});

/** Exports a program, imports it, and expects the same network: as many weights of each size, and the same outputs. */
async function expectRoundTrip(program: string): Promise<void> {
  const model = shapedModel(program)!;
  const weights = randomWeights(model);
  const { value: files, diagnostics } = await exportLayersModel(tf, model, weights, {});
  expect(diagnostics).toEqual([]);
  const { topology, manifest } = parseModelJson(files!.json, "model.json");
  const tensors = readGroupWeights(manifest![0]!, files!.weights, "model.json");
  const source = { topology, weights: { kind: "named", tensors } } as const;
  const { value, problems } = importKerasModel(source, { name: "model.json", text: files!.json });
  expect(problems).toEqual([]);
  expect(value!.notes).toEqual([]);
  expect(value!.weights!.size).toBe(weights.size);
  expect(value!.model.totals.parameters.value).toBe(model.totals.parameters.value);
  const data = model.graph.inputs.map((id) => {
    const numbers = new Float32Array(2 * numbersOf(model, id).reduce((product, size) => product * size, 1));
    createRandom(3, `data ${id}`).fillUniform(numbers, -1, 1);
    return numbers;
  });
  const expected = outputsOf(model, weights, data, 2);
  outputsOf(value!.model, value!.weights!, data, 2).forEach((actual, index) => {
    expectNear(actual, expected[index]!, 1e-6);
  });
}

const check = telling(expectRoundTrip);

// 50 of each and 1,000 in `npm run verify`.
const counts = {
  each: Number(process.env["CNN_IMPORT_LAYERS"] ?? 1),
  models: Number(process.env["CNN_IMPORT_MODELS"] ?? 8),
};

describe("import(export(model)) is the model", () => {
  checkPrograms(check, counts);

  it.each([
    [
      "branches, labels and an activation in between",
      `input 8x8x3
stem: conv 4 3x3 same gelu
left: conv 4 1x1 leaky_relu
from stem
most: maximum { branch { conv 4 3x3 same }; branch { pool avg 3x3 stride=1 same }; branch { } }
concat left stem
conv 2 1x1 softplus
add { branch { }; branch { dense 2 } }
last: linear
output left last
`,
    ],
    [
      "shared weights and several inputs and outputs",
      `model twins
shared encoder { conv 4 3x3 gelu; bn; flatten; dense 3 }
input a 6x6x1
x: encoder
input b 6x6x1
y: encoder
subtract x
apart: dense 1 sigmoid
output apart x
`,
    ],
    ["frozen layers", "input 6x6x1\na: conv 4 3x3 trainable=no\nbn\nflatten\ndense 2 softmax\n"],
  ])("%s", (_, program) => check(program));
});
