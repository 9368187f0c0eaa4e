import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { readImport } from "../../src/files/imports.ts";
import { readLibrary } from "../../src/files/library.ts";
import { sum } from "../../src/graph/dim.ts";
import { foldGraph, type FoldedGraph, unfoldCall } from "../../src/report/diagram/fold.ts";
import { headOf, renderDiagram } from "../../src/report/diagram/svg.ts";
import { SourceFile } from "../../src/source/source-file.ts";

const library = new Map(readLibrary().map(({ name, file }) => [name, file]));

function modelOf(name: string) {
  return compile(library.get(name)!, { modelName: name, readImport }).model;
}

const titles = ({ boxes }: FoldedGraph): string[] =>
  boxes.map(({ title, times }) => (times === 1 ? title : `${title} × ${times}`));

test.each([
  "resnet50",
  "googlenet",
  "unet_same",
  "densenet201",
  "inception_resnet_v2",
  "regnet_y_8gf",
  "vit_b_16",
])("%s fits on a page, and every layer is in one box", (name) => {
  const model = modelOf(name);
  const { boxes, edges } = foldGraph(model);
  expect(boxes.length).toBeLessThanOrEqual(36);
  expect(boxes.flatMap(({ layers }) => layers)).toHaveLength(model.layers.length);
  const weights = sum(boxes.flatMap(({ layers }) => layers.map(({ parameters }) => parameters)));
  expect(weights.value).toBe(model.totals.parameters.value);
  const reached = new Set(edges.map(([, to]) => to));
  expect(boxes.filter(({ role }, index) => role !== "input" && !reached.has(index))).toEqual([]);
});

test("calls alike become one box, and labels stay", () => {
  const folded = foldGraph(modelOf("resnet50"), 1);
  expect(titles(folded)).toEqual([
    ...["input", "resnet_conv", "relu", "max pool 3x3, stride 2", "bottleneck", "bottleneck × 2"],
    ...["bottleneck", "bottleneck × 3", "bottleneck", "bottleneck × 5", "bottleneck", "bottleneck × 2"],
    ...["global avg pool", "dense 1000"],
  ]);
  expect(folded.boxes.map(({ stage }) => stage?.label).filter(Boolean)).toEqual(
    ["conv2", "conv3", "conv4", "conv5"].flatMap((label) => [label, label]),
  );
});

test("a norm and an activation go with their layer, unless another layer needs what is between", () => {
  const text = "input 8x8x1\nconv 4 3x3; bn; relu\nx: conv 4 3x3 same\nrelu\nadd x\nflatten\ndense 2 softmax";
  const folded = foldGraph(compile(new SourceFile("m.cnn", text)).model);
  expect(folded.boxes.map(({ title, detail }) => [title, detail])).toEqual([
    ["input", ""],
    ["conv 4 3x3", "bn, relu"],
    ["conv 4 3x3", ""],
    ["relu", ""],
    ["add", ""],
    ["flatten", ""],
    ["dense 2", "softmax"],
  ]);
});

test("a block alone begins with what comes in", () => {
  const model = modelOf("resnet50");
  const call = foldGraph(model).boxes.find(({ title }) => title === "bottleneck")!.call!;
  const folded = unfoldCall(model, call.instance);
  expect(titles(folded)).toEqual([
    "input",
    "conv 256 1x1",
    "conv 64 1x1",
    "conv 64 3x3",
    "conv 256 1x1",
    "add",
  ]);
});

test("an edge at a merge begins or ends on its circle", () => {
  const model = modelOf("vit");
  const call = foldGraph(model).boxes.find(({ title }) => title === "encoder_layer")!.call!;
  const svg = renderDiagram(unfoldCall(model, call.instance), headOf(model));
  const circles = [...svg.matchAll(/<circle cx="([-\d.]+)" cy="([-\d.]+)" r="([\d.]+)"/g)].map(
    ([, ...numbers]) => numbers.map(Number) as [number, number, number],
  );
  const begin = /class="edge" d="M([-\d.]+),([-\d.]+)/g;
  const tip = /class="tip" d="M[-\d.]+ [-\d.]+L[-\d.]+ [-\d.]+L([-\d.]+) ([-\d.]+)Z/g;
  const ends = [begin, tip].map((pattern) =>
    [...svg.matchAll(pattern)].map(([, x, y]) => [Number(x), Number(y)]),
  );
  const at = (points: readonly number[][]): number =>
    points.filter(([px, py]) =>
      circles.some(([x, y, radius]) => Math.abs(Math.hypot(px! - x, py! - y) - radius) < 2),
    ).length;
  // Two go out of the first, and two into each.
  expect(circles).toHaveLength(2);
  expect(ends.map(at)).toEqual([2, 4]);
});

interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function rectanglesOf(svg: string): Rectangle[] {
  const boxes = svg.matchAll(/<rect x="([-\d.]+)" y="([-\d.]+)" width="([\d.]+)" height="([\d.]+)" rx="8"/g);
  return [...boxes].map(([, ...numbers]) => {
    const [x, y, width, height] = numbers.map(Number) as [number, number, number, number];
    return { x, y, width, height };
  });
}

describe.each(["lenet5", "googlenet", "unet_same", "yolo_v3_tiny"])("the picture of %s", (name) => {
  const svg = renderDiagram(foldGraph(modelOf(name)), headOf(modelOf(name)));

  test("is well-formed", () => {
    const open: string[] = [];
    for (const [, closing, tag, empty] of svg.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>/g)) {
      if (closing === "/") expect(open.pop()).toBe(tag);
      else if (empty === "") open.push(tag!);
    }
    expect(open).toEqual([]);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  test("has no box upon another, and none outside", () => {
    const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg)!.map(Number) as [
      number,
      number,
      number,
    ];
    const [, across, down] = /translate\(([-\d.]+) ([-\d.]+)\)/.exec(svg)!.map(Number) as [
      number,
      number,
      number,
    ];
    const boxes = rectanglesOf(svg);
    for (const [index, one] of boxes.entries()) {
      expect(one.x + across).toBeGreaterThanOrEqual(0);
      expect(one.x + across + one.width).toBeLessThanOrEqual(width);
      expect(one.y + down + one.height).toBeLessThanOrEqual(height);
      for (const other of boxes.slice(index + 1)) {
        const isApart =
          one.x + one.width <= other.x ||
          other.x + other.width <= one.x ||
          one.y + one.height <= other.y ||
          other.y + other.height <= one.y;
        expect(isApart || isCard(one, other)).toBe(true);
      }
    }
  });
});

/** Cards of one stack are equally large and lie a few cells apart. */
function isCard(one: Rectangle, other: Rectangle): boolean {
  return one.width === other.width && Math.abs(one.x - other.x) <= 6 && Math.abs(one.y - other.y) <= 6;
}
