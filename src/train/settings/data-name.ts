import { knownDatasets, findKnownDataset } from "../../data/known-datasets.ts";
import type { DiagnosticSink } from "../../diagnostics/diagnostic.ts";
import { suggestName } from "../../diagnostics/suggest.ts";
import type { Setting } from "../../graph/layer-graph.ts";
import { replacement } from "../../settings/read-arguments.ts";
import { spanText } from "../../source/source-file.ts";

/** Reports a bare word that is nearly a data set's name, or no name; texts in quotes are folders and files, which may have any name. */
export function checkDataName(statements: readonly Setting[], sink: DiagnosticSink): void {
  const said = statements.find(({ name }) => name === "data")?.positional[0];
  if (typeof said?.value !== "string" || spanText(said.span).startsWith('"')) return;
  // What no bare word can hold is a text, whose quotes may be missing: then that is told.
  if (/[^\w./-]/.test(said.value)) return;
  const known = findKnownDataset(said.value);
  if (known !== undefined && /^\w*$/.test(said.value)) return;
  const near =
    known?.name ??
    suggestName(
      said.value,
      knownDatasets.map(({ name }) => name),
    );
  if (near === undefined) {
    if (/^\w*$/.test(said.value)) return;
    const text = JSON.stringify(said.value);
    sink.report("CNN303", `there is no data set called \`${said.value}\``, said.span, {
      help: `a folder or file of your own stands in quotes: \`${text}\``,
      fix: replacement(said.span, text),
    });
    return;
  }
  sink.report("CNN303", `there is no data set called \`${said.value}\``, said.span, {
    help: `did you mean \`${near}\`? A folder or file of your own stands in quotes`,
    fix: replacement(said.span, near),
  });
}
