import type { Random } from "../../src/random/random.ts";
import { SourceFile, type Span } from "../../src/source/source-file.ts";
import { parseProgram } from "../../src/syntax/parser.ts";

const tokens = [
  "conv",
  "pool",
  "max",
  "dense",
  "flatten",
  "input",
  "model",
  "block",
  "repeat",
  "for",
  "in",
  "if",
  "else",
  "let",
  "add",
  "concat",
  "branch",
  "from",
  "shared",
  "output",
  "use",
  "train",
  "freeze",
  "require",
  "label:",
  "{",
  "}",
  "(",
  ")",
  "[",
  "]",
  ";",
  "\n",
  ",",
  "=",
  "3x3",
  "?",
  "H",
  "HxWx3",
  "0",
  "-1",
  "1e9",
  "1/0",
  "0.5",
  "99999999999999999999",
  "same",
  "relu",
  "leaky_relu(0.1)",
  "stride=2",
  "in.channels",
  "in.height",
  "**",
  "//",
  "%",
  "and",
  "not",
  "==",
  "..",
  '"text"',
  '"',
  "# note",
  "×",
  "３",
  "\u200b",
  "\uD83D\uDE00",
  "\uD83D",
  "\r\n",
  "\t",
  "\0",
  "yes",
];

/** A text with the stretches that are nodes of its tree: statements, bodies, expressions, names. */
export interface Specimen {
  readonly text: string;
  readonly nodes: readonly Pick<Span, "start" | "end">[];
}

export function specimenOf(text: string): Specimen {
  const file = new SourceFile("specimen.cnn", text);
  const nodes = [...spansOf(parseProgram(file).value.statements)];
  return { text: file.text, nodes };
}

function* spansOf(value: unknown): Generator<Span> {
  if (typeof value !== "object" || value === null || value instanceof SourceFile) return;
  for (const [key, child] of Object.entries(value)) {
    if (key === "span" || key === "headSpan") yield child as Span;
    else yield* spansOf(child);
  }
}

/**
 * A source with one to four small damages: nodes of its tree taken out, doubled, put into others or in place of others, those
 * of other sources too; tokens put in; bytes changed; stretches removed, doubled, moved or swapped.
 */
export function mutate(specimen: Specimen, others: readonly Specimen[], random: Random): string {
  const isTree = specimen.nodes.length > 0 && random.integer(3) === 0;
  let mutant = isTree ? mutateTree(specimen, others, random) : specimen.text;
  for (let count = (isTree ? 0 : 1) + random.integer(4); count > 0; count--) {
    mutant = mutateOnce(mutant, random);
  }
  return mutant;
}

const frames = [
  "repeat 2 { ",
  "add { branch { } branch { ",
  "block b { ",
  "(",
  "[",
  "model m { ",
  "if yes { ",
];

function mutateTree({ text, nodes }: Specimen, others: readonly Specimen[], random: Random): string {
  const { start, end } = nodes[random.integer(nodes.length)]!;
  const before = text.slice(0, start);
  const node = text.slice(start, end);
  const after = text.slice(end);
  switch (random.integer(4)) {
    case 0:
      return before + after;
    case 1:
      return `${before}${node}${["; ", " ", "\n"][random.integer(3)]!}${node}${after}`;
    case 2: {
      const frame = frames[random.integer(frames.length)]!;
      const closing = [...frame]
        .reverse()
        .flatMap((letter) => ({ "{": " }", "(": ")", "[": "]" })[letter] ?? []);
      return `${before}${frame}${node}${closing.join("")}${after}`;
    }
    default: {
      const other = others[random.integer(others.length)]!;
      const donor = other.nodes[random.integer(Math.max(1, other.nodes.length))];
      return before + (donor === undefined ? "" : other.text.slice(donor.start, donor.end)) + after;
    }
  }
}

function mutateOnce(text: string, random: Random): string {
  const at = random.integer(text.length + 1);
  const end = Math.min(text.length, at + 1 + random.integer(12));
  const token = tokens[random.integer(tokens.length)]!;
  switch (random.integer(7)) {
    case 0:
      return text.slice(0, at) + String.fromCharCode(random.integer(256)) + text.slice(at + 1);
    case 1:
      return text.slice(0, at) + token + text.slice(at);
    case 2:
      return `${text.slice(0, at)} ${token} ${text.slice(end)}`;
    case 3:
      return text.slice(0, at) + text.slice(end);
    case 4:
      return text.slice(0, end) + text.slice(at);
    case 5: {
      const lines = text.split("\n");
      const line = random.integer(lines.length);
      const moved = lines.splice(line, 1);
      lines.splice(random.integer(lines.length + 1), 0, ...moved);
      return lines.join("\n");
    }
    default:
      return text.slice(0, at);
  }
}
