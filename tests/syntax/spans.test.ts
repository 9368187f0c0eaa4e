import { expect, test } from "vitest";
import { SourceFile, spanText, type Span } from "../../src/source/source-file.ts";
import type { Expression } from "../../src/syntax/ast.ts";
import { renderExpression } from "../../src/syntax/ast-text.ts";
import { parseProgram } from "../../src/syntax/parser.ts";
import { examples } from "./corpus.ts";

interface Place {
  readonly node: Record<string, unknown>;
  readonly span: Span;
  readonly parent: Span;
}

/** Every object with a span below a node, with the span of the nearest one around it. */
function* places(value: unknown, parent: Span): Generator<Place> {
  if (typeof value !== "object" || value === null || value instanceof SourceFile) return;
  const node = value as Record<string, unknown>;
  const span = node["span"] as Span | undefined;
  if (span !== undefined) yield { node, span, parent };
  for (const [key, child] of Object.entries(node)) {
    if (key !== "span" && key !== "headSpan") yield* places(child, span ?? parent);
  }
}

const expressionKinds = new Set(
  "number text word member call unary binary unknown dimension tuple shape list parenthesized".split(" "),
);

test.each(examples)("spans in $name lie in each other and hold their own text", ({ text }) => {
  const file = new SourceFile("test.cnn", text);
  const { value: program } = parseProgram(file);
  let expressions = 0;
  for (const { node, span, parent } of places(program.statements, program.span)) {
    expect(span.file).toBe(file);
    expect(span.start, spanText(span)).toBeGreaterThanOrEqual(parent.start);
    expect(span.end, spanText(span)).toBeLessThanOrEqual(parent.end);
    expect(spanText(span)).toBe(spanText(span).trim());
    expect(span.end).toBeGreaterThan(span.start);
    if ("name" in node && !("kind" in node) && typeof node["name"] === "string") {
      expect(spanText(span)).toBe(node["name"]);
    }
    if (!expressionKinds.has(node["kind"] as string)) continue;
    expressions += 1;
    const again = parseProgram(new SourceFile("again.cnn", `let v = ${spanText(span)}`)).value.statements[0];
    expect(again?.kind === "let" && renderExpression(again.value)).toBe(
      renderExpression(node as unknown as Expression),
    );
  }
  expect(expressions).toBeGreaterThan(3);
});

test.each(examples)(
  "statements and comments of $name cover all of its text but blanks and separators",
  ({ text }) => {
    const file = new SourceFile("test.cnn", text);
    const { value: program } = parseProgram(file);
    const rest = [...file.text];
    for (const { span } of [...program.statements, ...program.comments]) rest.fill(" ", span.start, span.end);
    expect(rest.join("").replace(/[\s;]/g, "")).toBe("");
  },
);

test("a head ends before its body", () => {
  const { value } = parseProgram(new SourceFile("test.cnn", "a: concat axis=channels { branch {} }"));
  const statement = value.statements[0]!;
  expect(statement.kind === "layer" && spanText(statement.headSpan)).toBe("concat axis=channels");
  expect(spanText(statement.span)).toBe("a: concat axis=channels { branch {} }");
});
