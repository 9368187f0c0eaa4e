import { spanText } from "../source/source-file.ts";
import type { SourceFile, Span } from "../source/source-file.ts";
import { makeToken } from "./scan.ts";
import {
  Close,
  CloseList,
  Comma,
  For,
  Identifier,
  In,
  Minus,
  NumberToken,
  Open,
  OpenBody,
  OpenCall,
  OpenList,
  Range,
  Separator,
  type Token,
} from "./tokens.ts";

/** `range(3)` as the values of a `for`. */
export interface LoopRange {
  readonly span: Span;
  /** The same here: `0..2`. */
  readonly text: string;
  readonly tokens: readonly Token[];
  /** The index of the last token of the call. */
  readonly last: number;
}

/** More values than these are no list that anybody would write. */
const mostValues = 20;

/** Python's `range` at the `for` of a loop; undefined where there is none, or one whose values cannot be told. */
export function rangeOfLoop(
  file: SourceFile,
  tokens: readonly Token[],
  first: number,
): LoopRange | undefined {
  if (tokens[first]?.tokenType !== For) return undefined;
  const at = indexOfValues(tokens, first);
  const [word, open] = [tokens[at], tokens[at + 1]];
  if (word?.tokenType !== Identifier || word.image !== "range" || open?.tokenType !== OpenCall)
    return undefined;
  const bounds: Token[][] = [[]];
  let depth = 1;
  let last = at + 2;
  for (; last < tokens.length; last += 1) {
    const token = tokens[last]!;
    if (token.tokenType === Separator || token.tokenType === OpenBody) return undefined;
    if (token.tokenType === Open || token.tokenType === OpenCall) depth += 1;
    if (token.tokenType === Close) depth -= 1;
    if (depth === 0) break;
    if (depth === 1 && token.tokenType === Comma) bounds.push([]);
    else bounds.at(-1)!.push(token);
  }
  if (last === tokens.length) return undefined;
  const span = { file, start: word.startOffset, end: tokens[last]!.endOffset };
  const [from, to] = bounds.length === 1 ? [undefined, bounds[0]!] : bounds;
  if (bounds.length > 2) {
    const values = valuesWithStep(bounds);
    return values === undefined ? undefined : { span, last, ...listOf(values, span) };
  }
  if (to === undefined || to.length === 0) return undefined;
  const start = from ?? [makeToken(NumberToken, "0", word.startOffset, word.startOffset)];
  const end = oneLess(to);
  const range = makeToken(Range, "..", end[0]!.startOffset, end[0]!.startOffset);
  const text = `${textOf(file, from) ?? "0"}..${end.length === 1 ? end[0]!.image : `(${textOf(file, to)} - 1)`}`;
  return { span, text, tokens: [...start, range, ...end], last };
}

/** The values of `range(8, 64, 8)`, where all three are plain numbers. */
function valuesWithStep(bounds: readonly (readonly Token[])[]): readonly number[] | undefined {
  const numbers = bounds.map(([first, ...others]) =>
    others.length === 0 && first?.tokenType === NumberToken ? Number(first.image) : NaN,
  );
  const [from, to, step] = numbers as [number, number, number];
  const count = Math.ceil((to - from) / step);
  if (numbers.length !== 3 || !(count >= 1 && count <= mostValues)) return undefined;
  return Array.from({ length: count }, (_, index) => from + index * step);
}

/** `[8, 16]` as text and as tokens. */
function listOf(
  values: readonly number[],
  { start, end }: Span,
): { readonly text: string; readonly tokens: readonly Token[] } {
  const inside = values.flatMap((value, index) => {
    const number = makeToken(NumberToken, String(value), start, end);
    return index === 0 ? [number] : [makeToken(Comma, ",", start, start), number];
  });
  const tokens = [makeToken(OpenList, "[", start, start), ...inside, makeToken(CloseList, "]", end, end)];
  return { text: `[${values.join(", ")}]`, tokens };
}

/** Where the values of a loop begin: after its `in`. */
function indexOfValues(tokens: readonly Token[], first: number): number {
  let at = first + 1;
  while (at < tokens.length && tokens[at]!.tokenType !== In && tokens[at]!.tokenType !== Separator) at += 1;
  return at + 1;
}

/** The last value, where Python's end is the first that is not counted. */
function oneLess(bound: readonly Token[]): readonly Token[] {
  const [first] = bound as [Token];
  const last = bound.at(-1)!;
  if (bound.length === 1 && first.tokenType === NumberToken && /^\d+$/.test(first.image))
    return [makeToken(NumberToken, String(Number(first.image) - 1), first.startOffset, first.endOffset)];
  const { startOffset: start } = first;
  const { endOffset: end } = last;
  return [
    makeToken(Open, "(", start, start),
    ...bound,
    makeToken(Minus, "-", end, end),
    makeToken(NumberToken, "1", end, end),
    makeToken(Close, ")", end, end),
  ];
}

function textOf(file: SourceFile, bound: readonly Token[] | undefined): string | undefined {
  if (bound === undefined || bound.length === 0) return undefined;
  return spanText({ file, start: bound[0]!.startOffset, end: bound.at(-1)!.endOffset });
}
