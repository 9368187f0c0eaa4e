import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { renderDiagnostics } from "../../src/diagnostics/render.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { checkProgram, mostFindings } from "./check-program.ts";
import { runMutants } from "./run-mutants.ts";

const examples = new URL("../../examples/", import.meta.url);
const programs = readdirSync(examples)
  .filter((name) => name.endsWith(".cnn"))
  .map((name) => [name, readFileSync(new URL(name, examples), "utf8")] as const);

/** Mutants of each example; `npm run verify` asks for many more. */
const mutantsPerProgram = Number(process.env["CNN_MUTANTS"] ?? 5000);

/** Milliseconds of the processor within which any mutant must be answered. */
const longestAnswer = 2000;

test(
  `${mutantsPerProgram} mutants of every example get an answer: no exception, no hang, bounded memory, places inside the file, at most ${mostFindings} findings, messages of 80 columns; those that parse are formatted for good`,
  async () => {
    const { mutants, formatted, slowest, failures } = await runMutants(programs, mutantsPerProgram);
    expect(failures).toEqual([]);
    expect(mutants).toBe(mutantsPerProgram * programs.length);
    expect(slowest).toBeLessThan(longestAnswer);
    expect(formatted).toBeGreaterThan(mutants / 100);
  },
  120_000 + 40 * mutantsPerProgram,
);

/** Texts of 100 kB: what the examples hold as one text, and what long models are made of. */
const size = 100_000;
const large100kB: readonly (readonly [name: string, text: string])[] = [
  ["all examples", repeated(`${programs.map(([, text]) => text).join("\n")}\n`)],
  ["layers", `input 64x64x3\n${repeated("conv 16 3x3 same bias=no\nbn\nrelu\n")}global_pool avg\n`],
  [
    "calls and branches",
    `block unit(f) { add {\n branch { conv f 3x3 same relu }\n branch { } } }\ninput 16x16x8\n${repeated("a: unit 8\n")}`,
  ],
  ["sums", `let a = ${repeated("(1 + 2) * 3 - ")}1\ndense a\n`],
];

function repeated(text: string): string {
  return text.repeat(Math.ceil(size / text.length));
}

test("broken texts of 100 kB are answered in 2 s and 256 MB each", async () => {
  const { slowest, failures } = await runMutants(large100kB, Math.ceil(mutantsPerProgram / 2000));
  expect(failures).toEqual([]);
  expect(slowest).toBeLessThan(longestAnswer);
}, 600_000);

/**
 * Compiles a program with n repetitions and with 4n; linear time gives a ratio near 4. The processor's time counts, the least
 * of two, since others may use the machine.
 */
function growth(build: (count: number) => string, count: number): number {
  const time = (text: string): number => {
    const started = process.cpuUsage();
    renderDiagnostics(compile(new SourceFile("large.cnn", text)).diagnostics);
    return process.cpuUsage(started).user;
  };
  const least = (text: string): number => Math.min(time(text), time(text));
  time(build(count));
  return least(build(4 * count)) / least(build(count));
}

const large: Record<string, (count: number) => string> = {
  layers: (count) => `input 8x8x3\n${"conv 3 3x3 same\nrelu\n".repeat(count / 2)}`,
  "statements on one line": (count) => `input 8x8x3; ${"relu; ".repeat(count)}`,
  "passes of loops": (count) => `input 8x8x3\n${"repeat 2 { relu }\n".repeat(count / 2)}`,
  "calls of a block": (count) => `block b { relu }\ninput 8x8x3\n${"b\n".repeat(count)}`,
  labels: (count) =>
    `input 8x8x3\n${Array.from({ length: count }, (_, index) => `l${index}: relu\n`).join("")}`,
  allowances: (count) => `input 8x8x3\n${"# allow CNN514: a test\nrelu\n".repeat(count)}`,
};

describe("100,000 layers are answered in time that grows with their number", () => {
  test.each(Object.entries(large))(
    "%s",
    (_, build) => {
      const { model, diagnostics } = compile(new SourceFile("large.cnn", build(100_000)));
      expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
      expect(model.layers.length).toBeGreaterThan(100_000);
      // A quadratic step would show as 16.
      expect(growth(build, 5_000)).toBeLessThan(10);
    },
    240_000,
  );
});

const mistaken: Record<string, (count: number) => string> = {
  "a fix of many lines": (count) => `input 8x8x3\n${'Conv2D(3, (3, 3), padding="same")\n'.repeat(count)}`,
  "many mistakes on one line": (count) => `input 8x8x3; ${"rleu; ".repeat(count)}`,
};

describe("mistakes are explained in time that grows with the file", () => {
  test.each(Object.entries(mistaken))(
    "%s",
    (_, build) => {
      expect(growth(build, 1_500)).toBeLessThan(10);
    },
    240_000,
  );
});

const nested: Record<string, string> = {
  parentheses: `dense ${"(".repeat(100_000)}1${")".repeat(100_000)}`,
  "open parentheses": `dense ${"(".repeat(100_000)}`,
  braces: `input 8x8x3\n${"add { branch { ".repeat(50_000)}relu${" } }".repeat(50_000)}`,
  "open braces": "repeat 2 { ".repeat(100_000),
  "closed braces": "}".repeat(100_000),
  lists: `let a = ${"[".repeat(100_000)}${"]".repeat(100_000)}`,
  minus: `let a = ${"-".repeat(100_000)}1`,
  not: `let a = ${"not ".repeat(100_000)}yes`,
  powers: `let a = ${"2 ** ".repeat(100_000)}2`,
  sums: `let a = ${"1 + ".repeat(100_000)}1`,
  "else if": `if 1 == 2 { relu } ${"else if 1 == 2 { relu } ".repeat(100_000)}`,
  calls: `let a = ${"min(".repeat(100_000)}1${")".repeat(100_000)}`,
  "a long name": "a".repeat(1_000_000),
  "a long number": `dense ${"9".repeat(1_000_000)}`,
  "a long text": `use "${"x".repeat(1_000_000)}"`,
  "a long line of blanks": `${" ".repeat(1_000_000)}relu`,
};

describe("nesting and lines without end get an answer", () => {
  test.each(Object.entries(nested))("%s", (_, text) => {
    const started = process.cpuUsage();
    checkProgram(text);
    // Microseconds of the processor: others may use the machine.
    expect(process.cpuUsage(started).user).toBeLessThan(5_000_000);
  });
});
