import type { TokenType } from "chevrotain";
import { type Span, spanText } from "../source/source-file.ts";
import { shorten } from "./scan.ts";
import {
  Block,
  Close,
  CloseList,
  Colon,
  Comma,
  Dimension,
  Dot,
  Else,
  Equals,
  For,
  From,
  Identifier,
  If,
  Input,
  Join,
  Let,
  Minus,
  NumberToken,
  Open,
  OpenBody,
  OpenCall,
  OpenList,
  Operator,
  Question,
  Range,
  Repeat,
  Separator,
  Shared,
  Slash,
  statementWords,
  Text,
  wordTokens,
  type Token,
  Require,
  targetWord,
  Use,
} from "./tokens.ts";
import { describeSum, isSum } from "./tensor-sums.ts";
import { describeNothing, endsHead, needs } from "./missing-parts.ts";
import { inParentheses, type Mistake, type MistakeContext, pointAfter, spanOf } from "./mistake.ts";

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

const isControlWord = (token: Token | undefined): boolean =>
  token !== undefined && wordTokens.get(token.image) === token.tokenType;

const beginsValueOrWord: ReadonlySet<TokenType> = new Set([
  NumberToken,
  Identifier,
  Text,
  Question,
  Dimension,
  Open,
  OpenList,
]);
const needsBody: ReadonlySet<TokenType> = new Set([Block, Shared, For, If, Repeat]);
const infixes: ReadonlySet<TokenType> = new Set([Operator, Slash, Minus]);

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

function describeEquals({ file, tokens, at, first }: MistakeContext): Mistake | undefined {
  const token = tokens[at];
  if (token?.tokenType !== Equals) return undefined;
  const span = spanOf(file, token);
  const word = tokens[first]!;
  if (word.tokenType === Input) {
    return {
      message: "the sizes of a shape stand without names",
      span,
      help: "height, width and channels joined by `x`: `input 28x28x1`",
    };
  }
  if (word.tokenType === If) {
    const before = tokens[at - 1]!;
    // `===`
    const isLonger = before.image === "==" && before.endOffset === token.startOffset;
    const sign = isLonger ? { ...span, start: before.startOffset } : span;
    return {
      message: isLonger ? "`==` compares" : "`=` gives a value; `==` compares",
      span: sign,
      fix: { title: "write ==", edits: [{ span: sign, text: "==" }] },
    };
  }
  if (word.tokenType === For) {
    return {
      message: "`in` stands between a loop's name and its values",
      span,
      help: "for example `for i in 1..3 { … }`",
      fix: { title: "write in", edits: [{ span, text: "in" }] },
    };
  }
  if (word.tokenType === Identifier && at === first + 1) {
    const name = shorten(word.image);
    return {
      message: "a statement is not an assignment",
      span,
      help: `a value gets its name with \`let ${name} = …\`, a layer with \`${name}: …\``,
      ...(isSum(tokens, at + 1)
        ? {
            fix: {
              title: "write `let`",
              edits: [{ span: { ...spanOf(file, word), end: word.startOffset }, text: "let " }],
            },
          }
        : {}),
    };
  }
  return { message: "`=` stands between a name and its value alone", span, help: "for example `stride=2`" };
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

function describeOperator(context: MistakeContext): Mistake | undefined {
  const { file, tokens, first } = context;
  // `1/k`: the sign of a fraction fits, what follows it does not.
  const isAfterSign = context.at > first && tokens[context.at - 1]!.tokenType === Slash;
  const at = isAfterSign ? context.at - 1 : context.at;
  const token = tokens[at];
  if (token === undefined || !infixes.has(token.tokenType)) return undefined;
  const span = spanOf(file, token);
  const previous = tokens[at - 1];
  const next = tokens[at + 1];
  if (previous === undefined) return undefined;
  const path = describePath(context, token) ?? describeDash(context, at);
  if (path !== undefined) return path;
  const numbers = previous.tokenType === NumberToken && next?.tokenType === NumberToken;
  // Beside a window a product is a count.
  if (token.image === "*" && numbers && !hasWindow(context)) return describeProduct(context, at - 1);
  if (
    token.image === "%" &&
    previous.tokenType === NumberToken &&
    !beginsValueOrWord.has(next?.tokenType as never)
  ) {
    const text = String(Number(previous.image.replaceAll("_", "")) / 100);
    const share = { file, start: previous.startOffset, end: token.endOffset };
    return {
      message: `a share is a number from 0 to 1: \`${text}\` for ${previous.image} %`,
      span: share,
      fix: { title: `write ${text}`, edits: [{ span: share, text }] },
    };
  }
  if (token.image === "//" && !numbers) {
    return {
      message: "`//` divides and rounds down; a comment begins with `#`",
      span,
      fix: { title: "write #", edits: [{ span, text: "#" }] },
    };
  }
  const help = "`conv (2*f) 3x3`; after `name=` no parentheses are needed";
  const end = endOfOperators(tokens, at);
  const simple = end !== undefined && operandTypes.has(previous.tokenType) && at - 1 > first;
  if (!simple) return { message: "an expression with operators stands in parentheses", span, help };
  const whole = { file, start: previous.startOffset, end: tokens[end]!.endOffset };
  const fix = { title: "put it in parentheses", edits: inParentheses(whole) };
  return {
    message: "an expression with operators stands in parentheses",
    span: whole,
    help,
    fix,
  };
}

/** `photos/cats`, `blocks.cnn`: a path without quotes, from the word that begins it to the next blank. */
function pathFrom(file: MistakeContext["file"], word: Token): Span | undefined {
  if (word.tokenType !== Identifier) return undefined;
  const length = /^[^\s;{}#"]+/.exec(file.text.slice(word.startOffset))?.[0].length ?? 0;
  return { file, start: word.startOffset, end: word.startOffset + length };
}

/** `data photos/cats`, at the sign that touches the first word. */
function describePath({ file, tokens, first }: MistakeContext, sign: Token): Mistake | undefined {
  const word = tokens[first + 1];
  const span = tokens[first]!.image === "data" && word !== undefined ? pathFrom(file, word) : undefined;
  if (span === undefined || sign.startOffset < span.start || sign.startOffset >= span.end) return undefined;
  const text = `"${spanText(span)}"`;
  return {
    message: "a folder or file stands in quotes",
    span,
    help: `write \`${shorten(text)}\`; a name has \`_\` in place of \`-\``,
    fix: { title: "put it in quotes", edits: [{ span, text }] },
  };
}

/** `conv - 8 3x3`: a sign between a layer and its values. */
function describeDash({ file, tokens, first }: MistakeContext, at: number): Mistake | undefined {
  const [word, sign, next] = [tokens[at - 1]!, tokens[at]!, tokens[at + 1]];
  if (at !== first + 1 || word.tokenType !== Identifier || next?.tokenType !== NumberToken) return undefined;
  const gap = { file, start: word.endOffset, end: next.startOffset };
  return {
    message: `no \`${sign.image}\` stands between \`${shorten(word.image)}\` and its values`,
    span: spanOf(file, sign),
    fix: { title: `remove the \`${sign.image}\``, edits: [{ span: gap, text: " " }] },
  };
}

/** Whether a window such as `3x3` stands in the statement. */
function hasWindow({ tokens, first }: MistakeContext): boolean {
  let at = first;
  while (at < tokens.length && !endsHead.has(tokens[at]!.tokenType) && tokens[at]!.tokenType !== Join)
    at += 1;
  return tokens[at]?.tokenType === Join;
}

/** `3*3`, `28*28*1`: a window or a shape. */
function describeProduct({ file, tokens }: MistakeContext, from: number): Mistake {
  let to = from;
  while (tokens[to + 1]?.image === "*" && tokens[to + 2]?.tokenType === NumberToken) to += 2;
  const numbers = tokens.slice(from, to + 1).filter(({ tokenType }) => tokenType === NumberToken);
  const text = numbers.map(({ image }) => image).join("x");
  const span = { file, start: numbers[0]!.startOffset, end: numbers.at(-1)!.endOffset };
  return {
    message: "a window is written with `x`",
    span,
    help: `a product stands in parentheses: \`(${text.replaceAll("x", "*")})\``,
    fix: { title: `write ${text}`, edits: [{ span, text }] },
  };
}

const operandTypes: ReadonlySet<TokenType> = new Set([NumberToken, Identifier]);

/** The last token of a chain of operators and simple values that begins at an operator. */
function endOfOperators(tokens: readonly Token[], at: number): number | undefined {
  let last: number | undefined;
  for (let index = at; infixes.has(tokens[index]?.tokenType as never); index += 2) {
    if (!operandTypes.has(tokens[index + 1]?.tokenType as never)) return undefined;
    last = index + 1;
  }
  return last;
}

function describeColon({ file, tokens, at, first }: MistakeContext): Mistake | undefined {
  const token = tokens[at];
  if (token?.tokenType !== Colon) return undefined;
  const span = spanOf(file, token);
  const isRange = tokens[first]!.tokenType === For && tokens[at + 1]?.tokenType === NumberToken;
  if ((needsBody.has(tokens[first]!.tokenType) && !isRange) || endsHead.has(tokens[at + 1]?.tokenType)) {
    return { message: "a body stands in braces", span, help: "for example `repeat 3 { conv 32 3x3 }`" };
  }
  if (at === first + 1 && isControlWord(tokens[first])) {
    return {
      message: `no colon stands after \`${tokens[first]!.image}\``,
      span,
      fix: { title: "remove the colon", edits: [{ span, text: "" }] },
    };
  }
  if (tokens[first]!.tokenType === For && tokens[at - 1]?.tokenType === NumberToken) {
    return {
      message: "a range is written with `..`",
      span,
      help: "both its ends are counted: `for i in 1..3 { … }`",
      fix: { title: "write ..", edits: [{ span, text: ".." }] },
    };
  }
  const message = "a label is one name at the start of its statement";
  const [previous, next] = [tokens[at - 1], tokens[at + 1]];
  if (at === first + 2 && previous?.tokenType === Identifier && next?.tokenType === Identifier) {
    const label = { file, start: tokens[first]!.startOffset, end: previous.endOffset };
    const text = `${tokens[first]!.image}_${previous.image}`;
    return {
      message,
      span: label,
      help: `write \`${shorten(text)}:\``,
      fix: { title: "join the words", edits: [{ span: label, text }] },
    };
  }
  if (at > first + 1 && previous?.tokenType === Identifier && next?.tokenType === NumberToken) {
    const between = { file, start: previous.endOffset, end: next.startOffset };
    return {
      message: "an argument and its value are joined by `=`",
      span,
      help: `write \`${shorten(previous.image)}=${shorten(next.image)}\``,
      fix: { title: "write =", edits: [{ span: between, text: "=" }] },
    };
  }
  return { message, span, help: "`first: conv 32 3x3`; an argument is written `name=value`" };
}

function describeMissingComma({ file, tokens, at, expected }: MistakeContext): Mistake | undefined {
  const token = tokens[at];
  const previous = tokens[at - 1];
  if (expected !== Close.name && expected !== CloseList.name) return undefined;
  if (token === undefined || previous === undefined || !beginsValueOrWord.has(token.tokenType))
    return undefined;
  if (previous.tokenType === Open || previous.tokenType === OpenCall) {
    return {
      message: "a parameter is a name, and its default behind a `=`",
      span: spanOf(file, token),
      help: "for example `(classes = 10)`",
    };
  }
  if (token.tokenType === OpenList && previous.endOffset === token.startOffset) {
    return {
      message: "no element is picked out of a value",
      span: spanOf(file, token),
      help: "the dimensions of the current tensor are `in.channels`, `in.height` and `in.width`, those of a label `x.channels`",
    };
  }
  return {
    message: "a comma is missing between two values in brackets",
    span: spanOf(file, token),
    fix: { title: "put a comma between", edits: [{ span: pointAfter(file, previous), text: "," }] },
  };
}

/** `require depth > 2 "…"`, at the text. */
function describeBareCondition({ file, tokens, at, first }: MistakeContext): Mistake | undefined {
  const from = tokens[first + 1];
  if (tokens[first]?.tokenType !== Require || tokens[at]?.tokenType !== Text || from?.tokenType === Open)
    return undefined;
  const span = { file, start: from!.startOffset, end: tokens[at - 1]!.endOffset };
  return {
    message: "a condition that is required stands in parentheses",
    span,
    fix: { title: "put it in parentheses", edits: inParentheses(span) },
  };
}

function describeMissingEquals({ file, tokens, at, first, expected }: MistakeContext): Mistake | undefined {
  const token = tokens[at];
  const previous = tokens[at - 1];
  if (expected !== Equals.name || token === undefined || previous === undefined) return undefined;
  const name = shorten(previous.image);
  if (token.tokenType === Colon || token.image === "==") {
    return {
      message: `a \`let\` takes one \`=\` between the name and its value`,
      span: spanOf(file, token),
      fix: {
        title: "write =",
        edits: [{ span: spanOf(file, token), text: token.tokenType === Colon ? " =" : "=" }],
      },
    };
  }
  return {
    message: `\`=\` is missing after \`${tokens[first]!.image} ${name}\``,
    span: spanOf(file, token),
    fix: { title: "put a `=` before it", edits: [{ span: pointAfter(file, previous), text: " =" }] },
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
  const path =
    word.tokenType === Use && token.tokenType === Dot ? pathFrom(file, tokens[first + 1]!) : undefined;
  if (path !== undefined) {
    const text = `"${spanText(path)}"`;
    return {
      message: "a file's name stands in quotes",
      span: path,
      help: `write \`use ${shorten(text)}\``,
      fix: { title: "put it in quotes", edits: [{ span: path, text }] },
    };
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
  describeSum,
  describeChange,
  describeStart,
  describeName,
  describeNothing,
  describeEquals,
  describeConditionalValue,
  describeDimensionOfInput,
  describeMissingComma,
  describeMissingEquals,
  describeBareCondition,
  describeOperator,
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
