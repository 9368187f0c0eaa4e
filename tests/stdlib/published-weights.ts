import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { compile } from "../../src/compile.ts";
import type { ShapedGraph } from "../../src/analyze/shaped-graph.ts";
import { readImport } from "../../src/files/imports.ts";
import { readLibrary } from "../../src/files/library.ts";
import type { WeightValue } from "../../src/tensor/weight-values.ts";
import type { WeightsFile } from "../../src/weights/weights-file.ts";

/** What a weight is filled with: a kernel with the number of its inputs. */
type Role = "scale" | "variance" | "offset" | number;

/** A model of Keras Applications or of torchvision with what it makes of one image; written by cases/published_weights.py. */
export interface PublishedCase {
  readonly library: "keras" | "torchvision";
  readonly model: string;
  readonly set: string;
  /** Height and width of the image, and its largest number. */
  readonly size: number;
  readonly scale: number;
  /** For Keras the layer's name and the weight's place in it. */
  readonly weights: readonly (readonly [name: string, role: Role, shape: readonly number[]])[];
  /** Before the softmax, their mean taken off. */
  readonly logits: readonly number[];
  /** The file with the weights, where the script was told to write them. */
  readonly file?: string;
}

export function readCases(path: URL | string): readonly PublishedCase[] {
  const { cases } = JSON.parse(gunzipSync(readFileSync(path)).toString()) as {
    cases: readonly PublishedCase[];
  };
  return cases;
}

/** CRC-32 as in zlib. */
const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(text: string): number {
  let crc = 0xffffffff;
  for (const byte of new TextEncoder().encode(text)) crc = crcTable[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** The same numbers from -1 to 1 as the script's `noise`. */
function noise(name: string, count: number): Float32Array {
  const seed = crc32(name);
  const values = new Float32Array(count);
  for (let index = 0; index < count; index++) {
    let h = (Math.imul(index, 0x9e3779b1) + seed) >>> 0;
    h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
    h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
    values[index] = ((h ^ (h >>> 16)) >>> 0) / 2 ** 31 - 1;
  }
  return values;
}

function fill([name, role, shape]: PublishedCase["weights"][number]): WeightValue {
  const data = noise(
    name,
    shape.reduce((product, size) => product * size, 1),
  );
  const change: (value: number) => number =
    role === "scale"
      ? (value) => 0.7 + 0.2 * value
      : role === "variance"
        ? (value) => 1 + 0.3 * value
        : role === "offset"
          ? (value) => 0.1 * value
          : (value) => value * Math.fround(Math.sqrt(6 / role));
  return { shape, data: data.map(change) };
}

/** What a file with the case's weights holds. Without values the arrays are empty where only names and shapes matter. */
export function fileOf({ library, weights }: PublishedCase, withValues: boolean): WeightsFile {
  const values = weights.map((entry): [string, WeightValue] => [
    entry[0],
    withValues
      ? fill(entry)
      : { shape: entry[2], data: new Float32Array(entry[2].reduce((a, b) => a * b, 1)) },
  ]);
  if (library === "torchvision") return { kind: "tensors", tensors: new Map(values), metadata: {} };
  const layers = new Map<string, WeightValue[]>();
  for (const [key, value] of values) {
    const name = key.slice(0, key.lastIndexOf("/"));
    layers.set(name, [...(layers.get(name) ?? []), value]);
  }
  return { kind: "keras", layers: [...layers].map(([name, list]) => ({ name, values: list })) };
}

export function imageOf({ size, scale }: PublishedCase): WeightValue {
  const data = noise("image", size * size * 3).map((value) => ((value + 1) / 2) * scale);
  return { shape: [1, size, size, 3], data };
}

export function compileCase({ model: modelName, set, size }: PublishedCase): ShapedGraph {
  const { file } = readLibrary().find(({ name }) => name === modelName)!;
  const { model, diagnostics } = compile(file, {
    modelName,
    inputs: [`${size}x${size}x3`],
    parameters: set.split(" "),
    readImport,
  });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join("; "));
  return model;
}
