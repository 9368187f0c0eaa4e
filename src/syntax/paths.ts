import type { TokenType } from "chevrotain";
import type { SourceFile, Span } from "../source/source-file.ts";
import { spanText } from "../source/source-file.ts";
import type { Mistake, MistakeContext } from "./mistake.ts";
import { shorten } from "./scan.ts";
import { Dot, Identifier, Range, Slash, Use } from "./tokens.ts";

const beginsPath: ReadonlySet<TokenType> = new Set([Identifier, Dot, Range, Slash]);

/** A path without its quotes, from the character that begins it to the next blank. */
export function pathFrom(file: SourceFile, start: number): Span {
  const path = /[^\s;{}#"]*/y;
  path.lastIndex = start;
  path.exec(file.text);
  return { file, start, end: path.lastIndex };
}

/** `data photos/cats`, `data ./photos`, `use blocks.cnn`, at a sign of the path. */
export function describePath({ file, tokens, first, at }: MistakeContext): Mistake | undefined {
  const [word, begin] = tokens.slice(first, first + 2);
  const isUse = word?.tokenType === Use;
  if (begin === undefined || !beginsPath.has(begin.tokenType) || !(isUse || word?.image === "data"))
    return undefined;
  const span = pathFrom(file, begin.startOffset);
  const isAlone = begin.tokenType === Identifier && span.end === begin.endOffset;
  if (isAlone || !tokens.slice(at - 1, at + 1).some(({ startOffset }) => isWithin(startOffset, span)))
    return undefined;
  const text = `"${spanText(span)}"`;
  return {
    message: isUse ? "a file's name stands in quotes" : "a folder or file stands in quotes",
    span,
    help: isUse
      ? `write \`use ${shorten(text)}\``
      : `write \`${shorten(text)}\`; a name has \`_\` in place of \`-\``,
    fix: { title: "put it in quotes", edits: [{ span, text }] },
  };
}

function isWithin(offset: number, { start, end }: Span): boolean {
  return offset >= start && offset < end;
}
