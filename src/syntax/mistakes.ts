import type { TokenType } from "chevrotain";
import type { Span } from "../source/source-file.ts";
import { shorten } from "./scan.ts";
import { describeSum } from "./tensor-sums.ts";
import { describeNothing, needs } from "./missing-parts.ts";
import {
  beginsValueOrWord,
  infixes,
  inParentheses,
  isControlWord,
  type Mistake,
  type MistakeContext,
  needsBody,
  pointAfter,
  spanOf,
} from "./mistake.ts";
import { describePath } from "./paths.ts";
import { describeBarePoint, describeEndingShare, describeOperator } from "./mistaken-operators.ts";
import {
  describeEquals,
  describeColon,
  describeMissingComma,
  describeMissingEquals,
} from "./mistaken-signs.ts";
import {
  Colon,
  Comma,
  Dot,
  Else,
  Equals,
  From,
  Identifier,
  If,
  Input,
  Let,
  NumberToken,
  Open,
  OpenBody,
  OpenCall,
  Question,
  Range,
  Require,
  Separator,
  Text,
  statementWords,
  targetWord,
} from "./tokens.ts";

type Description = (context: MistakeContext) => Mistake | undefined;

/** Says what is wrong at a token, in the words of the first description that knows the case. */
export function describeMistake(context: MistakeContext): Mistake {
  for (const describe of descriptions) {
    const mistake = describe(context);
    if (mistake !== undefined) return mistake;
  }
  const actual = context.tokens[context.at];
  const shown = actual === undefined ? "the end of the file" : `\`${shorten(actual.image)}\``;
  return {
    message: `${shown} does not belong here`,
    span: placeOf(context),
    help: helpForStatement(context),
  };
}

function describeStart(context: MistakeContext): Mistake | undefined {
  const token = context.tokens[context.at];
  if (context.at !== context.first || token === undefined) return undefined;
  const span = spanOf(context.file, token);
  if (token.tokenType === Else) {
    return { message: "`else` stands without its `if`", span, help: "`else` follows the `}` of an `if`" };
  }
  if (context.tokens[context.at - 1]?.tokenType === Else) {
    return { message: "`else` needs a body, or `if` and a condition", span, help: "`else { … }`" };
  }
  if (token.tokenType === OpenBody) {
    return {
      message: "this `{` belongs to no statement",
      span,
      help: "a body follows its statement: `repeat 3 { … }`",
    };
  }
  if (token.image === "//") {
    return {
      message: "a comment begins with `#`",
      span,
      fix: { title: "write #", edits: [{ span, text: "#" }] },
    };
  }
  if (token.tokenType === Dot) {
    return {
      message: "a statement begins with a word, not with `.`",
      span,
      help: "layers follow each other line by line",
    };
  }
  const shown = shorten(token.image);
  return {
    message: isControlWord(token)
      ? `a statement cannot begin with \`${shown}\``
      : `a statement begins with a word, not with \`${shown}\``,
    span,
    help: "a layer such as `conv`, a block's name, or a word such as `input` or `let`",
  };
}

/** `a = a + 1` after `let a`, and `a += 1`. */
function describeChange({ file, tokens, first }: MistakeContext): Mistake | undefined {
  const [word, sign, equals] = tokens.slice(first, first + 3);
  if (word?.tokenType !== Identifier || sign === undefined) return undefined;
  const isUpdate =
    infixes.has(sign.tokenType) && equals?.tokenType === Equals && equals.startOffset === sign.endOffset;
  const isGiven =
    sign.tokenType === Equals &&
    tokens.some(({ image }, index) => image === word.image && tokens[index - 1]?.tokenType === Let);
  if (!isUpdate && !isGiven) return undefined;
  const end = isUpdate ? equals.endOffset : sign.endOffset;
  return {
    message: "a value does not change once it has its name",
    span: { file, start: sign.startOffset, end },
    help: `give the new value a name of its own: \`let next_${shorten(word.image)} = …\``,
  };
}

/** `input.channels`, for a dimension of the current tensor. */
function describeDimensionOfInput({ file, tokens, at, first }: MistakeContext): Mistake | undefined {
  const token = tokens[at];
  if (at === first || token?.tokenType !== Input || tokens[at + 1]?.tokenType !== Dot) return undefined;
  const span = spanOf(file, token);
  return {
    message: "the dimensions of the current tensor are reached by `in`",
    span,
    help: "for example `in.channels`",
    fix: { title: "write in", edits: [{ span, text: "in" }] },
  };
}

const opensList: ReadonlySet<TokenType> = new Set([OpenCall, Open, Comma]);

function describeName({ file, tokens, at, first, expected }: MistakeContext): Mistake | undefined {
  const token = tokens[at];
  const isName = expected === Identifier.name || opensList.has(tokens[at - 1]?.tokenType as never);
  if (!isName || token === undefined) return undefined;
  const span = spanOf(file, token);
  if (isControlWord(token)) {
    return tokens[at - 1]?.tokenType === Colon
      ? { message: `a label names a layer, a merge or a call, not \`${token.image}\``, span }
      : {
          message: `\`${token.image}\` is a control word and cannot be a name`,
          span,
          ...(tokens[first]?.tokenType === From && token.tokenType === Input
            ? { help: "give the input a name: `input image 28x28x1`, then `from image`" }
            : {}),
        };
  }
  if (expected !== Identifier.name) return undefined;
  if (token.tokenType === NumberToken) {
    return { message: `\`${shorten(token.image)}\` is a number; a name begins with a letter`, span };
  }
  if (token.tokenType === Text && /^"[A-Za-z_]\w*"$/.test(token.image)) {
    const name = token.image.slice(1, -1);
    return {
      message: "a name stands without quotes",
      span,
      fix: { title: "remove the quotes", edits: [{ span, text: name }] },
    };
  }
  return undefined;
}

/** `1 if first else 2`, `first ? 1 : 2`, as Python and C choose between values. */
function describeConditionalValue({ file, tokens, at, first }: MistakeContext): Mistake | undefined {
  const word = tokens[at];
  const other = word?.tokenType === If ? Else : word?.tokenType === Question ? Colon : undefined;
  if (word === undefined || other === undefined || at === first) return undefined;
  let end = at;
  while (end < tokens.length && tokens[end]!.tokenType !== Separator && tokens[end]!.tokenType !== other)
    end += 1;
  if (tokens[end]?.tokenType !== other) return undefined;
  return {
    message: `a value is not chosen by \`${word.image}\`; statements are`,
    span: { file, start: tokens[at]!.startOffset, end: tokens[end]!.endOffset },
    help: "write the statement twice: `if f == 16 { unit f 1 } else { unit f 2 }`",
  };
}

/** A control word that begins statements in the middle of one. */
function describeNextStatement({ file, tokens, at, first }: MistakeContext): Mistake | undefined {
  const token = tokens[at];
  const previous = tokens[at - 1];
  if (token === undefined || previous === undefined || !statementWords.has(token.tokenType)) return undefined;
  const word = tokens[first]!;
  if (token.tokenType === Input && word.tokenType === Identifier && at === first + 1) {
    return {
      message: "`input` is no name of a tensor",
      span: spanOf(file, token),
      help: `give the input a name: \`input image 28x28x1\`, then \`${shorten(word.image)} image\``,
    };
  }
  return {
    message: `\`${token.image}\` begins a statement of its own`,
    span: spanOf(file, token),
    help: "statements are separated by `;` or a line end",
    fix: { title: "put a `;` before it", edits: [{ span: pointAfter(file, previous), text: ";" }] },
  };
}

/** `require depth > 2 "…"`, at the text. */
function describeBareCondition({ file, tokens, at, first }: MistakeContext): Mistake | undefined {
  const from = tokens[first + 1];
  const isText = tokens[first]?.tokenType === Require && tokens[at]?.tokenType === Text;
  if (!isText || at === first + 1 || from?.tokenType === Open) return undefined;
  const span = { file, start: from!.startOffset, end: tokens[at - 1]!.endOffset };
  return {
    message: "a condition that is required stands in parentheses",
    span,
    fix: { title: "put it in parentheses", edits: inParentheses(span) },
  };
}

function describeRest(context: MistakeContext): Mistake | undefined {
  const { file, tokens, at, first } = context;
  const token = tokens[at];
  const word = tokens[first];
  if (token === undefined || word === undefined) return undefined;
  const span = spanOf(file, token);
  if (token.tokenType === Range) {
    return { message: "a range stands in `for` alone", span, help: "for example `for i in 1..3 { … }`" };
  }
  if (token.tokenType === Else) {
    return { message: "`else` stands without its `if`", span, help: "`else` follows the `}` of an `if`" };
  }
  if (token.tokenType === OpenBody) return { message: `\`${word.image}\` has no body`, span };
  if (needsBody.has(word.tokenType) && beginsValueOrWord.has(token.tokenType)) {
    const [, example] = needs.get(word.tokenType)!;
    return {
      message: `the body of \`${word.image}\` stands in braces`,
      span,
      text: "expected `{`",
      help: `\`${example}\``,
    };
  }
  return undefined;
}

const descriptions: readonly Description[] = [
  describePath,
  describeSum,
  describeChange,
  describeStart,
  describeName,
  describeEndingShare,
  describeNothing,
  describeEquals,
  describeConditionalValue,
  describeDimensionOfInput,
  describeMissingComma,
  describeMissingEquals,
  describeBareCondition,
  describeOperator,
  describeBarePoint,
  describeColon,
  describeRest,
  describeNextStatement,
];

/** What the statement that a token does not fit into looks like. */
function helpForStatement({ tokens, first }: MistakeContext): string | undefined {
  const word = tokens[first];
  const need = needs.get(word?.tokenType as never);
  if (word === undefined || need === undefined) return undefined;
  if (word.tokenType === Require && tokens[first + 1]?.tokenType === Identifier) {
    return tokens[first + 1]!.image === targetWord
      ? "`require target` takes names alone, for example `require target webgpu`"
      : "`require` takes a quantity and a limit, for example `require params < 5M`";
  }
  return `\`${word.image}\` takes ${need[0]}, for example \`${need[1]}\``;
}

/** The token that does not fit, or the place after the last one. */
function placeOf({ file, tokens, at }: MistakeContext): Span {
  const token = tokens[at];
  const previous = tokens[at - 1];
  if (token !== undefined && token.tokenType !== Separator) return spanOf(file, token);
  return previous === undefined ? { file, start: 0, end: 0 } : pointAfter(file, previous);
}
