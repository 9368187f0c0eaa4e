import type { TokenType } from "chevrotain";
import type { TextEdit } from "../diagnostics/diagnostic.ts";
import type { SourceFile, Span } from "../source/source-file.ts";
import { bodiesWithoutBraces, isMergeWord } from "./bodies.ts";
import { isLineEnd } from "./brackets.ts";
import type { MistakeSink } from "./mistake-sink.ts";
import { beginsValue, makeToken } from "./scan.ts";
import {
  boundsStatement,
  Close,
  CloseBody,
  CloseList,
  Colon,
  Comma,
  Identifier,
  Open,
  OpenBody,
  OpenCall,
  OpenList,
  Separator,
  type Token,
} from "./tokens.ts";

const opensList: ReadonlySet<TokenType> = new Set([Open, OpenCall, OpenList]);
const opens: ReadonlySet<TokenType> = new Set([...opensList, OpenBody]);
const closes: ReadonlySet<TokenType> = new Set([Close, CloseList, CloseBody]);

/** The branches of a merge in another bracket, or in two: `add([…])`, by the indices of their tokens. */
interface MergeList {
  readonly opener: number;
  readonly closer: number;
  /** How many brackets stand around these. */
  readonly outside: 0 | 1;
  /** The first token and the one after the last of each branch. */
  readonly items: readonly (readonly [first: number, end: number])[];
  readonly commas: readonly number[];
  /** Whether the branches are layers without `branch { … }`. */
  readonly areBare: boolean;
}

/**
 * `concat [ branch { … }, branch { … } ]`, `add(conv 8 1x1, conv 8 3x3)`: the branches of a merge as the list or the
 * arguments that they are in other languages. Reported, and read with the braces that they need.
 */
export function bracesForMergeLists(
  file: SourceFile,
  tokens: readonly Token[],
  sink: MistakeSink,
): readonly Token[] {
  const lists = findLists(tokens);
  if (lists.length === 0) return tokens;
  const writer = new BraceWriter(file, tokens, sink);
  for (const list of lists) writer.write(list);
  return writer.tokens();
}

/** The lists in the order in which they begin. */
function findLists(tokens: readonly Token[]): readonly MergeList[] {
  const open: { readonly opener: number; readonly commas: number[] }[] = [];
  const lists: MergeList[] = [];
  for (let index = 0; index < tokens.length; index += 1) {
    const { tokenType } = tokens[index]!;
    if (opens.has(tokenType)) open.push({ opener: index, commas: [] });
    else if (tokenType === Comma) open.at(-1)?.commas.push(index);
    else if (closes.has(tokenType)) {
      const ended = open.pop();
      const list = ended && readList(tokens, ended.opener, index, ended.commas);
      if (list !== undefined) lists.push(list);
    }
  }
  return lists.sort((one, other) => one.opener - other.opener);
}

/** Undefined where a bracket is no merge's, or holds anything but branches or layers. */
function readList(
  tokens: readonly Token[],
  opener: number,
  closer: number,
  commas: readonly number[],
): MergeList | undefined {
  if (!opensList.has(tokens[opener]!.tokenType) || tokens[closer]!.tokenType === CloseBody) return undefined;
  const isDouble = tokens[opener - 1]?.tokenType === OpenCall && tokens[closer + 1]?.tokenType === Close;
  const outside = isDouble ? 1 : 0;
  if (!followsMergeWord(tokens, opener - outside)) return undefined;
  const breaks = commas.length > 0 ? commas : linesWithin(tokens, opener, closer);
  const items = [opener, ...breaks].flatMap((before, place) => {
    const end = breaks[place] ?? closer;
    let first = before + 1;
    while (first < end && isLineEnd(tokens[first]!)) first += 1;
    return first < end ? [[first, end] as const] : [];
  });
  const areBranches = items.every(
    ([first]) => tokens[first]!.image === "branch" && tokens[first + 1]?.tokenType === OpenBody,
  );
  // A name alone may be a tensor's.
  const areBare =
    items.length > 1 &&
    items.every(([first]) => {
      const second = tokens[first + 1]?.tokenType;
      return tokens[first]!.tokenType === Identifier && second !== undefined && beginsValue.has(second);
    });
  if (items.length === 0 || !(areBranches || areBare)) return undefined;
  return { opener, closer, outside, items, commas, areBare: !areBranches };
}

/** The line ends directly in a bracket. */
function linesWithin(tokens: readonly Token[], opener: number, closer: number): readonly number[] {
  const ends: number[] = [];
  let depth = 0;
  for (let index = opener + 1; index < closer; index += 1) {
    const token = tokens[index]!;
    if (opens.has(token.tokenType)) depth += 1;
    else if (closes.has(token.tokenType)) depth -= 1;
    else if (depth === 0 && isLineEnd(token)) ends.push(index);
  }
  return ends;
}

function followsMergeWord(tokens: readonly Token[], index: number): boolean {
  const [before, word] = [tokens[index - 2]?.tokenType, tokens[index - 1]];
  if (word?.tokenType !== Identifier || !isMergeWord(word.image)) return false;
  return boundsStatement.has(before) || before === Colon;
}

class BraceWriter {
  readonly #file: SourceFile;
  readonly #tokens: readonly Token[];
  readonly #sink: MistakeSink;
  /** What is read in place of the token at an index, and what is read before and after it. */
  readonly #instead = new Map<number, readonly Token[]>();
  readonly #before = new Map<number, readonly Token[]>();
  readonly #after = new Map<number, readonly Token[]>();

  constructor(file: SourceFile, tokens: readonly Token[], sink: MistakeSink) {
    this.#file = file;
    this.#tokens = tokens;
    this.#sink = sink;
  }

  tokens(): readonly Token[] {
    return this.#tokens.flatMap((token, index) => [
      ...(this.#before.get(index) ?? []),
      ...(this.#instead.get(index) ?? [token]),
      ...(this.#after.get(index) ?? []),
    ]);
  }

  write({ opener, closer, outside, items, commas, areBare }: MergeList): void {
    const word = this.#tokens[opener - outside - 1]!;
    const open = this.#spanOf(opener - outside, opener);
    const close = this.#spanOf(closer, closer + outside);
    if (outside === 1) for (const index of [opener - 1, closer + 1]) this.#instead.set(index, []);
    this.#instead.set(opener, [makeToken(OpenBody, "{", open.start, open.end)]);
    this.#instead.set(closer, [makeToken(CloseBody, "}", close.start, close.end)]);
    const { text } = this.#file;
    this.#sink.note(bodiesWithoutBraces, {
      code: "CNN002",
      message: areBare ? `the branches of ${word.image} stand in braces` : "a body stands in braces",
      span: open,
      help: `write \`${word.image} { ${areBare ? "branch { … }; branch { … }" : "…"} }\``,
      title: "write braces",
      edits: [
        { span: { ...open, start: word.endOffset }, text: /\s/.test(text[open.end] ?? "") ? " {" : " { " },
        ...(areBare ? items.flatMap(([first, end]) => this.#writeBranch(first, end)) : []),
        ...commas.map((comma) => this.#separate(comma)),
        { span: close, text: /\s/.test(text[close.start - 1]!) ? "}" : " }" },
      ],
    });
  }

  /** `conv 8 3x3` as `branch { conv 8 3x3 }`. */
  #writeBranch(first: number, end: number): readonly TextEdit[] {
    let last = end - 1;
    while (isLineEnd(this.#tokens[last]!)) last -= 1;
    const [start, after] = [this.#tokens[first]!.startOffset, this.#tokens[last]!.endOffset];
    this.#before.set(first, [
      makeToken(Identifier, "branch", start, start),
      makeToken(OpenBody, "{", start, start),
    ]);
    this.#after.set(last, [makeToken(CloseBody, "}", after, after)]);
    return [
      { span: { file: this.#file, start, end: start }, text: "branch { " },
      { span: { file: this.#file, start: after, end: after }, text: " }" },
    ];
  }

  /** What stands for a comma between two branches. */
  #separate(comma: number): TextEdit {
    const span = this.#spanOf(comma, comma);
    this.#instead.set(comma, [makeToken(Separator, ";", span.start, span.end)]);
    const next = this.#tokens[comma + 1]!;
    return { span, text: isLineEnd(next) || closes.has(next.tokenType) ? "" : ";" };
  }

  #spanOf(first: number, last: number): Span {
    const { startOffset: start } = this.#tokens[first]!;
    return { file: this.#file, start, end: this.#tokens[last]!.endOffset };
  }
}
