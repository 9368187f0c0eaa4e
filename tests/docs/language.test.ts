import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { findingsOf } from "../../scripts/docs/findings.ts";
import { compile } from "../../src/compile.ts";
import { catalogue } from "../../src/diagnostics/catalogue.ts";
import { controlWords } from "../../src/elaborate/words.ts";
import { numberFunctions } from "../../src/elaborate/functions.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { resolveSettings } from "../../src/train/settings/resolve.ts";
import { saidShapes } from "./said-shapes.ts";

const manual = readFileSync(fileURLToPath(new URL("../../docs/language.md", import.meta.url)), "utf8");

/** A fence marked `cnn` is a whole program; `cnn CNN204` one that gives that code; `cnn fragment` is not compiled alone. */
interface Fence {
  readonly line: number;
  readonly mark: string;
  readonly text: string;
}

const fences: readonly Fence[] = [...manual.matchAll(/^```cnn(.*)\n([^]*?)^```$/gm)].map((match) => ({
  line: manual.slice(0, match.index).split("\n").length,
  mark: match[1]!.trim(),
  text: match[2]!,
}));

/** What the fences' `use` takes. */
const files = { "blocks.cnn": "block stem(filters) { conv filters 3x3 same relu; pool max 2 }\n" };

describe("the programs of the manual", () => {
  test.each(fences.filter(({ mark }) => mark === ""))("line $line compiles without a word", ({ text }) => {
    const findings = findingsOf({ text, files });
    expect(findings.map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
  });

  test.each(fences.filter(({ mark }) => /^CNN/.test(mark)))("line $line gives $mark", ({ text, mark }) => {
    expect(findingsOf({ text, files })[0]?.code).toBe(mark);
  });

  test("each fence is a program, a wrong program or a fragment", () => {
    const marks = fences.map(({ mark }) => mark).filter((mark) => mark !== "fragment" && mark !== "");
    expect(marks.filter((mark) => !Object.hasOwn(catalogue, mark))).toEqual([]);
  });
});

test.each(fences.filter(({ mark }) => mark === ""))(
  "line $line: the shapes beside the lines are true",
  (fence) => {
    const file = new SourceFile("manual.cnn", fence.text);
    const { model } = compile(file, { readImport: (name) => new SourceFile(name, files["blocks.cnn"]) });
    const { said, found } = saidShapes(file, model, /# → (\S+)$/);
    expect(found).toEqual(said);
  },
);

test("every setting of the manual's table is known, and no other", () => {
  const table = /<!-- settings -->([^]*?)<!-- \/settings -->/.exec(manual)![1]!;
  const said = [...table.matchAll(/^\| `(\w+)/gm)].map((match) => match[1]!);
  const { model } = compile(new SourceFile("m.cnn", "input 3\ndense 2\ntrain { zzzzzz 1 }\n"));
  const help = resolveSettings(model.graph).diagnostics[0]!.help!;
  expect(said.sort()).toEqual(help.replace("known are ", "").split(", ").sort());
});

test("every function is in the manual", () => {
  for (const name of Object.keys(numberFunctions)) expect(manual).toContain(`\`${name}(`);
});

test("every word of the language and every function stands in a program", () => {
  const programs = fences.map(({ text }) => text).join("\n");
  const merges = ["add", "subtract", "multiply", "average", "maximum", "minimum", "concat", "dot"];
  const words = [...controlWords, ...merges, ...Object.keys(numberFunctions)];
  expect(words.filter((word) => !new RegExp(`\\b${word}\\b`).test(programs))).toEqual([]);
});

test("links inside the manual lead somewhere", () => {
  const headings = [...manual.matchAll(/^#+ (.*)$/gm)].map((match) =>
    match[1]!
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
  const targets = [...manual.matchAll(/\]\(#([^)]*)\)/g)].map((match) => match[1]!);
  expect(targets.filter((target) => !headings.includes(target))).toEqual([]);
});
