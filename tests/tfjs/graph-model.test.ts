import { beforeAll, describe, expect, it } from "vitest";
import { openGraphModelFiles } from "../../src/engine/tfjs/export.ts";
import { loadPlainTensorFlow } from "../../src/engine/tfjs/load.ts";
import { createRandom } from "../../src/random/random.ts";
import { exportGraphModel } from "../../src/tfjs/graph-model/graph-model-file.ts";
import type { Tensor, TensorFlow } from "../../src/tfjs/tensorflow.ts";
import { expectNear, outputsOf } from "../interop/importing.ts";
import { numbersOf, shapedModel } from "../parity/compare-engines.ts";
import { randomWeights } from "../parity/random-weights.ts";
import { checkPrograms, telling } from "../parity/check-programs.ts";

let tf: TensorFlow;
beforeAll(async () => {
  tf = await loadPlainTensorFlow();
});

/** Opens a program's graph model with tf.loadGraphModel and expects the float64 reference's outputs, in batches of two sizes. */
async function expectSameOutputs(program: string): Promise<void> {
  const model = shapedModel(program)!;
  const weights = randomWeights(model);
  const { value: files, diagnostics } = exportGraphModel(model, weights, {});
  expect(diagnostics).toEqual([]);
  const loaded = await openGraphModelFiles(tf, files!);
  for (const count of [1, 3]) {
    const data = model.graph.inputs.map((id) => {
      const numbers = new Float32Array(numbersOf(model, id).reduce((product, size) => product * size, count));
      createRandom(3, `data ${id}`).fillUniform(numbers, -1, 1);
      return numbers;
    });
    const results = tf.tidy(() => {
      const tensors = model.graph.inputs.map((id, index) =>
        tf.tensor(data[index]!, [count, ...numbersOf(model, id)]),
      );
      const predicted = loaded.predict(tensors.length === 1 ? tensors[0]! : tensors) as Tensor | Tensor[];
      return [predicted].flat().map((tensor) => ({ shape: tensor.shape, data: tensor.dataSync() }));
    });
    const expected = outputsOf(model, weights, data, count);
    model.graph.outputs.forEach(({ layer }, index) => {
      expect(results[index]!.shape).toEqual([count, ...numbersOf(model, layer)]);
      expectNear(results[index]!.data, expected[index]!, 1e-5);
    });
  }
  loaded.dispose();
}

const check = telling(expectSameOutputs);

// 50 of each and 300 in `npm run verify`.
const counts = {
  each: Number(process.env["CNN_GRAPH_LAYERS"] ?? 1),
  models: Number(process.env["CNN_GRAPH_MODELS"] ?? 8),
};

describe("a graph model gives what the model gives", () => {
  checkPrograms(check, counts);

  it("several inputs and outputs", () =>
    check(`model two
input a 4x4x2
x: conv 3 3x3 gelu
input b 2x2x3
add x
y: linear
flatten
z: dense 2 softmax
output y z
`));
});
