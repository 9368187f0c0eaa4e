import { describe, expect, it } from "vitest";
import { InputError } from "../../src/diagnostics/input-error.ts";
import { onnx } from "../../src/onnx/proto/onnx-schema.js";
import { BlobWriter } from "../../src/onnx/proto/wire.ts";
import { readOnnx, readTensor } from "../../src/onnx/read.ts";
import { writeOnnx, writeTensor } from "../../src/onnx/write.ts";
import { createRandom } from "../../src/random/random.ts";
import { modelOfEverything } from "./sample-models.ts";

/** Reads a file that may be refused, but not otherwise fail; milliseconds it took. */
function readMutant(bytes: Uint8Array): number {
  const begin = performance.now();
  try {
    readOnnx(bytes, "mutant.onnx");
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    expect(error.place.file).toBe("mutant.onnx");
  }
  return performance.now() - begin;
}

function refusal(read: () => unknown): InputError {
  try {
    read();
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error("not refused");
}

function refusedTensor(message: onnx.TensorProto.$Properties): string {
  return refusal(() => readTensor(onnx.TensorProto.encode(message, new BlobWriter()).finish(), "x.pb"))
    .message;
}

function refusedModel(message: onnx.ModelProto.$Properties): InputError {
  return refusal(() => readOnnx(onnx.ModelProto.encode(message).finish(), "x.onnx"));
}

function lengthPrefixed(tag: number, content: Uint8Array): Uint8Array {
  const prefix = [tag];
  let length = content.length;
  for (; length > 127; length = Math.floor(length / 128)) prefix.push((length & 127) | 128);
  return Buffer.concat([Uint8Array.of(...prefix, length), content]);
}

describe("readOnnx on damaged files", () => {
  const whole = writeOnnx(modelOfEverything);

  it("survives 2,000 mutants of a model", () => {
    const random = createRandom(0, "mutants");
    let longest = 0;
    for (let round = 0; round < 2000; round++) {
      const bytes = whole.slice(0, random.integer(4) === 0 ? 1 + random.integer(whole.length) : whole.length);
      for (let change = random.integer(8); change >= 0; change--) {
        bytes[random.integer(bytes.length)] = random.integer(3) === 0 ? 255 : random.integer(256);
      }
      longest = Math.max(longest, readMutant(bytes));
    }
    expect(longest).toBeLessThan(1000);
  });

  it("survives a cut at every byte", () => {
    for (let length = 0; length < whole.length; length++) readMutant(whole.subarray(0, length));
  });

  it("survives 2,000 files of random bytes", () => {
    const random = createRandom(0, "noise");
    for (let round = 0; round < 2000; round++) {
      readMutant(Uint8Array.from({ length: random.integer(100) }, () => random.integer(256)));
    }
  });

  it("says what is wrong", () => {
    expect(refusal(() => readOnnx(new Uint8Array(0), "x")).message).toBe("the file is empty");
    expect(refusal(() => readOnnx(whole.subarray(0, 1000), "x")).message).toMatch(
      /^the file is no ONNX model, or it is damaged or cut short: its bytes make no sense at \d+ of 1000$/,
    );
    expect(refusedModel({ producerName: "x" }).message).toBe(
      "the file holds no graph, so it is no ONNX model",
    );
    const pointer = Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n");
    expect(refusal(() => readOnnx(pointer, "x")).help).toBe("run git lfs pull");
  });
});

describe("readTensor on crafted tensors", () => {
  const raw = (rawData: number, dims: (number | bigint)[], dataType = 1) =>
    refusedTensor({ dims, dataType, rawData: new Uint8Array(rawData) });

  it("refuses data that disagree with the dimensions, before it takes memory for them", () => {
    expect(raw(20, [2, 3])).toBe("the tensor is 2x3 and so needs 24 bytes of data, but has 20");
    expect(raw(0, [2])).toBe("the tensor is 2 and so needs 2 numbers of data, but has 0");
    expect(raw(4, [2 ** 40])).toContain("needs 4398046511104 bytes");
    expect(raw(8, [])).toBe("the tensor is a scalar and so needs 4 bytes of data, but has 8");
    expect(raw(3, [3], 22)).toContain("needs 2 bytes");
    expect(refusedTensor({ dims: [3], dataType: 8, stringData: [] })).toContain("needs 3 strings");
    expect(refusedTensor({ dims: [2], dataType: 14, floatData: [1, 2] })).toContain("needs 4 numbers");
  });

  it("refuses dimensions that are none", () => {
    expect(raw(4, [-1])).toBe("the tensor has a dimension of -1");
    expect(raw(4, [2n ** 62n])).toBe("the tensor has a dimension of 4611686018427387904");
    expect(raw(4, [2 ** 40, 2 ** 40])).toContain("too many elements");
    expect(raw(4, new Array<number>(100).fill(2 ** 52))).toContain("too many elements");
  });

  it("refuses types it does not know and data in the wrong field", () => {
    expect(raw(4, [1], 0)).toContain("data type 0");
    expect(raw(4, [1], 99)).toContain("data type 99");
    expect(refusedTensor({ dims: [1], dataType: 1, doubleData: [1] })).toBe(
      "the tensor is float32, but its data stand as doubleData",
    );
    expect(refusedTensor({ dims: [1], dataType: 1, floatData: [1], rawData: new Uint8Array(4) })).toBe(
      "the tensor has its data twice",
    );
    expect(refusedTensor({ dims: [1], dataType: 2, int32Data: [256] })).toBe(
      "the tensor is uint8, but holds 256",
    );
    expect(refusedTensor({ dims: [1], dataType: 3, int32Data: [-129] })).toBe(
      "the tensor is int8, but holds -129",
    );
    expect(refusedTensor({ dims: [1], dataType: 12, uint64Data: [2 ** 32] })).toContain("holds 4294967296");
  });

  it("refuses data in other files and in segments", () => {
    const externalData = [{ key: "location", value: "../../etc/passwd" }];
    for (const message of [{ externalData }, { dataLocation: onnx.TensorProto.DataLocation.EXTERNAL }]) {
      const model = { graph: { initializer: [{ name: "w", dataType: 1, dims: [1], ...message }] } };
      const { message: text, help } = refusedModel(model);
      expect(text).toBe('initializer "w" keeps its data in another file, which is not read');
      expect(help).toContain("save_as_external_data=False");
    }
    expect(refusedTensor({ dims: [1], dataType: 1, segment: { begin: 0, end: 1 } })).toContain("segments");
  });
});

describe("readOnnx on crafted models", () => {
  it("refuses what it cannot represent", () => {
    const node = (attribute: onnx.AttributeProto.$Properties) =>
      refusedModel({
        graph: { node: [{ opType: "Relu", name: "r", attribute: [{ name: "a", ...attribute }] }] },
      });
    const { SPARSE_TENSOR, TENSOR, GRAPH, TYPE_PROTO } = onnx.AttributeProto.AttributeType;
    expect(node({ type: SPARSE_TENSOR }).message).toBe(
      'node 0 (Relu "r"), attribute "a" has a type that is not supported (SPARSE_TENSOR)',
    );
    expect(node({}).message).toContain("not supported (UNDEFINED)");
    for (const type of [TENSOR, GRAPH, TYPE_PROTO]) expect(node({ type }).message).toContain("has no value");
    expect(refusedModel({ graph: { node: [{ name: "n" }] } }).message).toBe('node 0 ("n") names no operator');
    expect(refusedModel({ graph: { sparseInitializer: [{}] } }).message).toContain("sparse initializers");
    expect(refusedModel({ graph: {}, functions: [{ name: "f" }] }).message).toContain(
      'functions of its own ("f")',
    );
  });

  it("takes names of properties that every object has", () => {
    const names = ["__proto__", "constructor", "toString"];
    const message = {
      metadataProps: names.map((key) => ({ key, value: "x" })),
      graph: { node: [{ opType: "Op", attribute: names.map((name) => ({ name, type: 2, i: 5 })) }] },
    };
    const model = readOnnx(onnx.ModelProto.encode(message).finish(), "x");
    expect(Object.entries(model.metadata)).toEqual(names.map((name) => [name, "x"]));
    expect(Object.entries(model.graph.nodes[0]!.attributes)).toEqual(
      names.map((name) => [name, { kind: "int", value: 5 }]),
    );
    expect(Object.getPrototypeOf(model.graph.nodes[0]!.attributes)).toBe(Object.prototype);
    expect(readOnnx(writeOnnx(model), "x")).toEqual(model);
  });

  it("refuses deep nesting", () => {
    let type: Uint8Array = new Uint8Array(0);
    for (let depth = 0; depth < 5000; depth++) type = lengthPrefixed(0x22, lengthPrefixed(0x0a, type));
    const model = lengthPrefixed(0x3a, lengthPrefixed(0x5a, lengthPrefixed(0x12, type)));
    expect(refusal(() => readOnnx(model, "x")).cause).toMatchObject({ message: "max depth exceeded" });
  });

  it("refuses millions of tiny fields", () => {
    const fields = new Uint8Array(3 * 8_400_000);
    for (let index = 0; index < fields.length; index += 3) fields.set([0x9a, 0x06], index); // field 99, no bytes
    expect(refusal(() => readOnnx(fields, "x")).cause).toMatchObject({ message: "more than 8388608 fields" });
  });

  it("keeps what follows a large tensor apart from it", () => {
    const data = new Float32Array(10_000).fill(1);
    const bytes = writeTensor({ name: "w", dataType: "float32", dims: [100, 100], data });
    expect(refusal(() => readTensor(bytes.subarray(0, -1), "x")).message).toContain("cut short");
    expect(readTensor(bytes, "x").data).toEqual(data);
  });
});
