import { endsHead } from "./missing-parts.ts";
import type { Mistake, MistakeContext } from "./mistake.ts";
import { shorten } from "./scan.ts";
import {
  Colon,
  Dot,
  Equals,
  From,
  Identifier,
  Input,
  Minus,
  NumberToken,
  Operator,
  Output,
  Slash,
  type Token,
} from "./tokens.ts";

/** The merges that signs between tensors stand for. */
const merges: ReadonlyMap<string, string> = new Map([
  ["+", "add"],
  ["*", "multiply"],
  ["-", "subtract"],
]);

const message = "a statement is no expression: tensors are joined by a merge";

/** Names and numbers with signs between them, to the end of a statement. */
interface Sum {
  readonly operands: readonly { readonly text: string; readonly isNumber: boolean }[];
  readonly signs: readonly string[];
}

/** `a + b`, `c: a - b`, `c = a + b`, `from a + b`, `add a + b`: tensors joined by signs, in place of a merge. */
export function describeSum({ file, tokens, first }: MistakeContext): Mistake | undefined {
  const opening = tokens[first];
  if (opening === undefined) return undefined;
  const second = tokens[first + 1]?.tokenType;
  const isNamed = second === Colon || second === Equals;
  const isWord = opening.tokenType === From || opening.tokenType === Output || isMerge(opening);
  const from = isNamed ? first + 2 : isWord && second === Identifier ? first + 1 : first;
  const read = readSum(tokens, from);
  if (read === undefined || read.sum.operands.every(({ isNumber }) => isNumber)) return undefined;
  const { sum, next } = read;
  // Values are calculated in the same way.
  if (second === Equals && !sum.operands.some(({ text }) => isTensor(text, tokens))) return undefined;
  const span = { file, start: opening.startOffset, end: tokens[next - 1]!.endOffset };
  const label = isNamed ? `${opening.image}: ` : "";
  const isMerged = isMerge(opening) && from === first + 1;
  const text = isMerged ? mergeOf(opening.image, sum) : statementsOf(sum, label);
  if (text === undefined) {
    const other = isMerged ? statementsOf(sum, label) : undefined;
    const names = sum.operands.map((operand) => operand.text).join(" ");
    const help = `\`${opening.image} ${names}\` joins them by \`${opening.image}\`, \`${other}\` as the signs say`;
    return {
      message,
      span,
      help: other === undefined ? "one after the other, for example `from a; add b`" : help,
    };
  }
  const whole = opening.tokenType === Output ? `${text}; output` : text;
  const help = `write \`${whole.length > 60 ? shorten(whole) : whole}\``;
  const areTensors = sum.operands.every(
    ({ text: name, isNumber }) => isNumber || isTensor(name.split(".")[0]!, tokens),
  );
  const fix = { title: "write it as a merge", edits: [{ span, text: whole }] };
  return { message, span, help, ...(areTensors ? { fix } : {}) };
}

/** Whether a name is that of an input, or a label. */
function isTensor(name: string, tokens: readonly Token[]): boolean {
  return tokens.some(({ tokenType, image }, index) => {
    if (tokenType !== Identifier || image !== name) return false;
    return tokens[index + 1]?.tokenType === Colon || tokens[index - 1]?.tokenType === Input;
  });
}

/** Whether a statement's word is a merge that a sign may stand for, or that is given sums. */
export function isMerge({ tokenType, image }: Token): boolean {
  return tokenType === Identifier && (image === "concat" || [...merges.values()].includes(image));
}

/** Whether names and numbers with signs between them stand from here to the end of a statement. */
export function isSum(tokens: readonly Token[], from: number): boolean {
  return readSum(tokens, from) !== undefined;
}

function readSum(tokens: readonly Token[], from: number): { sum: Sum; next: number } | undefined {
  const operands: { text: string; isNumber: boolean }[] = [];
  const signs: string[] = [];
  let at = from;
  for (;;) {
    const end = endOfOperand(tokens, at);
    if (end === undefined) return undefined;
    const text = tokens.slice(at, end).map(({ image }) => image);
    operands.push({ text: text.join(""), isNumber: tokens[at]!.tokenType === NumberToken });
    at = end;
    const sign = tokens[at];
    if (endsHead.has(sign?.tokenType)) break;
    if (sign === undefined || ![Operator, Minus, Slash].includes(sign.tokenType)) return undefined;
    signs.push(sign.image);
    at += 1;
  }
  return signs.length === 0 ? undefined : { sum: { operands, signs }, next: at };
}

/** The token after a number, a name or a name within a call. */
function endOfOperand(tokens: readonly Token[], at: number): number | undefined {
  if (tokens[at]?.tokenType === NumberToken) return at + 1;
  if (tokens[at]?.tokenType !== Identifier) return undefined;
  let next = at + 1;
  while (tokens[next]?.tokenType === Dot && tokens[next + 1]?.tokenType === Identifier) next += 2;
  return next;
}

/** `add a + b` is `add a b`. */
function mergeOf(word: string, { operands, signs }: Sum): string | undefined {
  const fits = signs.every((sign) => sign === "+" || merges.get(sign) === word);
  return fits && operands.every(({ isNumber }) => !isNumber)
    ? [word, ...operands.map(({ text }) => text)].join(" ")
    : undefined;
}

/** `from a; add b`, the last statement with the label; undefined where signs of several strengths stand together. */
function statementsOf(sum: Sum, label: string): string | undefined {
  const scaled = scaledTensor(sum, label);
  if (scaled !== undefined) return scaled;
  const { operands, signs } = sum;
  const words = signs.map((sign) => merges.get(sign));
  const isOneStrength = words.every((word) => (word === "multiply") === (words[0] === "multiply"));
  if (!isOneStrength || words.includes(undefined) || operands.some(({ isNumber }) => isNumber))
    return undefined;
  const statements: string[] = [];
  words.forEach((word, index) => {
    const { text } = operands[index + 1]!;
    // Several tensors may be added or multiplied at once, but not subtracted.
    if (word !== "subtract" && word === words[index - 1]) statements[statements.length - 1] += ` ${text}`;
    else statements.push(`${word} ${text}`);
  });
  const last = statements.pop()!;
  return [`from ${operands[0]!.text}`, ...statements, `${label}${last}`].join("; ");
}

/** A tensor and a number: `a * 0.5` is `from a; rescale 0.5`. */
function scaledTensor(
  { operands: [one, two, ...more], signs: [sign] }: Sum,
  label: string,
): string | undefined {
  if (one === undefined || two === undefined || more.length > 0 || one.isNumber === two.isNumber)
    return undefined;
  const [tensor, number] = one.isNumber ? [two.text, one.text] : [one.text, two.text];
  const settings: Readonly<Record<string, string | undefined>> = {
    "*": number,
    "+": `1 offset=${number}`,
    "-": one.isNumber ? `-1 offset=${number}` : `1 offset=-${number}`,
    "/": one.isNumber ? undefined : `1/${number}`,
  };
  const setting = settings[sign ?? ""];
  return setting === undefined ? undefined : `from ${tensor}; ${label}rescale ${setting}`;
}
