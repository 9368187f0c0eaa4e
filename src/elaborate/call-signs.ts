import type { Fix, TextEdit } from "../diagnostics/diagnostic.ts";
import type { Argument, Identifier } from "../syntax/ast.ts";

/** The commas and parentheses of `dense 784, 128` and `dense(784, 128)`, as edits that take them away. */
export function signsAround({
  word,
  given,
}: {
  readonly word: Identifier;
  readonly given: readonly Argument[];
}): readonly TextEdit[] {
  const { file } = word.span;
  const edits: TextEdit[] = [];
  const find = (start: number, end: number, sign: RegExp, text: string): boolean => {
    const isFound = sign.test(file.text.slice(start, end));
    if (isFound) edits.push({ span: { file, start, end }, text });
    return isFound;
  };
  const first = given[0];
  if (first === undefined) return [];
  const last = given.at(-1)!.span.end;
  const isCall = find(word.span.end, first.span.start, /^\(\s*$/, " ");
  if (isCall) find(last, file.text.indexOf(")", last) + 1, /^\s*\)$/, "");
  for (const [index, { span }] of given.slice(1).entries())
    find(given[index]!.span.end, span.start, /^\s*,\s*$/, " ");
  return edits;
}

/**
 * A fix of a statement's arguments that takes the signs around them away too. It then mends all of the statement, and what was said
 * of those when the text was read need not be said.
 */
export function withoutSigns(fix: Fix, signs: readonly TextEdit[]): Fix {
  const isMended = ({ span: { start, end } }: TextEdit): boolean =>
    fix.edits.some(({ span }) => span.start <= start && end <= span.end);
  return { ...fix, edits: [...fix.edits, ...signs.filter((sign) => !isMended(sign))] };
}
