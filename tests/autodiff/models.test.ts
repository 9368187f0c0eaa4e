import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/random/random.ts";
import { layerKinds } from "../../src/graph/layer-kind.ts";
import type { TrainingGraphs } from "../../src/autodiff/training-graphs.ts";
import type { NumericTensor } from "../../src/tensor/reference/evaluate.ts";
import { modelOf } from "../tensor/models.ts";
import { randomTensor } from "../tensor/random-tensors.ts";
import { run, scalar, trainingGraphs, type Values } from "./sessions.ts";

const batch = 3;

/** Models in which each layer kind stands before or among weights. */
const programs: Readonly<Record<string, string>> = {
  "convolutions of every sort": `input 6x6x2
conv 4 3x3 same groups=2 tanh
conv_transpose 3 3x3 stride=2 same
depthwise 3x3 multiplier=2 dilation=2
pool avg 2
separable 3 2x2 elu
pool max 2
global_pool avg
dense 3 softmax
`,
  "sequences and volumes": `input 2x4x4x1
conv 2 2x2x2 same
pool max 1x2x2
reshape 8x2
conv 3 3 causal
upsample 2
pool min 2 stride=1
flatten
dense 3
`,
  "norms in training": `input 4x4x4
conv 4 1x1
bn
group_norm 2
layer_norm
instance_norm
rms_norm
lrn 3 alpha=0.5
flatten
dense 3 softmax
`,
  "resizing and reshaping": `input 4x5x2
normalize mean=0.5 variance=2
rescale 1/2 offset=1
pad 1x(0,2)
conv 2 2x2 sigmoid
crop 1x1
upsample 2x3 bilinear
pool sum 2
permute 3x1x2
prelu shared=2x3
flatten
dense 4
repeat_vector 3
global_pool max
dense 3
`,
  "noise and dropout": `input 4x4x2
gaussian_noise 0.2
conv 4 2x2 relu
spatial_dropout 0.4
gaussian_dropout 0.3
dropout 0.2
flatten
dense 3 softmax
`,
  "gates and thresholds": `input 5x4x2
conv 6 2x2
glu
glu axis=height
conv 4 1x1
threshold 0.1 value=-0.5
flatten
dense 5 sparsemax
dense 3 softmax
`,
  "radial basis functions of scaled features": `input 4
dense 3 tanh
layer_scale 0.5
rbf 3
rescale -1
softmax
`,
  "attention over an embedding": `input 4
embedding 5 4
attention 2 dropout=0.3
activation: gelu
global_pool avg
dense 3 softmax
`,
  "codes, fixed and learned": `input 3
dense 5 tanh
rbf 4
rescale -1/4
dense 3
rbf 3 learned=yes
rescale -1
softmax
`,
  merges: `input 3x3x2
base: conv 2 1x1
add {
  branch { conv 2 1x1 }
  branch { }
}
multiply { branch { conv 2 1x1 }
  branch { global_pool avg; dense 2 sigmoid } }
maximum { branch { conv 2 1x1 }
  branch { } }
minimum base
average base
subtract base
concat base
flatten
long: dense 6 tanh
dense 6
dot long axes=1
dense 3
`,
};

/** Random inputs of every port of a step. */
function randomValues(graphs: TrainingGraphs, source: string): Record<string, NumericTensor> {
  const random = createRandom(11, source);
  const values: Record<string, NumericTensor> = {
    "flat/weights": randomTensor(random, [graphs.layout.weights.length], -0.7, 0.7),
    "flat/state": randomTensor(random, [graphs.layout.state.length], 0.5, 1.5),
    "flat/frozen": randomTensor(random, [graphs.layout.frozen.length], 0.5, 1.5),
    "scalar/per_example": scalar(1),
    "scalar/learning_rate": scalar(1),
  };
  for (const { name, shape } of graphs.data) {
    const isEmbedded = source.includes("embedding");
    const data = randomTensor(random, shape as number[], isEmbedded ? 0 : -2, isEmbedded ? 4.9 : 2);
    values[name] = isEmbedded ? { ...data, data: data.data.map(Math.floor) } : data;
  }
  for (const { name, shape, dataType } of graphs.targets) {
    const target = randomTensor(random, shape as number[], 0, 3);
    values[name] = dataType === "int32" ? { ...target, data: Int32Array.from(target.data) } : target;
  }
  for (const { name, meaning } of graphs.scalars) {
    if (meaning === "randomOffset") values[name] = { shape: [], data: Int32Array.of(random.integer(1000)) };
  }
  return values;
}

/** The loss after one weight has moved. */
function lossAt(graphs: TrainingGraphs, values: Values, index: number, move: number): number {
  const weights = values["flat/weights"]!;
  const data = Float64Array.from(weights.data);
  data[index]! += move;
  const moved = { ...values, "flat/weights": { ...weights, data } };
  const step = {
    nodes: graphs.step.nodes,
    outputs: graphs.step.outputs.filter(({ name }) => name === "result/loss"),
  };
  return run(step, moved)["result/loss"]!.data[0]!;
}

describe("gradients of models against finite differences", () => {
  it.each(Object.entries(programs))("%s", (_, source) => {
    const graphs = trainingGraphs(source, { batch });
    const values = randomValues(graphs, source);
    const before = values["flat/weights"]!.data;
    const after = run(graphs.step, values)["result/weights"]!.data;
    for (const { key, offset, length } of graphs.layout.weights.slots) {
      for (const index of new Set([0, length >> 1, length - 1])) {
        const at = offset + index;
        const slope = (lossAt(graphs, values, at, 1e-5) - lossAt(graphs, values, at, -1e-5)) / 2e-5;
        const gradient = before[at]! - after[at]!;
        expect(Math.abs(gradient - slope), `${key}[${index}]`).toBeLessThan(
          1e-5 * Math.max(1, Math.abs(slope)),
        );
      }
    }
  });

  it("covers every layer kind", () => {
    const kinds = new Set(
      Object.values(programs).flatMap((source) => modelOf(source).layers.map(({ node }) => node.kind)),
    );
    expect(layerKinds.filter((kind) => !kinds.has(kind))).toEqual([]);
  });
});

describe("models with several inputs, outputs and uses of one weight", () => {
  const siamese = `shared encoder { dense 2 tanh }
input left 3
a: encoder
input right 3
b: encoder
from a
subtract b
same_class: dense 1 sigmoid
output same_class
`;

  it("trains a shared weight by all of its uses", () => {
    const graphs = trainingGraphs(siamese, {
      batch,
      loss: { name: "binary_cross_entropy", target: "values" },
    });
    expect(graphs.layout.weights.slots.map(({ length }) => length)).toEqual([6, 2, 2, 1]);
    expect(graphs.data.map(({ name }) => name)).toEqual(["left", "right"]);
    const values = randomValues(graphs, siamese);
    const after = run(graphs.step, values)["result/weights"]!.data;
    for (let index = 0; index < after.length; index++) {
      const slope = (lossAt(graphs, values, index, 1e-5) - lossAt(graphs, values, index, -1e-5)) / 2e-5;
      expect(values["flat/weights"]!.data[index]! - after[index]!).toBeCloseTo(slope, 6);
    }
  });

  it("moves shared running statistics once for each use, one after another", () => {
    const source = `shared encoder { bn momentum=0.5 }
input left 1
a: encoder
input right 1
b: encoder
add a
dense 1
`;
    const graphs = trainingGraphs(source, { batch: 2, loss: { name: "mse", target: "values" }, metrics: [] });
    const vector = (...data: number[]) => ({ shape: [2, 1], data: Float64Array.from(data) });
    const results = run(graphs.step, {
      ...randomValues(graphs, source),
      left: vector(1, 3),
      right: vector(10, 20),
      "flat/state": { shape: [2], data: Float64Array.of(4, 0) },
    });
    const mean = 0.5 * (0.5 * 4 + 0.5 * 2) + 0.5 * 15;
    const variance = 0.5 * (0.5 * 0 + 0.5 * 1) + 0.5 * 25;
    expect([...results["result/state"]!.data]).toEqual([mean, variance]);
  });

  it("adds up the losses of several outputs", () => {
    const source = "input 2\na: dense 1 bias=no\nb: dense 1 bias=no\noutput a b\n";
    const graphs = trainingGraphs(source, { batch: 1, loss: { name: "mse", target: "values" } });
    const results = run(graphs.step, {
      input_layer: { shape: [1, 2], data: Float64Array.of(1, 2) },
      "target/a": { shape: [1, 1], data: Float64Array.of(0) },
      "target/b": { shape: [1, 1], data: Float64Array.of(1) },
      // a = 1·3 + 2·(-1) = 1, b = 4a = 4
      "flat/weights": { shape: [3], data: Float64Array.of(3, -1, 4) },
      "scalar/per_example": scalar(1),
      "scalar/learning_rate": scalar(1),
    });
    expect(results["result/loss"]!.data[0]).toBe(1 + 9);
    // da = 2·1 + 2·3·4 = 26, to the first kernel times the input; d(b's kernel) = 2·3·1
    expect([...results["result/weights"]!.data]).toEqual([3 - 26, -1 - 52, 4 - 6]);
    expect(Object.keys(results)).toContain("result/metric/accuracy/a");
  });
});
