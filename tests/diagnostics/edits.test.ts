import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { applyFixes } from "../../src/diagnostics/edits.ts";
import type { SourceFile } from "../../src/source/source-file.ts";
import { SourceFile as File } from "../../src/source/source-file.ts";

/** Finds every letter of a table and offers to replace it; what has no replacement has no fix. */
function finder(table: Readonly<Record<string, { to?: string; severity?: "error" | "warning" }>>) {
  let checks = 0;
  const check = (file: SourceFile): Diagnostic[] => {
    checks += 1;
    return [...file.text].flatMap((letter, start): Diagnostic[] => {
      const row = table[letter];
      if (row === undefined) return [];
      const span = { file, start, end: start + 1 };
      return [
        {
          code: "CNN110",
          severity: row.severity ?? "warning",
          message: letter,
          primary: { span, text: "" },
          labels: [],
          notes: [],
          ...(row.to === undefined
            ? {}
            : { fix: { title: `to ${row.to}`, edits: [{ span, text: row.to }] } }),
        },
      ];
    });
  };
  return { check, checks: () => checks };
}

function run(text: string, table: Parameters<typeof finder>[0]) {
  const { check, checks } = finder(table);
  const { file, applied, refused, left } = applyFixes(new File("m.cnn", text), check);
  return {
    text: file.text,
    applied: applied.length,
    refused: refused.length,
    left: left.length,
    checks: checks(),
  };
}

describe("applying fixes", () => {
  test("all that do not touch go in together, and what comes after them too", () => {
    expect(run("a-a-a", { a: { to: "b" }, b: { to: "c" } })).toEqual({
      text: "c-c-c",
      applied: 6,
      refused: 0,
      left: 0,
      checks: 3,
    });
  });

  test("one that leads to an error is refused, and the others still go in", () => {
    const table = { a: { to: "b" }, x: { to: "e" }, e: { severity: "error" as const } };
    expect(run("a-x-a-a", table)).toMatchObject({ text: "b-x-b-b", applied: 3, refused: 1, left: 1 });
  });

  test("one that helps nothing is refused", () => {
    expect(run("a", { a: { to: "a" } })).toMatchObject({ text: "a", applied: 0, refused: 1 });
    expect(run("a", { a: { to: "aa" } })).toMatchObject({ text: "a", applied: 0, refused: 1 });
  });

  test("two that undo each other come to an end", () => {
    expect(run("a", { a: { to: "b" }, b: { to: "a" } })).toMatchObject({ text: "b", applied: 1, refused: 1 });
  });

  test("an error's fix may not bring a new error up to its place, nor more errors", () => {
    const error = "error" as const;
    expect(run("a", { a: { to: "e", severity: error }, e: { severity: error } })).toMatchObject({
      text: "a",
    });
  });

  test("an error's fix may bring to light what it hid further on", () => {
    const check = (file: SourceFile): Diagnostic[] => {
      const at = (letter: string, to?: string): Diagnostic[] => {
        const start = file.text.indexOf(letter);
        const span = { file, start, end: start + 1 };
        const fix = to === undefined ? undefined : { title: "", edits: [{ span, text: to }] };
        const primary = { span, text: "" };
        return start < 0
          ? []
          : [
              {
                code: "CNN110",
                severity: "error",
                message: letter,
                primary,
                labels: [],
                notes: [],
                ...(fix && { fix }),
              },
            ];
      };
      const [first] = at("a", "b");
      return first === undefined ? at("z") : [first];
    };
    expect(applyFixes(new File("m.cnn", "a z"), check).file.text).toBe("b z");
  });

  test("edits of another file are left alone", () => {
    const other = new File("other.cnn", "a");
    const { check } = finder({ a: { to: "b" } });
    const result = applyFixes(new File("m.cnn", "-"), () => check(other));
    expect(result).toMatchObject({ applied: [] });
    expect(result.file.text).toBe("-");
  });

  test("a hundred bad fixes among good ones take a bounded number of checks", () => {
    const table = { a: { to: "b" }, x: { to: "e" }, e: { severity: "error" as const } };
    const result = run("ax".repeat(50), table);
    expect(result.text).toBe("bx".repeat(50));
    expect(result.checks).toBeLessThan(400);
  });
});
