import { expect, test } from "vitest";
import { createRandom } from "../../src/random/random.ts";
import { SourceFile, type Span } from "../../src/source/source-file.ts";
import type { Program } from "../../src/syntax/ast.ts";
import { renderProgram } from "../../src/syntax/ast-text.ts";
import { formatProgram } from "../../src/syntax/format.ts";
import { parseProgram } from "../../src/syntax/parser.ts";
import { scanTokens } from "../../src/syntax/scan.ts";
import { type Diagnostic, DiagnosticSink } from "../../src/diagnostics/diagnostic.ts";
import { examples } from "./corpus.ts";

const random = createRandom(20, "syntax mutants");
const below = (count: number): number => Math.floor(random.uniform() * count);
const pick = <Item>(items: readonly Item[]): Item => items[below(items.length)]!;

const odd = [
  ..."(){}[];:,.=x*/-+?#\"'\\\n\r\t 0\u00e9\u00d7\uff13\u200b\u00a0\ud83d\ude00\u201c\u0000",
  "\ud800",
  "\r\n",
  "//",
  "..",
  " x ",
  "\n}\n",
  " { ",
  "let ",
  " in.",
  " else ",
  "input ",
  "3x3",
  "1e",
];

/** Every token of every example, as something to put elsewhere. */
const words = examples.flatMap(({ text }) =>
  scanTokens(new SourceFile("words.cnn", text), new DiagnosticSink()).tokens.map((token) => token.image),
);

function mutateCharacters(text: string): string {
  const at = below(text.length + 1);
  switch (below(4)) {
    case 0:
      return text.slice(0, at) + pick(odd) + text.slice(at);
    case 1:
      return text.slice(0, at) + text.slice(at + 1 + below(4));
    case 2:
      return text.slice(0, at);
    default:
      return text.slice(0, at) + pick(odd) + text.slice(at + 1);
  }
}

function mutateTokens(text: string): string {
  const { tokens } = scanTokens(new SourceFile("mutant.cnn", text), new DiagnosticSink());
  if (tokens.length < 2) return text;
  const { startOffset, endOffset } = pick(tokens);
  const other = pick(tokens);
  const before = text.slice(0, startOffset);
  const after = text.slice(endOffset);
  switch (below(4)) {
    case 0:
      return before + after;
    case 1:
      return `${before}${text.slice(startOffset, endOffset)} ${text.slice(startOffset, endOffset)}${after}`;
    case 2:
      return `${before}${pick(words)}${after}`;
    default:
      return `${before}${text.slice(other.startOffset, other.endOffset)}${after}`;
  }
}

function mutant(): string {
  let { text } = pick(examples);
  for (let count = 1 + below(3); count > 0; count -= 1)
    text = below(2) === 0 ? mutateCharacters(text) : mutateTokens(text);
  return text;
}

function* spansOf(value: unknown): Generator<Span> {
  if (typeof value !== "object" || value === null || value instanceof SourceFile) return;
  for (const [key, child] of Object.entries(value)) {
    if (key === "span" || key === "headSpan") yield child as Span;
    else yield* spansOf(child);
  }
}

/**
 * The first place outside of its file. A plain comparison: texts have hundreds of places, and `expect` for each of them took
 * five sixths of the whole test.
 */
function findOutside(spans: Iterable<Span>, { text }: SourceFile): Span | undefined {
  for (const span of spans)
    if (!(0 <= span.start && span.start <= span.end && span.end <= text.length)) return span;
  return undefined;
}

function* spansOfDiagnostics(diagnostics: readonly Diagnostic[]): Generator<Span> {
  for (const { primary, labels, fix } of diagnostics) {
    yield primary.span;
    for (const { span } of labels) yield span;
    for (const { span } of fix?.edits ?? []) yield span;
  }
}

function checkFormat(program: Program, file: SourceFile): void {
  const once = formatProgram(program, file);
  const again = new SourceFile("again.cnn", once);
  const { value, diagnostics } = parseProgram(again);
  expect(diagnostics).toEqual([]);
  expect(renderProgram(value)).toBe(renderProgram(program));
  expect(value.comments.map(({ text }) => text)).toEqual(program.comments.map(({ text }) => text));
  expect(formatProgram(value, again)).toBe(once);
}

/** Of this process: time in which it is halted or waits for others does not count. */
function processorMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** How many sound mutants are formatted at least; `npm run verify` asks for many more. */
const fewestFormatted = Number(process.env["CNN_FORMATS"] ?? 200);

const claim = "an answer, few mistakes, places inside the file; what is sound is formatted for good";

test(
  `2,000 mutants and more, until ${fewestFormatted} are formatted: ${claim}`,
  { timeout: 60_000 + 20 * fewestFormatted },
  () => {
    let sound = 0;
    let slowest = 0;
    for (let round = 0; round < 2000 || sound < fewestFormatted; round += 1) {
      const text = mutant();
      const file = new SourceFile("mutant.cnn", text);
      const start = processorMilliseconds();
      const { value, diagnostics } = parseProgram(file);
      slowest = Math.max(slowest, processorMilliseconds() - start);
      try {
        expect(diagnostics.length).toBeLessThanOrEqual(100);
        expect(findOutside(spansOfDiagnostics(diagnostics), file)).toBeUndefined();
        expect(findOutside(spansOf(value), file)).toBeUndefined();
        if (diagnostics.length === 0) {
          sound += 1;
          checkFormat(value, file);
        }
      } catch (error) {
        throw new Error(`mutant ${round}: ${JSON.stringify(text)}`, { cause: error });
      }
    }
    expect(sound).toBeGreaterThanOrEqual(fewestFormatted);
    expect(slowest).toBeLessThan(2000);
  },
);
