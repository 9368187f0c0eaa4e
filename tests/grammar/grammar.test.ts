import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import prettier from "prettier";
import { describe, expect, test } from "vitest";
import { grammarFiles } from "../../scripts/grammar/files.ts";
import { controlWords } from "../../src/syntax/tokens.ts";
import { examples } from "../syntax/corpus.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (name: string): string => readFileSync(`${root}/${name}`, "utf8");

test.each([...grammarFiles()])("%s is fresh: else run node scripts/grammar.mjs", async (name, text) => {
  const path = `${root}/${name}`;
  const expected = name.endsWith(".json")
    ? await prettier.format(text, { ...(await prettier.resolveConfig(path)), filepath: path })
    : text;
  expect(read(name)).toBe(expected);
});

describe("the EBNF", () => {
  const text = read("grammar/cnn.ebnf").replace(/\/\*[^]*?\*\//g, "");
  const defined = [...text.matchAll(/^(\w+) ::=/gm)].map((match) => match[1]!);

  test("defines every name that it uses, once", () => {
    const uses = text.replace(/::= \/.*$/gm, "").replace(/"[^"]*"/g, "");
    const used = new Set([...uses.matchAll(/[A-Za-z]+/g)].map((match) => match[0]));
    expect([...used].filter((name) => !defined.includes(name))).toEqual([]);
    expect(new Set(defined).size).toBe(defined.length);
  });

  test("holds every control word but the operators, which stand in its head", () => {
    const missing = controlWords.filter((word) => !text.includes(`"${word}"`));
    expect(missing).toEqual(["and", "or"]);
  });
});

describe("the railroad page", () => {
  const page = read("grammar/railroad.html");
  const targets = new Set([...page.matchAll(/id="([^"]+)"/g)].map((match) => match[1]!));

  test("has a diagram for each rule of the EBNF, and every link leads to one", () => {
    const rules = [...read("grammar/cnn.ebnf").matchAll(/^([a-z]\w*) ::=/gm)].map((match) => match[1]!);
    expect(rules.filter((rule) => !page.includes(`<section id="${rule}">`))).toEqual([]);
    const links = [...page.matchAll(/href="#([^"]+)"/g)].map((match) => match[1]!);
    expect(links.filter((link) => !targets.has(link))).toEqual([]);
  });

  test("needs nothing from elsewhere", () => {
    expect([...page.matchAll(/(?:src|href)="([^"#]+)"/g)].map((match) => match[1])).toEqual(["cnn.ebnf"]);
    expect(page).not.toMatch(/<script|@import|url\(/);
  });
});

interface Rule {
  readonly name?: string;
  readonly match?: string;
  readonly begin?: string;
  readonly end?: string;
  readonly captures?: Readonly<Record<string, { readonly name: string }>>;
}

describe("the TextMate grammar", () => {
  const grammar = JSON.parse(read("grammar/cnn.tmLanguage.json")) as {
    readonly patterns: readonly { readonly include: string }[];
    readonly repository: Readonly<Record<string, Rule>>;
  };
  const rule = (name: string): Rule => grammar.repository[name]!;

  test("includes each of its rules", () => {
    expect(grammar.patterns.map(({ include }) => include.slice(1)).sort()).toEqual(
      Object.keys(grammar.repository).sort(),
    );
  });

  test.each([
    ["shape", "conv 32 3x3 stride=2x1", ["3x3", "2x1"]],
    ["shape", "input HxWx3; input ?x?x3", ["HxWx3", "?x?x3"]],
    ["shape", "max_x x1 Conv2D", []],
    ["number", "rescale 1/127.5 l2=1e-4 x1 1_000", ["1", "127.5", "1e-4", "1_000"]],
    ["word", "input 3; in.channels; inputs from=3", ["input", "in"]],
    ["layer", "conv 32; a: relu", ["conv", " relu"]],
    ["label", "a: relu; b: bn", ["a:", " b:"]],
    ["argument", "conv stride=2 a == b", ["stride="]],
    ["operator", "a and b // 2 ** 3 != c", ["and", "//", "**", "!="]],
  ])("%s in %j", (name, text, expected) => {
    const found = [...text.matchAll(new RegExp(rule(name).match!, "gm"))].map((match) => match[0]);
    expect(found).toEqual(expected);
  });

  test("its expressions are valid, and run over every example", () => {
    for (const { match, begin, end } of Object.values(grammar.repository)) {
      for (const pattern of [match, begin, end]) {
        if (pattern === undefined) continue;
        for (const { text } of examples) expect(() => text.match(new RegExp(pattern, "gm"))).not.toThrow();
      }
    }
  });
});
