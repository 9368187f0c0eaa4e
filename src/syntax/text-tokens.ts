import type { IToken, TokenType } from "chevrotain";
import type { DiagnosticSink, TextEdit } from "../diagnostics/diagnostic.ts";
import type { Span } from "../source/source-file.ts";
import {
  Close,
  CloseBody,
  CloseList,
  Open,
  OpenBody,
  OpenList,
  Separator,
  tokenizePlainText,
  type Token,
  UnclosedText,
} from "./tokens.ts";

const opensLine: ReadonlySet<TokenType> = new Set([Open, OpenBody, OpenList]);
const closesLine: ReadonlySet<TokenType> = new Set([Close, CloseBody, CloseList]);

/** The place in the file of a stretch of the plain text. */
export type PlaceOf = (start: number, end: number) => Span;

/**
 * Ends texts that their line left open before what closes the brackets that are open on it, `{ data "photos }`, or before a `;`
 * there: what follows are tokens of their own.
 */
export function splitOpenTexts(raw: readonly IToken[]): readonly IToken[] {
  if (!raw.some(({ tokenType }) => tokenType === UnclosedText)) return raw;
  let open = 0;
  return raw.flatMap((token) => {
    const { tokenType, image, startOffset } = token;
    if (tokenType === Separator && image !== ";") open = 0;
    else if (opensLine.has(tokenType)) open += 1;
    else if (closesLine.has(tokenType)) open -= 1;
    if (tokenType !== UnclosedText || open <= 0) return [token];
    const end = /\s*(?:;.*)?[\])}]+\s*$/.exec(image)?.index;
    if (end === undefined) return [token];
    const { tokens } = tokenizePlainText(image.slice(end));
    const rest = tokens.map((each) => ({ ...each, startOffset: each.startOffset + startOffset + end }));
    return [{ ...token, image: image.slice(0, end) }, ...rest];
  });
}

/** Ends a text that its line left open; reported. */
export function closeText(token: Token, sink: DiagnosticSink, placeOf: PlaceOf): void {
  const content = token.image.trimEnd();
  token.image = content;
  token.endOffset = token.startOffset + content.length;
  const oneWord = !/[\s;]/.test(content) && !content.endsWith("\\");
  const end = placeOf(token.endOffset, token.endOffset);
  sink.report("CNN004", "a text without its closing quote", placeOf(token.startOffset, token.endOffset), {
    help: 'a text ends with `"` on the line on which it began',
    ...(oneWord ? { fix: { title: "close the text", edits: [{ span: end, text: '"' }] } } : {}),
  });
}

/** Reports the backslashes of a text that stand before neither a quote nor a backslash. */
export function checkEscapes(token: Token, sink: DiagnosticSink, placeOf: PlaceOf): void {
  if (!token.image.includes("\\")) return;
  const edits: TextEdit[] = [];
  for (let at = 1; at < token.image.length - 1; at += 1) {
    if (token.image[at] !== "\\") continue;
    const next = token.image[at + 1];
    const offset = token.startOffset + at;
    if (next === '"' || next === "\\") at += 1;
    else edits.push({ span: placeOf(offset, offset), text: "\\" });
  }
  const first = edits[0]?.span;
  if (first === undefined) return;
  sink.report(
    "CNN002",
    "a backslash in a text is written twice",
    { ...first, end: first.start + 2 },
    {
      help: 'a text knows `\\"` and `\\\\` alone',
      fix: { title: "double the backslashes", edits },
    },
  );
}
