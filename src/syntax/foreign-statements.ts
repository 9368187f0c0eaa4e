import type { IToken, TokenType } from "chevrotain";
import { Equals, Identifier, NumberToken, Open, OpenBody, Operator, Separator, Text } from "./tokens.ts";

/** What other languages begin statements with, and the word here: a map, since every statement is looked up. */
const nativeWords: ReadonlyMap<string, string> = new Map(
  Object.entries({
    let: ["const", "var", "val"],
    block: ["function", "func", "fn", "def"],
    model: ["class", "network"],
    train: ["training", "fit", "compile"],
    for: ["foreach"],
    repeat: ["loop"],
    use: ["include", "using"],
    require: ["assert", "requires", "ensure"],
    language: ["version"],
  }).flatMap(([native, words]) => words.map((word) => [word, native] as const)),
);

/** What follows those words, where they are meant so. */
const shapes: Readonly<Record<string, readonly (TokenType | undefined)[][]>> = {
  let: [[Identifier, Equals]],
  block: [
    [Identifier, Open],
    [Identifier, OpenBody],
  ],
  model: [
    [Identifier, Open],
    [Identifier, OpenBody],
  ],
  train: [[OpenBody]],
  for: [[Identifier]],
  repeat: [[NumberToken]],
  language: [[NumberToken, Separator]],
  use: [
    [Identifier, Separator],
    [Text, Separator],
  ],
  require: [[Identifier, Operator], [Open]],
};

/** The word here for the one that a statement begins with, where another language begins such a statement with it. */
export function nativeStatement(raw: readonly IToken[], index: number): string | undefined {
  const { image } = raw[index]!;
  const native = nativeWords.get(image);
  if (native === undefined) return undefined;
  const follows = (shape: readonly (TokenType | undefined)[]): boolean =>
    shape.every((type, offset) => raw[index + 1 + offset]?.tokenType === type);
  if (!shapes[native]!.some(follows)) return undefined;
  const isDefined = raw.some(
    (token, at) => token.image === image && /^(?:block|shared|model|as)$/.test(raw[at - 1]?.image ?? ""),
  );
  return isDefined ? undefined : native;
}
