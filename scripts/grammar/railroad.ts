import type { ISerializedGast } from "chevrotain";
import { describeTokens } from "../../src/syntax/tokens.ts";
import {
  box,
  choice,
  escapeText,
  oneOrMore,
  optional,
  type Part,
  renderDiagram,
  sequence,
} from "./diagram.ts";
import { grammarRules, isLiteral, literalOf, type Production } from "./productions.ts";

/** The grammar as a page of railroad diagrams that needs nothing but itself, from the parser's own rules and tokens. */
export function renderRailroadPage(): string {
  const rules = grammarRules();
  const links = rules.map(({ name = "" }) => `<a href="#${name}">${name}</a>`).join(" ");
  const diagrams = rules.map(
    ({ name = "", definition }) =>
      `<section id="${name}"><h2>${name}</h2>\n${renderDiagram(partOf(definition))}</section>`,
  );
  const tokens = describeTokens()
    .filter(({ type }) => !isLiteral(type))
    .map(({ type, description = "" }) => {
      const pattern =
        type.PATTERN instanceof RegExp ? `<code>${escapeText(String(type.PATTERN))}</code>` : "";
      return `<tr id="${type.name}"><th>${type.name}</th><td>${pattern} ${escapeText(description)}</td></tr>`;
    });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>The grammar of cnn</title>
<style>
${style}</style>
<h1>The grammar of cnn</h1>
<p>Generated from the parser by <code>node scripts/grammar.mjs</code>; the same as text is in <a href="cnn.ebnf">cnn.ebnf</a>. Follow a line from
left to right: round boxes stand in a program, square ones are other diagrams. Blanks separate; a comment goes from <code>#</code> to the line's end;
line ends inside ( ) and [ ] vanish, elsewhere they are separators, as <code>;</code> is.</p>
<nav>${links}</nav>
${diagrams.join("\n")}
<h2>Tokens</h2>
<table>
${tokens.join("\n")}
</table>
</html>
`;
}

const style = `body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: #1d2733; }
h2 { font-size: 1rem; margin: 1.4rem 0 0.2rem; }
section { overflow-x: auto; }
nav a { margin-right: 0.6rem; }
a { color: #0b5fa5; }
svg path { fill: none; stroke: #5a6b7b; stroke-width: 1.5; }
svg rect { stroke: #5a6b7b; fill: #eef3f8; }
svg .literal rect { fill: #fdf1d6; }
svg .token rect { fill: #e3f4e6; }
svg text { font: 13px ui-monospace, monospace; text-anchor: middle; fill: #1d2733; }
th { text-align: left; padding-right: 1rem; vertical-align: top; }
@media (prefers-color-scheme: dark) {
  body { background: #14191f; color: #dfe6ee; }
  a { color: #7cc0f5; }
}
`;

function partOf(definition: readonly ISerializedGast[] = []): Part {
  return sequence(definition.map((each) => productionPart(each as Production)));
}

function productionPart({ type, name = "", definition = [] }: Production): Part {
  switch (type) {
    case "Terminal": {
      const literal = literalOf(name);
      return literal === undefined ? box(name, "token") : box(literal, "literal");
    }
    case "NonTerminal":
      return box(name, "rule");
    case "Alternation":
      return choice(definition.map((each) => partOf(each.definition)));
    case "Option":
      return optional(partOf(definition));
    case "Repetition":
      return optional(oneOrMore(partOf(definition)));
    case "RepetitionMandatory":
      return oneOrMore(partOf(definition));
    default:
      throw new Error(`no diagram for ${type}`);
  }
}
