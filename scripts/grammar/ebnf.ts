import { Lexer, type ISerializedGast } from "chevrotain";
import { deepestNesting } from "../../src/syntax/nesting.ts";
import { precedence } from "../../src/syntax/operators.ts";
import { describeTokens } from "../../src/syntax/tokens.ts";
import { grammarRules, isLiteral, literalOf, type Production } from "./productions.ts";

/** The grammar in the EBNF of the W3C's specifications, from the parser's own rules and tokens. */
export function renderEbnf(): string {
  return `${header()}\n/* Rules */\n\n${grammarRules().map(renderRule).join("\n\n")}\n\n/* Tokens */\n\n${renderTokens()}\n`;
}

function header(): string {
  return [
    "/*",
    "  The grammar of cnn, generated from the parser: node scripts/grammar.mjs.",
    "",
    "  Notation: a | b  one of them; a?  at most once; a*  any number of times; a+  at least once;",
    '  "x"  the text itself; /x/  a regular expression.',
    "",
    "  Blanks and tabs separate tokens. A comment begins with # and ends with its line. Inside ( ) and [ ] line ends",
    "  vanish; elsewhere they end statements, as `;` does. A `{` stands on its statement's line, `} else` on one line.",
    `  Bodies, brackets and operators together nest at most ${deepestNesting} deep.`,
    "",
    "  Operators, the tightest first; those of one line go from left to right, ** from the right:",
    ...precedenceLines().map((line) => `    ${line}`),
    "*/",
    "",
  ].join("\n");
}

function precedenceLines(): string[] {
  const levels = new Map<number, string[]>();
  for (const [operator, strength] of Object.entries(precedence)) {
    levels.set(strength, [...(levels.get(strength) ?? []), operator === "sign" ? "- (sign)" : operator]);
  }
  return [...levels].sort(([a], [b]) => b - a).map(([, operators]) => operators.join("  "));
}

function renderRule({ name, definition = [] }: Production): string {
  const [only] = definition;
  const head = `${name} ::=`;
  if (definition.length === 1 && only?.type === "Alternation") {
    const alternatives = (only.definition ?? []).map((each) => renderSequence(each.definition));
    return `${head}\n    ${alternatives.join("\n  | ")}`;
  }
  return `${head} ${renderSequence(definition)}`;
}

function renderSequence(definition: readonly ISerializedGast[] = []): string {
  return definition.map((each) => renderProduction(each as Production)).join(" ");
}

function renderProduction(production: Production): string {
  const { type, name = "", definition = [] } = production;
  switch (type) {
    case "Terminal":
      return renderTerminal(name);
    case "NonTerminal":
      return name;
    case "Alternation": {
      const alternatives = definition.map((each) => renderSequence(each.definition));
      return `( ${alternatives.join(" | ")} )`;
    }
    case "Option":
      return `${group(definition)}?`;
    case "Repetition":
      return `${group(definition)}*`;
    case "RepetitionMandatory":
      return `${group(definition)}+`;
    default:
      throw new Error(`no notation for ${type}`);
  }
}

function group(definition: readonly ISerializedGast[]): string {
  const text = renderSequence(definition);
  const [only] = definition;
  const isAtom = definition.length === 1 && (only?.type === "Terminal" || only?.type === "NonTerminal");
  return isAtom || (definition.length === 1 && only?.type === "Alternation") ? text : `( ${text} )`;
}

/** A token that always has the same text stands as that text, unless where it stands matters too. */
function renderTerminal(name: string): string {
  const literal = literalOf(name);
  return literal === undefined ? name : `"${literal}"`;
}

function renderTokens(): string {
  const shown = describeTokens().filter(({ type }) => !isLiteral(type));
  return shown
    .map(({ type, description }) => {
      const isLexed = type.PATTERN instanceof RegExp && type.PATTERN !== Lexer.NA;
      const pattern = isLexed ? String(type.PATTERN) : "";
      const note = description === undefined ? "" : `/* ${description} */`;
      return [`${type.name} ::=`, pattern, note].filter((part) => part !== "").join(" ");
    })
    .join("\n\n");
}
