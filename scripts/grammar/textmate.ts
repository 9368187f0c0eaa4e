import { controlWords, Identifier, NumberToken, Operator, targetWord } from "../../src/syntax/tokens.ts";

const name = source(Identifier.PATTERN);
const path = `${name}(?:\\.${name})*`;
const words = controlWords.filter((word) => !["and", "or", "not"].includes(word));

/** The colours of an editor that reads TextMate grammars, from the parser's own tokens and words. */
export function renderTextMate(): string {
  const grammar = {
    $schema: "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
    name: "cnn",
    scopeName: "source.cnn",
    fileTypes: ["cnn"],
    patterns: [
      { include: "#comment" },
      { include: "#text" },
      { include: "#definition" },
      { include: "#target" },
      { include: "#word" },
      { include: "#label" },
      { include: "#layer" },
      { include: "#dimension" },
      { include: "#shape" },
      { include: "#number" },
      { include: "#argument" },
      { include: "#call" },
      { include: "#constant" },
      { include: "#operator" },
    ],
    repository: {
      comment: rule("comment.line.number-sign.cnn", "#.*$"),
      text: {
        name: "string.quoted.double.cnn",
        begin: '"',
        end: '"|$',
        patterns: [
          rule("constant.character.escape.cnn", '\\\\["\\\\]'),
          rule("invalid.illegal.escape.cnn", "\\\\."),
        ],
      },
      definition: {
        match: `\\b(model|block|shared|let)\\s+(${name})`,
        captures: { 1: { name: "keyword.control.cnn" }, 2: { name: "entity.name.function.cnn" } },
      },
      target: {
        match: `\\b(require\\s+${targetWord})\\b((?:\\s+${name})*)`,
        captures: { 1: { name: "keyword.control.cnn" }, 2: { name: "constant.language.cnn" } },
      },
      word: rule("keyword.control.cnn", `\\b(?:${words.join("|")})\\b(?!\\s*=(?!=))`),
      label: {
        match: `(?<=^|[;{])\\s*(${name})\\s*(:)`,
        captures: { 1: { name: "entity.name.label.cnn" }, 2: { name: "punctuation.separator.label.cnn" } },
      },
      layer: {
        match: `(?<=^|[;{:])\\s*(${path})(?![\\w.]|\\s*:)`,
        captures: { 1: { name: "support.function.layer.cnn" } },
      },
      dimension: {
        match: `\\b(in)\\.(${name})`,
        captures: { 1: { name: "variable.language.cnn" }, 2: { name: "variable.other.property.cnn" } },
      },
      shape: rule(
        "constant.numeric.shape.cnn",
        "(?:[0-9]+|\\?|\\b[A-Z][A-Z0-9_]*)(?:x(?:[0-9]+|\\?|[A-Z][A-Z0-9_]*))+(?![a-z])",
      ),
      number: rule("constant.numeric.cnn", `(?<![A-Za-z_])${source(NumberToken.PATTERN)}`),
      argument: {
        match: `(${name})\\s*(=)(?!=)`,
        captures: { 1: { name: "variable.parameter.cnn" }, 2: { name: "keyword.operator.assignment.cnn" } },
      },
      call: { match: `(${name})(?=\\()`, captures: { 1: { name: "entity.name.function.call.cnn" } } },
      constant: rule("constant.language.cnn", "\\b(?:yes|no|true|false)\\b|\\?"),
      operator: rule("keyword.operator.cnn", `\\b(?:and|or|not)\\b|${source(Operator.PATTERN)}|[-/]|\\.\\.`),
    },
  };
  return `${JSON.stringify(grammar, undefined, 2)}\n`;
}

function rule(scope: string, match: string): { name: string; match: string } {
  return { name: scope, match };
}

function source(pattern: unknown): string {
  if (!(pattern instanceof RegExp)) throw new Error("a token without a regular expression");
  return pattern.source;
}
