import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InputError } from "../../src/diagnostics/input-error.ts";
import { loadOnnxModel } from "../../src/engine/inference.ts";
import { int } from "../../src/onnx/attributes.ts";
import { OnnxBuilder } from "../../src/onnx/builder.ts";
import { exportOnnx } from "../../src/onnx/deploy/export.ts";
import type { OnnxDataType, OnnxDims } from "../../src/onnx/onnx-graph.ts";
import { writeOnnx } from "../../src/onnx/write.ts";
import { evaluateTensorGraph } from "../../src/tensor/reference/evaluate.ts";
import { expectClose, Sketch } from "../onnx-deploy/harness.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cnn-inference-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const sketch = new Sketch();
const classifier = sketch.finish(
  sketch.softmax(sketch.dense(sketch.flatten(sketch.conv(sketch.input([4, 5, 3]), 2, [2, 2])), 3)),
);

async function failureOf(promise: Promise<unknown>): Promise<InputError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InputError);
  return error as InputError;
}

/** A model that another program could have written: Relu of one input. */
function foreignModel(dims: OnnxDims, dataType: OnnxDataType = "float32"): Uint8Array {
  const builder = new OnnxBuilder("foreign");
  const x = builder.input("pixels", dataType, dims);
  builder.output("result", builder.node("Relu", [x]), dataType, dims);
  return writeOnnx(builder.finish());
}

/** 0, 1, 2 … */
function count(length: number): Float32Array {
  return Float32Array.from({ length }, (_, index) => index);
}

describe("a model of this program", () => {
  it.each(["channels_first", "channels_last"] as const)("takes images channels last (%s)", async (layout) => {
    const path = join(folder, `${layout}.onnx`);
    const description = { classNames: ["a", "b", "c"], sourceName: "test.cnn" };
    writeFileSync(path, writeOnnx(exportOnnx(classifier.graph, classifier.weights, { layout, description })));
    const session = await loadOnnxModel(path, { batchSize: 3, threads: 1 });
    expect(session.inputShape).toEqual([4, 5, 3]);
    expect(session.inputs.map(({ name, shape }) => ({ name, shape }))).toEqual([
      { name: "input", shape: [4, 5, 3] },
    ]);
    expect(session.outputNames).toEqual(["output"]);
    expect(session.description).toEqual({ ...description, layout });

    const data = new Float32Array(7 * 60);
    sketch.random.fillUniform(data, -1, 1);
    const inputs = new Map([...classifier.weights, ["input", { shape: [7, 4, 5, 3], data }] as const]);
    const expected = evaluateTensorGraph(classifier.graph, inputs).get("output")!;
    expectClose(await session.run(data, 7), expected.data);
    expectClose((await session.runAll({ input: data }, 7))["output"]!, expected.data);
    expect(await session.run(new Float32Array(0), 0)).toEqual(new Float32Array(0));
    await session.dispose();
  });

  it("gives images channels last", async () => {
    const image = new Sketch();
    const model = image.finish(image.conv(image.input([3, 4, 2]), 5, [2, 2]));
    const session = await loadOnnxModel(writeOnnx(exportOnnx(model.graph, model.weights)));
    const data = count(2 * 24);
    const inputs = new Map([...model.weights, ["input", { shape: [2, 3, 4, 2], data }] as const]);
    expectClose(await session.run(data, 2), evaluateTensorGraph(model.graph, inputs).get("output")!.data);
    await session.dispose();
  });

  it("refuses a batch of the wrong size", async () => {
    const bytes = writeOnnx(exportOnnx(classifier.graph, classifier.weights));
    const session = await loadOnnxModel(bytes, { name: "small.onnx" });
    expect((await failureOf(session.run(new Float32Array(100), 2))).message).toBe(
      'small.onnx takes 4x5x3 = 60 numbers an example as "input", but got 100 numbers for 2 examples',
    );
    expect((await failureOf(session.runAll({}, 1))).message).toBe(
      'small.onnx was not given its input "input"',
    );
    await session.dispose();
  });
});

describe("a model of another program", () => {
  it("runs with the channels where its shape shows them", async () => {
    const data = count(2 * 3 * 5 * 6);
    for (const dims of [
      ["N", 3, 5, 6],
      [undefined, 5, 6, 3],
      [undefined, 6, 3],
      ["batch", 90],
    ] as const) {
      const session = await loadOnnxModel(foreignModel(dims));
      const size = session.inputShape.reduce((product, dim) => product * dim, 1);
      const batch = data.subarray(0, Math.floor(data.length / size) * size);
      // Relu gives back what is positive, so any other order would show.
      expect(await session.run(batch, batch.length / size)).toEqual(batch);
      await session.dispose();
    }
    const first = await loadOnnxModel(foreignModel(["N", 3, 5, 6]));
    expect(first.inputShape).toEqual([5, 6, 3]);
    const last = await loadOnnxModel(foreignModel(["N", 5, 6, 3]));
    expect(last.inputShape).toEqual([5, 6, 3]);
    await Promise.all([first.dispose(), last.dispose()]);
  });

  it("runs with a batch of one fixed size", async () => {
    for (const size of [1, 4]) {
      const session = await loadOnnxModel(foreignModel([size, 2, 3, 3]));
      const data = count(6 * 18);
      expect(await session.run(data, 6)).toEqual(data);
      await session.dispose();
    }
  });

  it("runs with several inputs by name", async () => {
    const builder = new OnnxBuilder("pair");
    const [left, right] = ["left", "right"].map((name) => builder.input(name, "float32", ["N", 2]));
    builder.output("sum", builder.node("Add", [left!, right!]), "float32", ["N", 2]);
    builder.output("top", builder.node("ReduceMax", [left!], { keepdims: int(0) }), "float32", []);
    const session = await loadOnnxModel(writeOnnx(builder.finish()), { name: "pair" });
    expect((await failureOf(session.run(count(4), 2))).message).toBe(
      'pair takes 2 inputs ("left", "right"), but was given one',
    );
    expect((await failureOf(session.runAll({ left: count(6), right: count(6) }, 3))).message).toBe(
      'pair gives 1 numbers as "top" for 3 examples',
    );
    await session.dispose();
  });

  it("is refused where it cannot be run", async () => {
    const message = async (bytes: Uint8Array): Promise<string> =>
      (await failureOf(loadOnnxModel(bytes, { name: "x.onnx" }))).message;
    expect(await message(foreignModel(["N", 3], "int64"))).toBe(
      'input "pixels" of x.onnx takes int64; only float32 is supported',
    );
    expect(await message(foreignModel(["N", 3, "height", "width"]))).toBe(
      'input "pixels" of x.onnx has the shape Nx3xheightxwidth, and the size of its axis 2 is not fixed',
    );
    expect(await message(foreignModel(undefined))).toBe('input "pixels" of x.onnx has no known shape');
    expect(await message(foreignModel([]))).toBe(
      'input "pixels" of x.onnx is a single number, not a batch of examples',
    );
    const builder = new OnnxBuilder("strange");
    const x = builder.input("x", "float32", ["N", 2]);
    builder.output("y", builder.node("NoSuchOperator", [x]), "float32", ["N", 2]);
    expect(await message(writeOnnx(builder.finish()))).toMatch(
      /^ONNX Runtime cannot run x\.onnx: .*NoSuchOperator/,
    );
  });
});

describe("a file that is no model", () => {
  it("is refused with its name", async () => {
    const missing = join(folder, "missing.onnx");
    expect((await failureOf(loadOnnxModel(missing))).message).toBe(
      `cannot read ${missing}: there is no such file`,
    );
    expect((await failureOf(loadOnnxModel(folder))).message).toBe(`cannot read ${folder}: it is a folder`);
    const bytes = writeOnnx(exportOnnx(classifier.graph, classifier.weights));
    for (const [name, content] of Object.entries({
      empty: new Uint8Array(0),
      text: new TextEncoder().encode("conv 32 3x3 relu"),
      half: bytes.subarray(0, bytes.length >> 1),
    })) {
      const path = join(folder, `${name}.onnx`);
      writeFileSync(path, content);
      const error = await failureOf(loadOnnxModel(path));
      expect(error.place.file, name).toBe(path);
    }
  });
});
