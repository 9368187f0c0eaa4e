import { shorten } from "./scan.ts";
import { isSum } from "./tensor-sums.ts";
import { endsHead } from "./missing-parts.ts";
import {
  beginsValueOrWord,
  isControlWord,
  type Mistake,
  type MistakeContext,
  needsBody,
  pointAfter,
  spanOf,
} from "./mistake.ts";
import {
  Close,
  CloseList,
  Colon,
  Equals,
  For,
  Identifier,
  If,
  Input,
  NumberToken,
  Open,
  OpenCall,
  OpenList,
} from "./tokens.ts";

// Signs between values: `=`, `:` and the comma.

export function describeEquals({ file, tokens, at, first }: MistakeContext): Mistake | undefined {
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

export function describeColon({ file, tokens, at, first }: MistakeContext): Mistake | undefined {
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

export function describeMissingComma({ file, tokens, at, expected }: MistakeContext): Mistake | undefined {
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

export function describeMissingEquals({
  file,
  tokens,
  at,
  first,
  expected,
}: MistakeContext): Mistake | undefined {
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
