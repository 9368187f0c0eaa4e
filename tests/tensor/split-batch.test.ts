import { describe, expect, it } from "vitest";
import { buildTrainingGraphs } from "../../src/autodiff/training-step.ts";
import { createRandom } from "../../src/random/random.ts";
import { evaluateTensorGraph, type NumericTensor } from "../../src/tensor/reference/evaluate.ts";
import { splitBatch } from "../../src/tensor/split/split-batch.ts";
import type { TensorGraph } from "../../src/tensor/tensor-graph.ts";
import { modelOf } from "./models.ts";

/** Networks whose examples depend on each other. */
const programs: Readonly<Record<string, string>> = {
  residual: `input 6x6x3
conv 4 3x3 same bias=no; bn; relu
add {
  branch { conv 4 3x3 same bias=no; bn; relu; conv 4 3x3 same bias=no; bn }
  branch { }
}
relu
add {
  branch { conv 6 3x3 stride=2 same bias=no; bn; relu; conv 6 3x3 same bias=no; bn }
  branch { conv 6 1x1 stride=2 bias=no; bn }
}
relu
global_pool avg
dense 3 softmax
`,
  depthwise: `input 7x7x2
conv 4 3x3 stride=2 same; bn; relu6
depthwise 3x3 same bias=no; bn; relu6
dropout 0.3
conv 4 1x1; bn center=no scale=no; tanh
pool max 2
flatten
dense 3 softmax
`,
  "up and down": `input 8x8x2
down: conv 3 3x3 same
bn
relu
pool max 2
conv 4 3x3 same; bn; relu
conv_transpose 3 2x2 stride=2
concat down
conv 2 3x3 same; bn
layer_norm
softmax
`,
  series: `input 20x1
conv 5 3 same l2=0.01
bn; relu
pool avg 2
bn
flatten
dense 4 sigmoid; bn
dense 1 sigmoid
`,
};

function stepOf(program: string, batch: number): TensorGraph {
  const isBinary = program.includes("dense 1 ");
  const { value } = buildTrainingGraphs(modelOf(program), {
    loss: { name: isBinary ? "binary_cross_entropy" : "cross_entropy", target: "classes" },
    optimizer: { name: "adam" },
    metrics: ["accuracy"],
    batch,
  });
  return value!.step;
}

function drawInputs(step: TensorGraph): ReadonlyMap<string, NumericTensor> {
  const random = createRandom(1, "split");
  const draw = (name: string, isInteger: boolean): number => {
    if (name.startsWith("target/")) return random.integer(2);
    if (name === "moment/second" || name === "flat/state") return 1;
    return isInteger ? random.integer(1000) : 2 * random.uniform() - 1;
  };
  const values = new Map<string, NumericTensor>();
  for (const node of step.nodes) {
    if (node.op !== "input") continue;
    const shape = node.shape as readonly number[];
    const count = shape.reduce((product, size) => product * size, 1);
    const { name } = node.attributes;
    const data = Float64Array.from({ length: count }, () => draw(name, node.dataType === "int32"));
    values.set(name, { shape, data });
  }
  return values;
}

describe("a step in parts of the batch gives what the whole step gives", () => {
  for (const [name, program] of Object.entries(programs)) {
    for (const parts of [[3, 2], [1, 1, 1, 2], [5]]) {
      it(`${name}, parts of ${parts.join(", ")}`, () => {
        const step = stepOf(program, 5);
        const split = splitBatch(step, parts)!;
        const inputs = drawInputs(step);
        const expected = evaluateTensorGraph(step, inputs);
        const actual = evaluateTensorGraph(split, inputs);
        expect([...actual.keys()]).toEqual([...expected.keys()]);
        for (const [output, { data }] of expected) {
          // Shares of the batch are float32 numbers.
          data.forEach((value, index) => expect(actual.get(output)!.data[index]).toBeCloseTo(value, 5));
        }
      });
    }
  }

  it("no convolution works on the whole batch any more", () => {
    const split = splitBatch(stepOf(programs["residual"]!, 6), [2, 2, 2])!;
    const convolutions = split.nodes.filter(({ op }) => op === "conv" || op === "convInputGradient");
    expect(convolutions.length).toBeGreaterThanOrEqual(3 * 11);
    for (const { shape } of convolutions) expect(shape[0]).toBe(2);
  });
});

it("leaves a step alone that mixes examples otherwise", () => {
  const step = stepOf(programs["series"]!, 4);
  const data = step.nodes.find((node) => node.op === "input" && node.attributes.role === "data")!;
  const nodes: TensorGraph["nodes"] = [
    ...step.nodes,
    {
      id: step.nodes.length,
      op: "transpose",
      inputs: [data.id],
      attributes: { permutation: [1, 0, 2] },
      shape: [20, 4, 1],
      dataType: "float32",
      layer: undefined,
    },
  ];
  expect(splitBatch({ nodes, outputs: step.outputs }, [2, 2])).toBeUndefined();
});
