import type { TokenType } from "chevrotain";
import type { Fix, Label, TextEdit } from "../diagnostics/diagnostic.ts";
import type { SourceFile, Span } from "../source/source-file.ts";
import { beginsValue } from "./scan.ts";
import {
  Block,
  For,
  If,
  Minus,
  OpenList,
  Operator,
  Repeat,
  Shared,
  Slash,
  type Token,
  wordTokens,
} from "./tokens.ts";

/** Where a statement stopped making sense. */
export interface MistakeContext {
  readonly file: SourceFile;
  readonly tokens: readonly Token[];
  /** The index of the statement's first token. */
  readonly first: number;
  /** The index of the token that does not fit. */
  readonly at: number;
  /** The name of the token type that the grammar asked for, where it asked for one. */
  readonly expected: string | undefined;
}

/** A grammar mistake in words. */
export interface Mistake {
  readonly message: string;
  readonly span: Span;
  readonly text?: string;
  readonly labels?: readonly Label[];
  readonly help?: string;
  readonly fix?: Fix;
}

export function spanOf(file: SourceFile, token: Token): Span {
  return { file, start: token.startOffset, end: token.endOffset };
}

export function pointAfter(file: SourceFile, token: Token): Span {
  return { file, start: token.endOffset, end: token.endOffset };
}

/** A stretch put in parentheses. */
export function inParentheses({ file, start, end }: Span): readonly TextEdit[] {
  return [
    { span: { file, start, end: start }, text: "(" },
    { span: { file, start: end, end }, text: ")" },
  ];
}

/** Whether a token is a word of the language itself. */
export const isControlWord = (token: Token | undefined): boolean =>
  token !== undefined && wordTokens.get(token.image) === token.tokenType;

/** The tokens with which a value or word can begin. */
export const beginsValueOrWord: ReadonlySet<TokenType> = new Set([...beginsValue, OpenList]);

/** The statements whose bodies are their own. */
export const needsBody: ReadonlySet<TokenType> = new Set([Block, Shared, For, If, Repeat]);

/** The signs between two values. */
export const infixes: ReadonlySet<TokenType> = new Set([Operator, Slash, Minus]);
