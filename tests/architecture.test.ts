import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const source = fileURLToPath(new URL("../src", import.meta.url));

/** The rooms in the order in which a program passes them; a room imports from those before it alone. */
const order = [
  "version.ts",
  "source",
  "random",
  "diagnostics",
  "syntax",
  "graph",
  "settings",
  "layers",
  "elaborate",
  "python",
  "analyze",
  "lint",
  "compile.ts",
  "tensor",
  "autodiff",
  "onnx",
  "tfjs",
  "interop",
  "files",
  "weights",
  "metrics",
  "report",
  "data",
  "engine",
  "train",
  "index.ts",
  "cli",
];

/** Rooms that run anywhere, a browser included. */
const pure = order.slice(0, order.indexOf("files")).concat("metrics", "report");

/** The one room that ONNX Runtime is loaded in. */
const runtimeRooms = ["engine"];

interface Import {
  readonly from: string;
  readonly target: string;
  readonly room: string;
}

const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) =>
  name.endsWith(".ts"),
);

function roomOf(path: string): string {
  return path.split(/[\\/]/)[0]!;
}

const imports: Import[] = files.flatMap((file) => {
  const text = readFileSync(join(source, file), "utf8");
  const found = text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g);
  return [...found].map(([, target]) => ({ from: file, target: target!, room: roomOf(file) }));
});

test("every room has its place in the order", () => {
  expect([...new Set(files.map(roomOf))].filter((room) => !order.includes(room))).toEqual([]);
});

test("imports point down the flow, never back", () => {
  const back = imports
    .filter(({ target }) => target.startsWith("."))
    .map((entry) => ({
      ...entry,
      to: roomOf(relative(source, normalize(join(source, dirname(entry.from), entry.target)))),
    }))
    .filter(({ room, to }) => order.indexOf(to) > order.indexOf(room));
  expect(back.map(({ from, target }) => `${from} imports ${target}`)).toEqual([]);
});

test("no files need each other but statements and the models that hold them", () => {
  const needs = new Map(files.map((file) => [file, neededBy(file)]));
  // Whoever needs nobody that is left cannot be in a circle, and neither can one whom nobody needs.
  for (let before = -1; needs.size !== before;) {
    before = needs.size;
    const needed = new Set([...needs.values()].flat());
    for (const [file, others] of needs) {
      if (!needed.has(file) || !others.some((other) => needs.has(other))) needs.delete(file);
    }
  }
  expect([...needs.keys()].sort()).toEqual(
    ["imports.ts", "models.ts", "statements.ts"].map((name) => join("elaborate", name)),
  );
});

/** The files that a file imports more than types of. */
function neededBy(file: string): readonly string[] {
  const text = readFileSync(join(source, file), "utf8");
  const found = text.matchAll(/^(?:import|export) (?!type)([^;]*?)from "(\.[^"]+)"/gm);
  return [...found]
    .filter(
      ([, names]) =>
        !/^\{[^}]*\}\s*$/.test(names!) ||
        names!
          .replace(/[{}]/g, "")
          .split(",")
          .some((name) => name.trim() !== "" && !name.trim().startsWith("type ")),
    )
    .map(([, , target]) => join(dirname(file), target!));
}

describe("the compiler runs in a browser and starts fast", () => {
  test("its rooms import nothing of Node", () => {
    const node = imports.filter(({ room, target }) => pure.includes(room) && target.startsWith("node:"));
    expect(node.map(({ from, target }) => `${from} imports ${target}`)).toEqual([]);
  });

  test("three modules alone load TensorFlow.js; it is everywhere else a parameter", () => {
    const eager = files.filter((file) => {
      const text = readFileSync(join(source, file), "utf8");
      return (
        /^(?:import|export) (?!type)[^;]*"@tensorflow\//m.test(text) || /import\("@tensorflow\//.test(text)
      );
    });
    const loading = ["converter.ts", "plain.ts", "webgpu.ts"].map((name) => join("tfjs", name));
    expect(eager.sort()).toEqual(loading);
  });

  test("one room alone loads ONNX Runtime, and only when it is needed", () => {
    const eager = files.flatMap((file) => {
      const text = readFileSync(join(source, file), "utf8");
      const loads =
        /^import (?!type)[^;]*"onnxruntime/m.test(text) ||
        (/"onnxruntime/.test(text) &&
          !runtimeRooms.includes(roomOf(file)) &&
          !/^import type[^;]*"onnxruntime/m.test(text));
      return loads ? [file] : [];
    });
    expect(eager).toEqual([]);
  });
});
