import type { Random } from "../../src/random/random.ts";

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

/** A source with one to four small damages: bytes changed, tokens put in, stretches removed, doubled, moved or swapped. */
export function mutate(text: string, random: Random): string {
  let mutant = text;
  for (let count = 1 + random.integer(4); count > 0; count--) mutant = mutateOnce(mutant, random);
  return mutant;
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
