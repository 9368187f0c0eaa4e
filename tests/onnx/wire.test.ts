import protobuf from "protobufjs/minimal.js";
import { describe, expect, it } from "vitest";
import { onnx } from "../../src/onnx/proto/onnx-schema.js";
import { BlobWriter, BoundedReader, unpackedList } from "../../src/onnx/proto/wire.ts";
import type { PackedList } from "../../src/onnx/proto/wire.ts";
import { createRandom } from "../../src/random/random.ts";
import type { Random } from "../../src/random/random.ts";

/** Sizes on both sides of where a length prefix grows and where bytes are kept aside. */
const sizes = [0, 1, 100, 127, 128, 16_300, 16_383, 16_384, 16_385, 20_000, 2_097_152];

function randomGraph(random: Random, depth: number): onnx.GraphProto.$Properties {
  const tensor = (): onnx.TensorProto.$Properties => ({
    name: "t".repeat(random.integer(200)),
    rawData: new Uint8Array(
      sizes[random.integer(random.integer(50) === 0 ? sizes.length : sizes.length - 1)]!,
    ).fill(7),
    dims: [random.integer(1000)],
  });
  const node = (): onnx.NodeProto.$Properties => ({
    opType: "Op",
    attribute: [
      { name: "value", t: tensor() },
      ...(depth > 0 ? [{ name: "body", g: randomGraph(random, depth - 1) }] : []),
    ],
  });
  return {
    name: "g",
    node: Array.from({ length: random.integer(3) }, node),
    initializer: Array.from({ length: random.integer(3) }, tensor),
  };
}

describe("BlobWriter", () => {
  it("writes the same bytes as protobufjs' own writer", () => {
    const random = createRandom(1, "BlobWriter");
    let kept = 0;
    for (let round = 0; round < 200; round++) {
      const model = { irVersion: 8, producerName: "x", graph: randomGraph(random, 3) };
      const writer = new BlobWriter();
      onnx.ModelProto.encode(model, writer);
      const expected = onnx.ModelProto.encode(model, new protobuf.Writer()).finish();
      expect(writer.byteLength).toBe(expected.length);
      expect(Buffer.compare(writer.finish(), expected)).toBe(0);
      if (expected.length > 16_384) kept++;
    }
    expect(kept).toBeGreaterThan(100);
  });

  it("writes integers of 64 bits, given as numbers or bigints", () => {
    // From the encoding's definition: seven bits a byte, least first; negative numbers in two's complement.
    const cases: [number | bigint, number[]][] = [
      [0, [0]],
      [300, [0xac, 2]],
      [-1, [255, 255, 255, 255, 255, 255, 255, 255, 255, 1]],
      [2 ** 53 - 1, [255, 255, 255, 255, 255, 255, 255, 15]],
      [2n ** 63n - 1n, [255, 255, 255, 255, 255, 255, 255, 255, 127]],
      [-(2n ** 63n), [128, 128, 128, 128, 128, 128, 128, 128, 128, 1]],
    ];
    for (const [value, bytes] of cases) {
      expect([...new BlobWriter().int64(value).finish()]).toEqual(bytes);
      const read = new BoundedReader(Uint8Array.from(bytes)).int64();
      expect(read).toBe(value);
    }
  });
});

describe("BoundedReader", () => {
  it("reads packed runs like single numbers, short and long, whole and in parts", () => {
    for (const counts of [[3], [16], [17], [5, 40], [40, 5], [0, 1, 0]]) {
      const writer = new protobuf.Writer();
      const expected: number[] = [];
      for (const count of counts) {
        const run = Array.from({ length: count }, (_, index) => (index - 2) * 12_345_678);
        expected.push(...run);
        writer.uint32(58).int64s(run);
        writer.uint32(42).int32s(run);
        writer.uint32(34).floats(run);
        writer.uint32(82).doubles(run);
      }
      writer.uint32(56).int64(-1);
      const { int64Data, int32Data, floatData, doubleData } = onnx.TensorProto.decode(
        new BoundedReader(writer.finish()).asReader(),
      );
      expect(unpackedList(int64Data as PackedList)).toEqual([...expected, -1]);
      expect(unpackedList(int32Data as PackedList)).toEqual(expected);
      expect(unpackedList(floatData as PackedList)).toEqual(expected.map(Math.fround));
      expect(unpackedList(doubleData as PackedList)).toEqual(expected);
    }
  });

  it("refuses what ends within a number, or has more than 64 bits", () => {
    const int64 = (...bytes: number[]) => new BoundedReader(Uint8Array.from(bytes)).int64();
    expect(() => int64(0x80)).toThrow(RangeError);
    expect(() => int64(...new Array<number>(10).fill(0x80), 0)).toThrow("more than 64 bits");
    const decode = (...bytes: number[]) =>
      onnx.TensorProto.decode(new BoundedReader(Uint8Array.from(bytes)).asReader());
    expect(() => decode(34, 3, 0, 0, 0)).toThrow("ends within a number"); // three bytes of float_data
    expect(() => decode(58, 2, 1, 0x80)).toThrow("ends within a number"); // an int64_data without its end
    expect(() => decode(58, 3, 1, 1)).toThrow("longer than what holds it");
    // A run may not read on into what follows it.
    expect(() => decode(58, 1, 0x80, 1)).toThrow("ends within a number");
  });
});
