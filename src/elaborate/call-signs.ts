import type { Fix } from "../diagnostics/diagnostic.ts";
import type { Argument, Identifier } from "../syntax/ast.ts";

/**
 * `dense 784, 128`, `dense(784, 128)`: a fix of a statement's arguments that takes their commas and parentheses away too. It then
 * mends all of the statement, and what was said of those when the text was read need not be said.
 */
export function withoutSigns(
  fix: Fix,
  { word, given }: { readonly word: Identifier; readonly given: readonly Argument[] },
): Fix {
  const { file } = word.span;
  const edits = [...fix.edits];
  const mend = (start: number, end: number, sign: RegExp, text: string): boolean => {
    const isFound = sign.test(file.text.slice(start, end));
    const isMended = fix.edits.some(({ span }) => span.start <= start && end <= span.end);
    if (isFound && !isMended) edits.push({ span: { file, start, end }, text });
    return isFound;
  };
  const last = given.at(-1)!.span.end;
  const isCall = mend(word.span.end, given[0]!.span.start, /^\(\s*$/, " ");
  if (isCall) mend(last, file.text.indexOf(")", last) + 1, /^\s*\)$/, "");
  for (const [index, { span }] of given.slice(1).entries())
    mend(given[index]!.span.end, span.start, /^\s*,\s*$/, " ");
  return { ...fix, edits };
}
