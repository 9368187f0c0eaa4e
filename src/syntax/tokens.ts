import { createToken, Lexer, type IToken, type ITokenConfig, type TokenType } from "chevrotain";

/** A token with its place in the file; a token of no length was put in where one is missing. */
export interface Token extends IToken {
  /** The offset after the last character. */
  endOffset: number;
}

/** Words with a meaning of their own, which cannot be names. */
export const controlWords = [
  "language",
  "use",
  "as",
  "model",
  "let",
  "block",
  "shared",
  "input",
  "output",
  "from",
  "repeat",
  "for",
  "in",
  "if",
  "else",
  "freeze",
  "unfreeze",
  "require",
  "and",
  "or",
  "not",
] as const;

export type ControlWord = (typeof controlWords)[number];

/** What a token looks like, in words, where its pattern does not say it. */
const descriptions = new Map<TokenType, string>();

const defined: TokenType[] = [];

function define(name: string, config: Omit<ITokenConfig, "name"> & { description?: string }): TokenType {
  const { description, ...rest } = config;
  const type = createToken({ name, ...rest });
  if (description !== undefined) descriptions.set(type, description);
  defined.push(type);
  return type;
}

// Tokens that the lexer itself finds. A text is written unrolled, so that its length costs no stack.
const Blank = define("Blank", { pattern: /[ \t]+/, group: Lexer.SKIPPED });
export const Separator = define("Separator", {
  pattern: /;|\r?\n/,
  line_breaks: true,
  description: "a line end, or `;`",
});
const Comment = define("Comment", { pattern: /#[^\r\n]*/, group: "comments" });
export const Identifier = define("Identifier", { pattern: /[A-Za-z_][A-Za-z0-9_]*/ });
export const NumberToken = define("Number", {
  pattern: /(?:[0-9][0-9_]*(?:\.[0-9][0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?/,
});
export const Text = define("Text", { pattern: /"[^"\\\r\n]*(?:\\[^\r\n][^"\\\r\n]*)*"/ });
export const UnclosedText = define("UnclosedText", { pattern: /"[^\r\n]*/ });
export const Unreadable = define("Unreadable", { pattern: /\u0001+/ });
export const Open = define("Open", { pattern: /\(/, label: "(" });
export const Close = define("Close", { pattern: /\)/, label: ")" });
export const OpenList = define("OpenList", { pattern: /\[/, label: "[" });
export const CloseList = define("CloseList", { pattern: /\]/, label: "]" });
export const OpenBody = define("OpenBody", { pattern: /\{/, label: "{" });
export const CloseBody = define("CloseBody", { pattern: /\}/, label: "}" });
export const Comma = define("Comma", { pattern: /,/, label: "," });
export const Colon = define("Colon", { pattern: /:/, label: ":" });
export const Range = define("Range", { pattern: /\.\./, label: ".." });
export const Dot = define("Dot", { pattern: /\./, label: "." });
export const Operator = define("Operator", {
  pattern: /\/\/|\*\*|==|!=|<=|>=|[+*%<>]/,
  description: "`and`, `or`",
});
export const Slash = define("Slash", { pattern: /\//, label: "/" });
export const Minus = define("Minus", { pattern: /-/, label: "-" });
export const Equals = define("Equals", { pattern: /=/, label: "=" });
export const Question = define("Question", { pattern: /\?/, label: "?" });

const lexed = [...defined];

// Tokens that depend on their neighbours: the scanner makes them of the ones above.
export const Join = define("Join", {
  pattern: Lexer.NA,
  label: "x",
  description: "the `x` of `3x3`, without a blank on either side",
});
export const Dimension = define("Dimension", {
  pattern: Lexer.NA,
  description: "a name in capitals that is a part of a shape: the `H` and `W` of `HxWx3`",
});
export const OpenCall = define("OpenCall", {
  pattern: Lexer.NA,
  label: "(",
  description: "a `(` that follows a name without a blank",
});
export const Not = define("Not", { pattern: Lexer.NA, label: "not" });

function defineWord(word: ControlWord): TokenType {
  return define(word.charAt(0).toUpperCase() + word.slice(1), { pattern: Lexer.NA, label: word });
}

export const Language = defineWord("language");
export const Use = defineWord("use");
export const As = defineWord("as");
export const Model = defineWord("model");
export const Let = defineWord("let");
export const Block = defineWord("block");
export const Shared = defineWord("shared");
export const Input = defineWord("input");
export const Output = defineWord("output");
export const From = defineWord("from");
export const Repeat = defineWord("repeat");
export const For = defineWord("for");
export const In = defineWord("in");
export const If = defineWord("if");
export const Else = defineWord("else");
export const Freeze = defineWord("freeze");
export const Unfreeze = defineWord("unfreeze");
export const Require = defineWord("require");

/** The control words that begin a statement. */
export const statementWords: ReadonlySet<TokenType> = new Set([
  Language,
  Use,
  Model,
  Let,
  Block,
  Shared,
  Input,
  Output,
  From,
  Repeat,
  For,
  If,
  Freeze,
  Unfreeze,
  Require,
]);

/** The token type of each control word; `and` and `or` are operators like the others. */
export const wordTokens: ReadonlyMap<string, TokenType> = new Map([
  ...[...statementWords, As, In, Else].map((type): [string, TokenType] => [type.LABEL!, type]),
  ["and", Operator],
  ["or", Operator],
  ["not", Not],
]);

/** The parser's vocabulary. */
export const tokenTypes: readonly TokenType[] = defined;

/** The tokens that the grammar's description lists, in order. */
export function describeTokens(): { type: TokenType; description: string | undefined }[] {
  const hidden: TokenType[] = [Blank, UnclosedText, Unreadable];
  return defined
    .filter((type) => !hidden.includes(type))
    .map((type) => ({ type, description: descriptions.get(type) }));
}

/** A name in capitals: a dimension's name in expression place. */
export const capitalName = /^[A-Z][A-Z0-9_]*$/;

let lexer: Lexer | undefined;

/** Splits a plain text into tokens and comments; every character of it is known. */
export function tokenizePlainText(text: string): { tokens: IToken[]; comments: IToken[] } {
  lexer ??= new Lexer(lexed, {
    positionTracking: "onlyOffset",
    skipValidations: true,
    ensureOptimizations: true,
  });
  const { tokens, groups } = lexer.tokenize(text);
  return { tokens, comments: groups[Comment.GROUP as string] ?? [] };
}

/** The word after `require` that names no figure: `require target webgpu`. */
export const targetWord = "target";

/** What stands around a statement; undefined for the ends of the file. */
export const boundsStatement: ReadonlySet<TokenType | undefined> = new Set([
  Separator,
  OpenBody,
  CloseBody,
  undefined,
]);
