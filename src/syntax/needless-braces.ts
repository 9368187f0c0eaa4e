import type { TokenType } from "chevrotain";
import type { SourceFile } from "../source/source-file.ts";
import type { MistakeSink } from "./mistake-sink.ts";
import { isMergeWord } from "./bodies.ts";
import { isLineEnd } from "./brackets.ts";
import { isSectionWord } from "./section-words.ts";
import {
  boundsStatement,
  CloseBody,
  Colon,
  From,
  Identifier,
  Input,
  Let,
  OpenBody,
  Output,
  Separator,
  type Token,
  Use,
} from "./tokens.ts";
import { withBlanksBefore } from "../source/blanks.ts";

const takesNoBody: ReadonlySet<TokenType> = new Set([From, Input, Let, Output, Use]);

/**
 * Leaves out the braces behind statements that take none, `relu {`, where these are what the others lack a `}` for: reported, so
 * that what follows stands where it was meant to. The same tokens where that is not so.
 */
export function withoutNeedlessBraces(
  file: SourceFile,
  tokens: readonly Token[],
  sink: MistakeSink,
): readonly Token[] {
  const needless = new Map<Token, Token>();
  /** Those that were opened on this line: what closes there was meant so. */
  let onLine: Token[] = [];
  let unclosed = 0;
  let first = 0;
  for (const [index, token] of tokens.entries()) {
    if (boundsStatement.has(tokens[index - 1]?.tokenType)) first = index;
    if (isLineEnd(token)) onLine = [];
    if (token.tokenType === CloseBody) {
      unclosed -= 1;
      needless.delete(onLine.pop() ?? token);
    }
    if (token.tokenType !== OpenBody) continue;
    unclosed += 1;
    onLine.push(token);
    const head = headOf(tokens, first, index);
    if (head !== undefined) needless.set(token, head);
  }
  if (needless.size === 0 || needless.size !== unclosed) return tokens;
  for (const [{ startOffset, endOffset }, head] of needless) {
    const span = { file, start: startOffset, end: endOffset };
    sink.note("needless braces", {
      code: "CNN142",
      message: `${head.image} takes no braces`,
      span,
      help: "layers stand one after the other; braces belong to a merge, a block or a loop",
      title: "remove the `{`",
      edits: [{ span: withBlanksBefore(span), text: "" }],
    });
  }
  return tokens.filter((token) => !needless.has(token));
}

/** The word of a statement that takes no braces, before a brace at its end; undefined for any other. */
function headOf(tokens: readonly Token[], first: number, brace: number): Token | undefined {
  if (first === brace) return undefined;
  const isLabelled = tokens[first]!.tokenType === Identifier && tokens[first + 1]?.tokenType === Colon;
  const head = tokens[isLabelled && first + 2 < brace ? first + 2 : first]!;
  if (takesNoBody.has(head.tokenType)) return head;
  if (head.tokenType !== Identifier || isMergeWord(head.image) || isSectionWord(head.image)) return undefined;
  // Branches stand in a merge, however its word is spelled.
  let inside = brace + 1;
  while (tokens[inside]?.tokenType === Separator) inside += 1;
  return tokens[inside]?.image === "branch" ? undefined : head;
}
