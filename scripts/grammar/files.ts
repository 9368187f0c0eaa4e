import { renderEbnf } from "./ebnf.ts";
import { renderTextMate } from "./textmate.ts";

/** The generated files of grammar/, by their names. */
export function grammarFiles(): ReadonlyMap<string, string> {
  return new Map([
    ["grammar/cnn.ebnf", renderEbnf()],
    ["grammar/cnn.tmLanguage.json", renderTextMate()],
  ]);
}
