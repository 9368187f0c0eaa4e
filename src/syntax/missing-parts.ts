import type { TokenType } from "chevrotain";
import type { Span } from "../source/source-file.ts";
import { shorten } from "./scan.ts";
import {
  As,
  Block,
  Close,
  CloseBody,
  CloseList,
  Colon,
  Comma,
  Dot,
  Equals,
  For,
  Freeze,
  From,
  If,
  In,
  Input,
  Join,
  Language,
  Let,
  Minus,
  Model,
  Not,
  Open,
  OpenBody,
  OpenCall,
  OpenList,
  Operator,
  Range,
  Repeat,
  Require,
  Separator,
  Shared,
  Slash,
  Unfreeze,
  Use,
  type Token,
  targetWord,
} from "./tokens.ts";
import { type Mistake, type MistakeContext, pointAfter, spanOf } from "./mistake.ts";

/** Where a statement's head ends. */
export const endsHead: ReadonlySet<TokenType | undefined> = new Set([
  Separator,
  CloseBody,
  OpenBody,
  undefined,
]);

/** What a control word needs when nothing follows it, with an example. */
export const needs = new Map<TokenType, readonly [need: string, example: string]>([
  [Language, ["a version", "language 1"]],
  [Use, ["a library's name or a file's in quotes", 'use resnet` or `use "blocks.cnn"']],
  [As, ["a name", "use resnet as r"]],
  [Model, ["a name", "model lenet5"]],
  [Let, ["a name and a value", "let width = 64"]],
  [Block, ["a name", "block unit(filters) { … }"]],
  [Shared, ["a name", "shared encoder { … }"]],
  [Input, ["a shape", "input 28x28x1"]],
  [From, ["the name of a tensor", "from left"]],
  [Repeat, ["a count", "repeat 3 { … }"]],
  [For, ["a name and values", "for f in [64, 128] { … }"]],
  [In, ["values", "for f in [64, 128] { … }"]],
  [If, ["a condition", "if stride != 1 { … }"]],
  [Freeze, ["a label", "freeze base"]],
  [Unfreeze, ["a label", "unfreeze base from block_13"]],
  [
    Require,
    [
      "a quantity and a limit, a target, or a condition and a text",
      'require params < 5M`, `require target webgpu` or `require (depth > 2) "…"',
    ],
  ],
]);

/** The statement, the bracket or the line ends where something had to follow. */
export function describeNothing(context: MistakeContext): Mistake | undefined {
  const { file, tokens, at, first } = context;
  const actual = tokens[at]?.tokenType;
  const closes = actual === Close || actual === CloseList || actual === Comma;
  const previous = tokens[at - 1];
  if ((!endsHead.has(actual) && !closes) || previous === undefined || at === first) return undefined;
  const span = closes ? spanOf(file, tokens[at]!) : pointAfter(file, previous);
  const value = (message: string): Mistake => ({ message, span, text: "expected a value" });
  switch (previous.tokenType) {
    case Equals: {
      const name = tokens[at - 2];
      const before =
        tokens[first]!.tokenType === Let ? `let ${name?.image ?? ""} = ` : `${name?.image ?? ""}=`;
      return value(`a value is missing after \`${before.trimEnd()}\``);
    }
    case Operator:
    case Slash:
    case Minus:
    case Not:
      return value(`a value is missing after \`${previous.image}\``);
    case Range:
      return value("the end of the range is missing after `..`");
    case Join:
      return {
        message: "a part of the shape is missing after `x`",
        span,
        help: "a shape is written `28x28x1`",
      };
    case Colon:
      return {
        message: `a layer is missing after \`${tokens[at - 2]?.image ?? ""}:\``,
        span,
        help: "a label stands on the line of what it names: `first: conv 32 3x3`",
      };
    case Comma:
      return value("a value is missing after the comma");
    case Dot:
      return { message: "a name is missing after the dot", span };
    case Open:
    case OpenCall:
    case OpenList:
      return value("a value is missing in the brackets");
  }
  return describeNeed(context, previous, span);
}

function describeNeed(
  { tokens, first, expected }: MistakeContext,
  previous: Token,
  span: Span,
): Mistake | undefined {
  const need = needs.get(previous.tokenType);
  if (need !== undefined) {
    return { message: `\`${previous.image}\` needs ${need[0]}`, span, help: `for example \`${need[1]}\`` };
  }
  const word = tokens[first]!.tokenType;
  if (word === Let && expected === Equals.name) {
    return {
      message: `\`let ${shorten(previous.image)}\` needs a value`,
      span,
      help: "for example `let width = 64`",
    };
  }
  if (word === For) {
    return { message: "`for` needs `in` and values", span, help: "for example `for f in [64, 128] { … }`" };
  }
  if (word === Require && previous.tokenType === Close) {
    const message = "`require` needs its reason after the condition";
    return { message, span, help: 'a text in quotes: `require (depth > 2) "the depth is above 2"`' };
  }
  if (word === Require) {
    return previous.image === targetWord
      ? { message: "`require target` needs a target", span, help: "for example `require target webgpu`" }
      : {
          message: "`require` needs a limit",
          span,
          help: "for example `require params < 5M`, or of a target `require target webgpu`",
        };
  }
  return undefined;
}
