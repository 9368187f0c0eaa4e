import { expect, test } from "vitest";
import { InputError } from "../../src/diagnostics/input-error.ts";
import { readSafetensors, writeSafetensors } from "../../src/weights/safetensors.ts";
import { parseWeightsFile } from "../../src/weights/weights-file.ts";

// Written by the reference library (Python safetensors 0.6): float16, float64, int64 and float32 tensors with metadata.
const fromReference = Buffer.from(
  "EAEAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJlcG9jaCI6IjMifSwiY291bnQiOnsiZHR5cGUiOiJJNjQiLCJzaGFwZSI6W10sImRhdGFfb2Zmc2V0cyI6WzAsOF19LCJ3aWRlIjp7ImR0eXBlIjoiRjY0Iiwic2hhcGUiOlsxXSwiZGF0YV9vZmZzZXRzIjpbOCwxNl19LCJhL2tlcm5lbCI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbMiwyXSwiZGF0YV9vZmZzZXRzIjpbMTYsMzJdfSwiaGFsZiI6eyJkdHlwZSI6IkYxNiIsInNoYXBlIjpbM10sImRhdGFfb2Zmc2V0cyI6WzMyLDM4XX19ICAgICAgIAcAAAAAAAAA/Knx0k1iUD8AAMA/AAAAwAAAQEAAAIBAZi7/+wEA",
  "base64",
);
const brainFloats = Buffer.from(
  "OAAAAAAAAAB7ImIiOnsiZHR5cGUiOiJCRjE2Iiwic2hhcGUiOlsyXSwiZGF0YV9vZmZzZXRzIjpbMCw0XX19IIA/ScA=",
  "base64",
);

test("reads what the reference library wrote", () => {
  const { tensors, metadata } = readSafetensors(fromReference, "reference");
  expect(metadata).toEqual({ epoch: "3" });
  expect(tensors.get("a/kernel")).toEqual({ shape: [2, 2], data: Float32Array.of(1.5, -2, 3, 4) });
  expect(tensors.get("count")).toEqual({ shape: [], data: Float32Array.of(7) });
  expect([...tensors.get("half")!.data]).toEqual([Math.fround(0.0999755859375), -65504, 2 ** -24]);
  expect(tensors.get("wide")!.data[0]).toBe(Math.fround(1e-3));
  expect(readSafetensors(brainFloats, "brain").tensors.get("b")!.data).toEqual(Float32Array.of(1, -3.140625));
});

function sample(): Buffer {
  const tensors = new Map([
    ["conv2d/kernel", { shape: [2, 3], data: Float32Array.of(1, 2, 3, -0, NaN, Infinity) }],
    ["conv2d/bias", { shape: [1], data: Float32Array.of(1e-42) }],
    ["empty", { shape: [0, 5], data: new Float32Array(0) }],
  ]);
  return Buffer.concat(writeSafetensors({ tensors, metadata: { model: "lenet", __proto__x: "kept" } }));
}

test("gives back every bit", () => {
  const { tensors, metadata } = readSafetensors(sample(), "sample");
  expect(metadata).toEqual({ model: "lenet", __proto__x: "kept" });
  expect([...tensors.keys()]).toEqual(["conv2d/kernel", "conv2d/bias", "empty"]);
  expect(Object.is(tensors.get("conv2d/kernel")!.data[3], -0)).toBe(true);
  expect(Buffer.concat(writeSafetensors({ tensors, metadata }))).toEqual(sample());
});

test("data begins at a multiple of eight bytes", () => {
  expect(Number(sample().readBigUInt64LE(0)) % 8).toBe(0);
});

/** A file with this header and so many bytes of data. */
function file(header: unknown, dataBytes: number): Buffer {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.alloc(dataBytes)]);
}

test("a length that begins like a pickle is none", async () => {
  const header = JSON.stringify({ a: { dtype: "F32", shape: [2], data_offsets: [0, 8] } });
  const bytes = file(header.padEnd(0x180), 8);
  expect(bytes[0]).toBe(0x80);
  const parsed = await parseWeightsFile(bytes, "resnet50.safetensors");
  expect(parsed).toMatchObject({ kind: "tensors", tensors: new Map([["a", { shape: [2] }]]) });
});

const one = { dtype: "F32", shape: [1], data_offsets: [0, 4] };
const hostile: Record<string, [Buffer, RegExp]> = {
  "an empty file": [Buffer.alloc(0), /fewer than the 8/],
  "a giant header": [Buffer.from("ffffffffffffff7f7b7d", "hex"), /header would be/],
  "a header past the end": [file("{}", 0).subarray(0, 9), /file ends after 9/],
  "no JSON": [file("{oops", 0), /not a JSON object/],
  "a list for a header": [file([], 0), /not a JSON object/],
  overlaps: [file({ a: one, b: one }, 4), /overlap/],
  gaps: [file({ a: one, b: { ...one, data_offsets: [8, 12] } }, 12), /belong to no tensor/],
  "bytes left over": [file({ a: one }, 5), /1 bytes after/],
  "a tensor past the end": [file({ a: { ...one, shape: [9], data_offsets: [0, 36] } }, 4), /ends at byte 36/],
  "a shape that disagrees": [file({ a: { ...one, shape: [2] } }, 4), /needs 8 bytes, but has 4/],
  "an absurd shape": [file({ a: { ...one, shape: [2 ** 50, 2 ** 50] } }, 4), /needs .* bytes/],
  "a negative size": [file({ a: { ...one, shape: [-1] } }, 4), /no sound shape/],
  "a fraction of a byte": [file({ a: { ...one, data_offsets: [0, 4.5] } }, 4), /data_offsets/],
  "an unknown type": [file({ a: { ...one, dtype: "toString" } }, 4), /the type "toString"/],
  "metadata that is no text": [file({ __metadata__: { a: 1 } }, 0), /not a text/],
};
test.each(Object.entries(hostile))("refuses %s", (_, [bytes, message]) => {
  expect(() => readSafetensors(bytes, "bad.safetensors")).toThrow(InputError);
  expect(() => readSafetensors(bytes, "bad.safetensors")).toThrow(message);
});

test("every truncation is refused, every mutant answered", () => {
  const bytes = sample();
  for (let length = 0; length < bytes.length; length++) {
    expect(() => readSafetensors(bytes.subarray(0, length), "cut")).toThrow(InputError);
  }
  for (let at = 0; at < bytes.length; at++) {
    const mutant = Buffer.from(bytes);
    mutant[at] = (mutant[at]! + 1 + (at % 250)) & 0xff;
    try {
      readSafetensors(mutant, "mutant");
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
    }
  }
});
