import { describe, expect, it } from "vitest";
import { buildTrainingGraphs } from "../../src/autodiff/training-step.ts";
import { createRandom } from "../../src/random/random.ts";
import { randomTable } from "../../src/tensor/random-table.ts";
import type { NumericTensor } from "../../src/tensor/reference/evaluate.ts";
import { modelOf } from "../tensor/models.ts";
import { largestDifference, randomTensor } from "../tensor/random-tensors.ts";
import { flatInputs, flatten, run, scalar, trainingGraphs, unflatten, type Values } from "./sessions.ts";
import { cases, type CaseTensor, numbers } from "./training-cases.ts";

/** Weights of a model with running statistics at their start. */
function allWeights(source: string, given: Readonly<Record<string, CaseTensor>>): Values {
  const weights: Record<string, NumericTensor> = {};
  for (const { node, weights: specs } of modelOf(source).layers) {
    for (const { name, shape } of specs) {
      const size = shape.map((dim) => dim.value!);
      const data = new Float64Array(size.reduce((product, dim) => product * dim, 1));
      weights[`${node.name}/${name}`] = { shape: size, data: data.fill(name === "moving_variance" ? 1 : 0) };
    }
  }
  for (const [key, value] of Object.entries(given)) weights[key] = numbers(value);
  return weights;
}

describe("the training step against PyTorch", () => {
  it.each(
    cases.models.map(
      (each) => [`${each.loss.name}, ${each.source.trim().split("\n").join("; ")}`, each] as const,
    ),
  )("%s", (_, given) => {
    const batch = given.input.shape[0]!;
    const graphs = trainingGraphs(given.source, { loss: given.loss, batch });
    const weights = allWeights(given.source, given.weights);
    const results = run(graphs.step, {
      [graphs.data[0]!.name]: numbers(given.input),
      [graphs.targets[0]!.name]: numbers(given.target),
      ...flatInputs(graphs, weights),
      "scalar/per_example": scalar(1 / batch),
      "scalar/learning_rate": scalar(1),
    });
    expect(results["result/loss"]!.data[0]).toBeCloseTo(given.lossSum, 6);
    expect(results["result/metric/accuracy"]!.data[0]).toBeCloseTo(given.accuracySum, 10);
    // With plain gradient descent and a rate of 1 the weights move by the gradient.
    const before = unflatten(graphs.layout.weights, flatten(graphs.layout.weights, weights));
    const after = unflatten(graphs.layout.weights, results["result/weights"]!);
    expect(Object.keys(after).sort()).toEqual(Object.keys(given.gradients).sort());
    for (const [key, expected] of Object.entries(given.gradients)) {
      const gradient = before[key]!.map((value, index) => value - after[key]![index]!);
      expect(largestDifference(gradient, expected.data), key).toBeLessThan(1e-6);
    }
  });
});

describe("batch norm in training against Keras", () => {
  it("normalises by the batch and moves the running statistics", () => {
    const { source, steps } = cases.batchNorm;
    const graphs = trainingGraphs(source, { loss: { name: "mse", target: "values" }, batch: 4 });
    const weights = allWeights(source, cases.batchNorm.weights);
    for (const { input, result, moving_mean, moving_variance } of steps) {
      const results = run(graphs.step, {
        [graphs.data[0]!.name]: numbers(input),
        // The loss is 0 where the layer gives what Keras' does.
        "target/layer": numbers(result),
        ...flatInputs(graphs, weights),
        "scalar/per_example": scalar(1),
        "scalar/learning_rate": scalar(0),
      });
      expect(results["result/loss"]!.data[0]).toBeLessThan(1e-12);
      const state = unflatten(graphs.layout.state, results["result/state"]!);
      expect(largestDifference(state["layer/moving_mean"]!, moving_mean.data)).toBeLessThan(1e-6);
      expect(largestDifference(state["layer/moving_variance"]!, moving_variance.data)).toBeLessThan(1e-6);
      for (const [key, data] of Object.entries(state)) {
        weights[key]!.data.set(data);
      }
    }
  });
});

const cnn =
  "input 6x6x2\na: conv 3 3x3 relu\npool max 2\ndropout 0.5\nflatten\nb: dense 3 softmax l2=0.01 l1=0.02\n";

function randomInputs(source: string, batch: number): Values {
  const random = createRandom(7, source);
  const model = modelOf(source);
  const weights: Record<string, NumericTensor> = {};
  for (const { node, weights: specs } of model.layers) {
    for (const { name, shape } of specs) {
      weights[`${node.name}/${name}`] = randomTensor(
        random,
        shape.map((dim) => dim.value!),
        0.1,
        0.9,
      );
    }
  }
  const input = model.layer(model.graph.inputs[0]!);
  return {
    ...weights,
    [input.node.name]: randomTensor(random, [batch, ...input.shape!.map((dim) => dim.value!)]),
    labels: { shape: [batch], data: Int32Array.from({ length: batch }, () => random.integer(3)) },
  };
}

describe("chunks", () => {
  it("accumulate and update do what one step does", () => {
    const source = cnn.replace("dropout 0.5\n", "");
    const graphs = trainingGraphs(source, { batch: 6, chunk: 2, optimizer: { name: "adam" } });
    const inputs = randomInputs(source, 6);
    const length = graphs.layout.weights.length;
    const moments = Object.fromEntries(
      graphs.optimizer.moments.map(({ port }) => [
        port.name,
        { shape: [length], data: new Float64Array(length) },
      ]),
    );
    const factors = Object.fromEntries(
      Object.entries(graphs.optimizer.factors(1, 0.01)).map(([name, value]) => [name, scalar(value)]),
    );
    const common: Values = {
      ...flatInputs(graphs, inputs),
      ...moments,
      ...factors,
      "scalar/per_example": scalar(1 / 6),
    };
    const data = inputs["input_layer"]!;
    const whole = run(graphs.step, { ...common, input_layer: data, "target/b": inputs["labels"]! });
    let gradient: NumericTensor = { shape: [length], data: new Float64Array(length) };
    let [loss, accuracy] = [0, 0];
    for (let first = 0; first < 6; first += 2) {
      const part = (tensor: NumericTensor): NumericTensor => {
        const each = tensor.data.length / 6;
        return {
          shape: [2, ...tensor.shape.slice(1)],
          data: tensor.data.slice(first * each, (first + 2) * each),
        };
      };
      const results = run(graphs.accumulate!, {
        ...common,
        input_layer: part(data),
        "target/b": part(inputs["labels"]!),
        "flat/gradient": gradient,
      });
      gradient = results["result/gradient"]!;
      loss += results["result/loss"]!.data[0]!;
      accuracy += results["result/metric/accuracy"]!.data[0]!;
    }
    const updated = run(graphs.update, { ...common, "flat/gradient": gradient });
    expect(loss).toBeCloseTo(whole["result/loss"]!.data[0]!, 10);
    expect(accuracy).toBeCloseTo(whole["result/metric/accuracy"]!.data[0]!, 10);
    for (const name of ["result/weights", "result/moment/first", "result/moment/second", "result/penalty"]) {
      expect(largestDifference(updated[name]!.data, whole[name]!.data), name).toBeLessThan(1e-12);
    }
  });

  it("are not possible with batch norm in training form, and are with frozen batch norm", () => {
    const source = "input 4\na: dense 3\nbn\ndense 3 softmax\n";
    const whole = trainingGraphs(source, { batch: 4, chunk: 2 });
    expect(whole.accumulate).toBeUndefined();
    expect(whole.wholeBatchReason).toBe(
      'batch norm "batch_normalization" needs the statistics of the whole batch',
    );
    const cut = trainingGraphs(source.replace("bn", "bn trainable=no"), { batch: 4, chunk: 2 });
    expect(cut.accumulate).toBeDefined();
    expect(cut.wholeBatchReason).toBeUndefined();
    expect(trainingGraphs(source, { batch: 4, chunk: 4 }).wholeBatchReason).toBeUndefined();
  });
});

describe("the ports of training", () => {
  it("are the inputs of the graphs, and nothing else", () => {
    const graphs = trainingGraphs(cnn, { optimizer: { name: "adam" } });
    const inputs = graphs.step.nodes.flatMap((node) => (node.op === "input" ? [node.attributes.name] : []));
    const ports = [
      ...graphs.data,
      ...graphs.targets,
      ...graphs.scalars,
      ...graphs.optimizer.moments.map(({ port }) => port),
    ];
    expect([...ports.map(({ name }) => name), "flat/weights"].sort()).toEqual(inputs.sort());
    for (const node of graphs.step.nodes) {
      if (node.op !== "input" || node.attributes.name === "flat/weights") continue;
      const port = ports.find(({ name }) => name === node.attributes.name)!;
      expect([port.shape, port.dataType]).toEqual([node.shape, node.dataType]);
    }
    expect(graphs.scalars.map(({ meaning }) => meaning)).toEqual([
      "perExample",
      "optimizerFactor",
      "randomOffset",
    ]);
    expect(graphs.layout.weights.slots.map(({ key }) => key)).toEqual([
      "a/kernel",
      "a/bias",
      "b/kernel",
      "b/bias",
    ]);
  });

  it("put frozen weights and running statistics apart", () => {
    const source = "input 4\na: dense 3 trainable=no\nb: bn\nc: bn trainable=no\nd: dense 3 softmax\n";
    const { layout, step } = trainingGraphs(source);
    expect(layout.weights.slots.map(({ key }) => key)).toEqual(["b/gamma", "b/beta", "d/kernel", "d/bias"]);
    expect(layout.state.slots.map(({ key }) => key)).toEqual(["b/moving_mean", "b/moving_variance"]);
    expect(layout.frozen.slots.map(({ key }) => key)).toEqual([
      "a/kernel",
      "a/bias",
      "c/gamma",
      "c/beta",
      "c/moving_mean",
      "c/moving_variance",
    ]);
    expect(step.outputs.map(({ name }) => name)).toEqual([
      "result/loss",
      "result/metric/accuracy",
      "result/state",
      "result/penalty",
      "result/weights",
    ]);
  });
});

describe("dropout", () => {
  it("multiplies by the table's window in training and does nothing in evaluation", () => {
    const source = "input 50\ndropout 0.4\na: dense 1 bias=no\n";
    const graphs = trainingGraphs(source, { loss: { name: "mse", target: "values" }, batch: 2, metrics: [] });
    const ones = { shape: [2, 50], data: new Float64Array(100).fill(1) };
    const inputs: Values = {
      input_layer: ones,
      "target/a": { shape: [2, 1], data: new Float64Array(2) },
      "flat/weights": { shape: [50], data: new Float64Array(50).fill(1) },
      "scalar/per_example": scalar(1),
      "scalar/learning_rate": scalar(0),
      "offset/dropout": { shape: [], data: Int32Array.of(123) },
    };
    const factors = randomTable({ kind: "keep", rate: 0.4 }, 223).subarray(123);
    const sumOf = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0);
    const expected = sumOf(factors.subarray(0, 50)) ** 2 + sumOf(factors.subarray(50, 100)) ** 2;
    expect(run(graphs.step, inputs)["result/loss"]!.data[0]).toBeCloseTo(expected, 6);
    expect(run(graphs.evaluate, inputs)["result/loss"]!.data[0]).toBe(2 * 50 ** 2);
    expect(run(graphs.predict, inputs)["a"]!.data).toEqual(new Float64Array(2).fill(50));
  });
});

describe("penalties and weights of examples", () => {
  it("adds l1 and l2 of the kernel to the gradient and tells their sum", () => {
    const graphs = trainingGraphs(cnn, { batch: 2 });
    const inputs = randomInputs(cnn, 2);
    const plain = trainingGraphs(cnn.replace(" l2=0.01 l1=0.02", ""), { batch: 2 });
    const values: Values = {
      ...flatInputs(graphs, inputs),
      input_layer: inputs["input_layer"]!,
      "target/b": inputs["labels"]!,
      "scalar/per_example": scalar(0.5),
      "scalar/learning_rate": scalar(1),
      "offset/dropout": { shape: [], data: Int32Array.of(0) },
    };
    const [with_, without] = [run(graphs.step, values), run(plain.step, values)];
    const kernel = Array.from(inputs["b/kernel"]!.data);
    const penalty = kernel.reduce((sum, w) => sum + 0.02 * Math.abs(w) + 0.01 * w * w, 0);
    expect(with_["result/penalty"]!.data[0]).toBeCloseTo(penalty, 6);
    expect(without["result/penalty"]!.data[0]).toBe(0);
    expect(run(plain.evaluate, values)["result/penalty"]).toBeUndefined();
    expect(run(graphs.evaluate, values)["result/penalty"]!.data[0]).toBeCloseTo(penalty, 6);
    const moved = unflatten(graphs.layout.weights, with_["result/weights"]!);
    const plainMoved = unflatten(graphs.layout.weights, without["result/weights"]!);
    const extra = plainMoved["b/kernel"]!.map((value, index) => value - moved["b/kernel"]![index]!);
    const expected = kernel.map((w) => 0.02 * Math.sign(w) + 2 * 0.01 * w);
    expect(largestDifference(extra, expected)).toBeLessThan(1e-8);
    expect(moved["a/kernel"]).toEqual(plainMoved["a/kernel"]);
  });

  it("weighs examples", () => {
    const source = "input 2\na: dense 1 bias=no\n";
    const graphs = trainingGraphs(source, {
      loss: { name: "mse", target: "values" },
      exampleWeights: true,
      batch: 2,
      metrics: [],
    });
    const results = run(graphs.step, {
      input_layer: { shape: [2, 2], data: Float64Array.of(1, 0, 0, 1) },
      "target/a": { shape: [2, 1], data: Float64Array.of(0, 0) },
      "example_weights/a": { shape: [2], data: Float64Array.of(3, 0) },
      "flat/weights": { shape: [2], data: Float64Array.of(2, 5) },
      "scalar/per_example": scalar(1),
      "scalar/learning_rate": scalar(1),
    });
    expect(results["result/loss"]!.data[0]).toBe(12);
    expect([...results["result/weights"]!.data]).toEqual([2 - 3 * 4, 5]);
  });
});

describe("what cannot be trained", () => {
  const options = {
    loss: { name: "mse", target: "values" },
    optimizer: { name: "sgd" },
    metrics: [],
    batch: 2,
  } as const;
  const messagesOf = (source: string) =>
    buildTrainingGraphs(modelOf(source), options).diagnostics.map(
      ({ code, message }) => `${code} ${message}`,
    );

  it("is told at its line", () => {
    expect(messagesOf("input 4\nrelu\n")).toEqual([
      "CNN403 the model has no weights to train: its layers have none, or all of them are frozen",
    ]);
    expect(messagesOf("input ?x4\nconv 2 1\n")[0]).toMatch(/^CNN402 the size of "input_layer" is not known/);
  });
});
