import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { importKerasModel } from "../../src/interop/import-model.ts";
import { readKerasModel } from "../../src/weights/keras-model.ts";
import { expectNear, outputsOf } from "./importing.ts";

interface Packed {
  readonly shape: readonly number[];
  readonly data: string;
}

interface KerasCase {
  readonly name: string;
  readonly configuration: object;
  readonly weights: readonly (Packed & { readonly name: string })[];
  readonly inputs: readonly Packed[];
  readonly outputs: readonly Packed[];
  readonly parameters: number;
}

/** Made with real Keras by keras-models.py beside it. */
const file = new URL("cases/keras-models.json", import.meta.url);
const { models } = JSON.parse(readFileSync(file, "utf8")) as { readonly models: readonly KerasCase[] };

const folder = mkdtempSync(join(tmpdir(), "cnn-import-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function bytesOf({ data }: Packed): Uint8Array {
  return Uint8Array.from(Buffer.from(data, "base64"));
}

function numbersOf(packed: Packed): Float32Array {
  return new Float32Array(bytesOf(packed).buffer as ArrayBuffer);
}

/** Writes a model.json as the converter of TensorFlow.js does, its weights in shards of so many bytes. */
function writeModelJson(place: string, { configuration, weights }: KerasCase, shardBytes: number): string {
  const whole = Buffer.concat(weights.map(bytesOf));
  const count = Math.ceil(whole.length / shardBytes);
  const paths = Array.from({ length: count }, (_, index) => `group1-shard${index + 1}of${count}.bin`);
  for (const [index, path] of paths.entries()) {
    writeFileSync(join(place, path), whole.subarray(index * shardBytes, (index + 1) * shardBytes));
  }
  const weightsManifest = [
    { paths, weights: weights.map(({ name, shape }) => ({ name, shape, dtype: "float32" })) },
  ];
  const modelTopology = { keras_version: "3.15", backend: "tensorflow", model_config: configuration };
  const path = join(place, "model.json");
  writeFileSync(path, JSON.stringify({ format: "layers-model", modelTopology, weightsManifest }));
  return path;
}

describe("models of real Keras", () => {
  it.each(models)("$name gives what it gives there", async (model) => {
    const place = mkdtempSync(join(folder, "model-"));
    const path = writeModelJson(place, model, 600);
    const source = await readKerasModel(path);
    const { value, problems } = importKerasModel(source, { name: path, text: source.text });
    expect(problems).toEqual([]);
    expect(value!.text).toMatchSnapshot();
    expect(value!.model.totals.parameters.value).toBe(model.parameters);
    const outputs = outputsOf(value!.model, value!.weights!, model.inputs.map(numbersOf), 2);
    model.outputs.forEach((expected, index) => expectNear(outputs[index]!, numbersOf(expected), 1e-5));
  });
});

it("a .keras file gives its weights by the order of its layers", async () => {
  const path = new URL("cases/residual.keras", import.meta.url).pathname;
  const source = await readKerasModel(path);
  const { value } = importKerasModel(source, { name: path, text: source.text });
  const weights = value!.weights!;
  expect(value!.model.totals.parameters.value).toBe(542);
  // The generator fills each with numbers from -0.5 to 0.5.
  expect([...weights.get("stem_conv/kernel")!.data].slice(0, 2)).toEqual(
    [-0.5, -0.5 + 1 / 107].map(Math.fround),
  );
  expect(weights.get("stem_bn/moving_variance")!.data[0]).toBeCloseTo(0.1, 6);
});
