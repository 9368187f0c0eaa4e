import { Lexer, type ISerializedGast, type TokenType } from "chevrotain";
import { Parser } from "../../src/syntax/parser.ts";
import { tokenTypes, wordTokens } from "../../src/syntax/tokens.ts";

/** The serialized forms of chevrotain's productions, as far as they are read here. */
export interface Production extends ISerializedGast {
  readonly name?: string;
}

/** The parser's rules, whole programs first, then the expressions in them. */
export function grammarRules(): readonly Production[] {
  const defined = new Parser("validated").getSerializedGastProductions() as readonly Production[];
  const start = defined.findIndex(({ name }) => name === "program");
  return [...defined.slice(start), ...defined.slice(0, start)];
}

const byName = new Map(tokenTypes.map((type) => [type.name, type]));
const words: ReadonlySet<TokenType> = new Set(wordTokens.values());

/** The text of a token that always has the same; undefined for one that has not, or for which it matters where it stands. */
export function literalOf(name: string): string | undefined {
  const type = byName.get(name);
  return type !== undefined && isLiteral(type) ? type.LABEL : undefined;
}

export function isLiteral(type: TokenType): boolean {
  return type.LABEL !== undefined && (type.PATTERN !== Lexer.NA || words.has(type));
}
