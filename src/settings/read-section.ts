import type { DiagnosticSink } from "../diagnostics/diagnostic.ts";
import type { Setting } from "../graph/layer-graph.ts";
import { reportUnknown } from "./read-arguments.ts";
import { type SettingTable, settingWord, type ValuesOf } from "./setting.ts";

/** What the statements of a section come to: those that are wrong are reported and keep their defaults. */
export function readSection<Table extends SettingTable>(
  table: Table,
  statements: readonly Setting[],
  sink: DiagnosticSink,
): ValuesOf<Table> {
  const words = Object.keys(table).map(settingWord);
  for (const { name, span } of statements) {
    if (!words.includes(name)) reportUnknown(sink, { what: "a setting", name, known: words, span });
  }
  const values = Object.entries(table).map(([key, definition]) => {
    const said = statements.filter(({ name }) => name === settingWord(key));
    const value = said.length === 0 ? undefined : definition.read(said, sink);
    return [key, value ?? definition.default];
  });
  return Object.fromEntries(values) as unknown as ValuesOf<Table>;
}
