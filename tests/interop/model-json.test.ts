import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadPlainTensorFlow } from "../../src/engine/tfjs/load.ts";
import { importKerasModel } from "../../src/interop/import-model.ts";
import type { LayersModel, Tensor, TensorFlow } from "../../src/tfjs/tensorflow.ts";
import { readKerasModel } from "../../src/weights/keras-model.ts";
import { runCommand } from "../cli/run-command.ts";
import { expectNear, outputsOf } from "./importing.ts";

let tf: TensorFlow;
const folder = mkdtempSync(join(tmpdir(), "cnn-model-json-"));
beforeAll(async () => {
  tf = await loadPlainTensorFlow();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What cases/keras-3-model.py writes. */
interface Recorded {
  readonly model: object;
  readonly weights: readonly number[];
  readonly examples: readonly (readonly number[])[];
  readonly outputs: readonly (readonly number[])[];
}

interface Manifest {
  paths: string[];
  weights: { name: string; shape: number[]; dtype: string; quantization?: object }[];
}

/** Saves a model as `model.save` does, its weights as they are or in fewer bits, as the converter's `--quantize_uint8` and its like. */
async function save(
  name: string,
  model: LayersModel,
  quantized?: "uint8" | "uint16" | "float16",
): Promise<{ path: string; json: Record<string, unknown> }> {
  const place = mkdtempSync(join(folder, `${name}-`));
  let json: Record<string, unknown> = {};
  await model.save(
    tf.io.withSaveHandler((artifacts) => {
      const { weightData, weightSpecs, ...rest } = artifacts;
      const bytes = new Uint8Array(tf.io.concatenateArrayBuffers([weightData as ArrayBuffer].flat()));
      const group: Manifest = {
        paths: ["group1-shard1of1.bin"],
        weights: structuredClone(weightSpecs) as never,
      };
      const stored = quantized === undefined ? bytes : quantize(group, bytes, quantized);
      writeFileSync(join(place, group.paths[0]!), stored);
      json = { ...rest, weightsManifest: [group] };
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } });
    }),
  );
  const path = join(place, "model.json");
  writeFileSync(path, JSON.stringify(json));
  return { path, json };
}

/** Each weight by its own range: value ≈ whole number · scale + min. */
function quantize(group: Manifest, bytes: Uint8Array, dtype: "uint8" | "uint16" | "float16"): Uint8Array {
  const values = new Float32Array(bytes.slice().buffer);
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const weight of group.weights) {
    const count = weight.shape.reduce((product, size) => product * size, 1);
    const numbers = values.subarray(offset, offset + count);
    offset += count;
    if (dtype === "float16") {
      weight.quantization = { dtype, original_dtype: "float32" };
      const half = Uint16Array.from(numbers, toHalf);
      parts.push(new Uint8Array(half.buffer));
      continue;
    }
    const [min, max] = [Math.min(...numbers), Math.max(...numbers)];
    const scale = (max - min) / (dtype === "uint8" ? 255 : 65535) || 1;
    weight.quantization = { dtype, scale, min, original_dtype: "float32" };
    const places = Array.from(numbers, (value) => Math.round((value - min) / scale));
    const whole = dtype === "uint8" ? Uint8Array.from(places) : Uint16Array.from(places);
    parts.push(new Uint8Array(whole.buffer));
  }
  return Buffer.concat(parts);
}

/** The nearest half of a number of ordinary size; below 2^-14 halves are whole multiples of 2^-24. */
function toHalf(value: number): number {
  const exponent = Math.floor(Math.log2(Math.abs(value)));
  if (exponent < -14) return (value < 0 ? 0x8000 : 0) | Math.round(Math.abs(value) * 2 ** 24);
  const fraction = Math.round((Math.abs(value) / 2 ** exponent - 1) * 1024);
  return (value < 0 ? 0x8000 : 0) | (((exponent + 15) << 10) + fraction);
}

/** Networks as people write them with TensorFlow.js, random weights and running statistics in them. */
const networks: Readonly<Record<string, (tf: TensorFlow) => LayersModel>> = {
  "its MNIST example": ({ layers, sequential }) => {
    const model = sequential({ name: "digits" });
    const first = { inputShape: [14, 14, 1], kernelSize: 5, filters: 4, activation: "relu" as const };
    model.add(layers.conv2d({ ...first, kernelInitializer: "varianceScaling" }));
    model.add(layers.maxPooling2d({ poolSize: [2, 2], strides: [2, 2] }));
    model.add(layers.dropout({ rate: 0.2 }));
    model.add(layers.flatten());
    model.add(layers.dense({ units: 10, kernelInitializer: "varianceScaling", activation: "softmax" }));
    return model;
  },
  "a graph with two outputs": ({ layers, input, model }) => {
    const image = input({ shape: [8, 8, 2] });
    const stem = layers.separableConv2d({ filters: 4, kernelSize: 3, padding: "same" }).apply(image);
    const normal = layers.batchNormalization({ epsilon: 0.01 }).apply(stem);
    const left = layers
      .conv2dTranspose({ filters: 4, kernelSize: 2, strides: 2, activation: "elu" })
      .apply(normal);
    const right = layers.upSampling2d({ size: [2, 2] }).apply(layers.leakyReLU().apply(normal));
    const both = layers.add().apply([left, right] as never);
    const pooled = layers.globalAveragePooling2d({}).apply(both as never);
    const gate = layers.dense({ units: 4, activation: "hardSigmoid" }).apply(pooled);
    const scaled = layers.multiply().apply([pooled, gate] as never);
    const classes = layers.dense({ units: 3, activation: "softmax", useBias: false }).apply(scaled);
    return model({ inputs: image, outputs: [classes, gate] as never });
  },
  "a text, with a shared layer": ({ layers, input, model }) => {
    const [one, other] = [input({ shape: [6] }), input({ shape: [6] })];
    const table = layers.embedding({ inputDim: 9, outputDim: 4 });
    const window = layers.conv1d({ filters: 5, kernelSize: 3, padding: "same", activation: "selu" });
    const read = (text: unknown) =>
      layers.globalMaxPooling1d({}).apply(window.apply(table.apply(text as never)) as never);
    const joined = layers.concatenate().apply([read(one), read(other)] as never);
    return model({ inputs: [one, other], outputs: layers.dense({ units: 2 }).apply(joined) as never });
  },
};

/** Random numbers, whole ones for texts. */
function randomInputs(model: LayersModel): Tensor[] {
  const isText = model.layers.some((layer) => layer.getClassName() === "Embedding");
  return model.inputs.map(({ shape }, index) => {
    const sizes = [2, ...shape.slice(1)] as number[];
    const uniform = tf.randomUniform(sizes, 0, isText ? 9 : 1, "float32", index + 1);
    return isText ? tf.floor(uniform) : uniform;
  });
}

describe("files that TensorFlow.js has written", () => {
  it.each(Object.entries(networks))("%s gives what it gives there", async (_, make) => {
    const model = make(tf);
    model.setWeights(
      model.getWeights().map((weight, index) => tf.randomUniform(weight.shape, 0.1, 1, "float32", index + 1)),
    );
    const { path } = await save("net", model);
    const source = await readKerasModel(path);
    const { value, problems } = importKerasModel(source, { name: path, text: source.text });
    expect(problems).toEqual([]);
    const inputs = randomInputs(model);
    const predicted = [model.predict(inputs.length === 1 ? inputs[0]! : inputs) as Tensor | Tensor[]].flat();
    const data = inputs.map((tensor) => tensor.dataSync() as Float32Array);
    const outputs = outputsOf(value!.model, value!.weights!, data, 2);
    predicted.forEach((expected, index) => expectNear(outputs[index]!, expected.dataSync(), 1e-5));
  });

  it.each([
    ["uint8", 1 / 255],
    ["uint16", 1 / 65535],
    ["float16", 2 ** -11],
  ] as const)("weights kept as %s are within a step of the originals", async (dtype, step) => {
    const model = networks["its MNIST example"]!(tf);
    const kernel = tf.randomNormal([5, 5, 1, 4], 0, 0.2, "float32", 1).dataSync().slice();
    // Every size that a half can have, and what is less than the least of them.
    kernel.set(Array.from({ length: 30 }, (_, power) => (power % 2 === 0 ? 1.3 : -1.3) * 2 ** -power));
    model.layers[0]!.setWeights([tf.tensor(kernel, [5, 5, 1, 4]), tf.zeros([4])]);
    const { path } = await save("small", model, dtype);
    const source = await readKerasModel(path);
    const { value } = importKerasModel(source, { name: path, text: source.text });
    const [restored] = [...value!.weights!.values()];
    const range = Math.max(...kernel) - Math.min(...kernel);
    const furthest = Math.max(
      ...Array.from(kernel, (number, index) => Math.abs(number - restored!.data[index]!)),
    );
    expect(furthest).toBeGreaterThan(0);
    expect(furthest).toBeLessThan(range * step);
  });
});

describe("what cannot be imported", () => {
  const sequential = (...layers: object[]): string =>
    JSON.stringify({ class_name: "Sequential", config: { name: "net", layers } }, undefined, 1);
  const input = { class_name: "InputLayer", config: { name: "given", batch_input_shape: [null, 6, 4] } };
  const layer = (className: string, config: object): object => ({
    class_name: className,
    config: { name: className.toLowerCase(), ...config },
  });
  const problemsOf = (text: string): readonly string[] => {
    const { problems } = importKerasModel(
      { topology: JSON.parse(text), weights: undefined },
      { name: "net.json", text },
    );
    return problems.map(({ place, message }) => `${place.file}:${place.row} ${message}`);
  };

  it("every layer without a counterpart is told with its row", () => {
    const text = sequential(
      input,
      layer("LSTM", { units: 3 }),
      layer("Lambda", {}),
      layer("Dense", { units: 2 }),
    );
    const rowOf = (name: string): number =>
      text.split("\n").findIndex((line) => line.includes(`"${name}"`)) + 1;
    expect(problemsOf(text)).toEqual([
      `net.json:${rowOf("lstm")} layer lstm (LSTM): the language has no counterpart`,
      `net.json:${rowOf("lambda")} layer lambda (Lambda): the language has no counterpart`,
    ]);
  });

  it.each([
    ["another axis", layer("BatchNormalization", { axis: 1 }), "axis=1: only the last axis can be taken"],
    [
      "channels first",
      layer("Conv1D", { filters: 2, kernel_size: 2, data_format: "channels_first" }),
      "channels_first",
    ],
    [
      "an activation",
      layer("Dense", { units: 2, activation: "my_activation" }),
      'the activation "my_activation" has no counterpart',
    ],
    ["a window of words", layer("Conv1D", { filters: 2, kernel_size: ["a"] }), "should be 1 whole numbers"],
    ["a window too large", layer("Conv1D", { filters: 2, kernel_size: 9 }), "conv1d"],
    ["ReLU with a threshold", layer("ReLU", { threshold: 1 }), "threshold"],
    ["masking", layer("Embedding", { input_dim: 3, output_dim: 2, mask_zero: true }), "no number is masked"],
  ])("%s", (_, wrong, expected) => {
    const [first, ...others] = problemsOf(sequential(input, wrong));
    expect(first).toContain(expected);
    expect(others).toEqual([]);
  });

  const refuse = async (files: Readonly<Record<string, string | Uint8Array>>): Promise<string> => {
    const place = mkdtempSync(join(folder, "bad-"));
    for (const [name, contents] of Object.entries(files)) writeFileSync(join(place, name), contents);
    return readKerasModel(join(place, "model.json")).then(
      () => "read",
      (error: Error) => error.message.replaceAll(place, ""),
    );
  };
  const withManifest = (weightsManifest: unknown): string =>
    JSON.stringify({
      modelTopology: { class_name: "Sequential", config: { layers: [input] } },
      weightsManifest,
    });

  it("other files are refused with the reason", async () => {
    expect(await refuse({ "model.json": "{" })).toContain("is no JSON");
    expect(await refuse({ "model.json": '{"format":"graph-model","modelTopology":{"node":[]}}' })).toContain(
      "graph model",
    );
    expect(await refuse({ "model.json": "[]" })).toContain("no JSON object");
    expect(await refuse({ "model.json": '{"a":1}' })).toContain("describes no model of layers");
  });

  it("weights are read from files beside it alone, and must be whole", async () => {
    const weights = [{ name: "dense/kernel", shape: [2, 2], dtype: "float32" }];
    for (const path of ["../weights.bin", "/etc/passwd", "https://a/b", "..", "a\\b"]) {
      expect(await refuse({ "model.json": withManifest([{ paths: [path], weights }]) })).toContain(
        "only files beside it",
      );
    }
    const given = { "model.json": withManifest([{ paths: ["w.bin"], weights }]) };
    expect(await refuse(given)).toContain("there is no such file");
    expect(await refuse({ ...given, "w.bin": new Uint8Array(12) })).toContain("should hold 16 bytes");
    const huge = withManifest([
      { paths: ["w.bin"], weights: [{ name: "k", shape: [1e6, 1e6], dtype: "float32" }] },
    ]);
    expect(await refuse({ "model.json": huge, "w.bin": new Uint8Array(4) })).toContain(
      "should hold 4000000000000 bytes",
    );
    const strange = withManifest([
      { paths: ["w.bin"], weights: [{ name: "k", shape: [1], dtype: "string" }] },
    ]);
    expect(await refuse({ "model.json": strange, "w.bin": new Uint8Array(4) })).toContain(
      "kept as string".slice(8),
    );
  });
});

describe("cnn import", () => {
  it("writes a program and its weights, compared with the original; then cnn takes them", async () => {
    const model = networks["its MNIST example"]!(tf);
    const { path } = await save("command", model);
    const target = join(folder, "net.cnn");
    const first = await runCommand(["import", path, target]);
    expect(first.code, first.error).toBe(0);
    expect(first.out).toMatch(/checked: largest difference from the original on TensorFlow.js \d\.\de-\d+/);
    expect(readFileSync(target, "utf8")).toBe(`model digits

input 14x14x1
conv 4 5x5 init=lecun_normal relu
pool max 2x2
dropout 0.2
flatten
dense 10 init=lecun_normal softmax
`);
    const exported = await runCommand([
      "export",
      target,
      join(folder, "net.onnx"),
      "--weights",
      join(folder, "net.safetensors"),
    ]);
    expect(exported.code, exported.error).toBe(0);
    const again = await runCommand(["import", path, target]);
    expect(again.code).toBe(1);
    expect(again.error).toContain("is there already");
    expect((await runCommand(["import", path, join(folder, "net.json")])).code).toBe(2);
  });

  it("takes a folder with what Keras 3 and the converter wrote, and compares it in the words of Keras 2", async () => {
    const recorded = JSON.parse(
      readFileSync(new URL("cases/keras-3-model.json", import.meta.url), "utf8"),
    ) as Recorded;
    const place = mkdtempSync(join(folder, "keras-3-"));
    writeFileSync(join(place, "model.json"), JSON.stringify(recorded.model));
    writeFileSync(
      join(place, "group1-shard1of1.bin"),
      new Uint8Array(Float32Array.from(recorded.weights).buffer),
    );
    const { code, out, error } = await runCommand(["import", place, join(place, "pair.cnn")]);
    expect(code, error).toBe(0);
    expect(out).toMatch(/checked: largest difference from the original on TensorFlow.js \d\.\de-\d+/);
    const source = await readKerasModel(join(place, "model.json"));
    const { model, weights } = importKerasModel(source, { name: "pair", text: source.text }).value!;
    const data = recorded.examples.map((numbers) => Float32Array.from(numbers));
    outputsOf(model, weights!, data, 1).forEach((values, index) => {
      expectNear(values, recorded.outputs[index]!, 1e-6);
    });
    expect((await runCommand(["import", mkdtempSync(join(folder, "empty-"))])).error).toContain(
      "is a folder without a model.json",
    );
  });

  it("writes nothing where a layer has no counterpart", async () => {
    const path = join(folder, "lstm.json");
    const layers = [
      { class_name: "InputLayer", config: { name: "given", batch_shape: [null, 6, 4] } },
      { class_name: "LSTM", config: { name: "memory", units: 3 } },
    ];
    writeFileSync(path, JSON.stringify({ class_name: "Sequential", config: { name: "net", layers } }));
    const before = readdirSync(folder);
    const { code, error } = await runCommand(["import", path, join(folder, "lstm.cnn")]);
    expect(code).toBe(1);
    expect(error.replace(/\s+/g, " ")).toContain("layer memory (LSTM): the language has no counterpart");
    expect(readdirSync(folder)).toEqual(before);
  });
});
