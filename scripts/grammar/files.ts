import { renderEbnf } from "./ebnf.ts";
import { renderRailroadPage } from "./railroad.ts";
import { renderTextMate } from "./textmate.ts";

/** The generated files of grammar/, by their names. */
export function grammarFiles(): ReadonlyMap<string, string> {
  return new Map([
    ["grammar/cnn.ebnf", renderEbnf()],
    ["grammar/railroad.html", renderRailroadPage()],
    ["grammar/cnn.tmLanguage.json", renderTextMate()],
  ]);
}
