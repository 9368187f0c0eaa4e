import type { Fix } from "../diagnostics/diagnostic.ts";
import type { LayerStatement } from "../syntax/ast.ts";
import type { Frame } from "./context.ts";

const modelLine = /^[ \t]*model[ \t]+([A-Za-z_]\w*)/gm;

/** For a word that is a model of a library's file which is not used: what to write first. */
export function suggestLibrary(
  { name: { name, span } }: LayerStatement,
  { elaboration, unit }: Frame,
): { readonly help: string; readonly fix: Fix } | undefined {
  const { importNames, readImport } = elaboration.options;
  const plain = (word: string): string => word.toLowerCase().replaceAll("_", "");
  for (const library of importNames?.("library", unit.file) ?? []) {
    const { text } = readImport?.(library, "library", unit.file) ?? { text: "" };
    const model = [...text.matchAll(modelLine)].find(([, each]) => plain(each!) === plain(name))?.[1];
    if (model === undefined) continue;
    const { statements } = unit.program;
    const first = statements.find(({ kind }) => kind !== "language")?.span ?? span;
    const start = { file: unit.file, start: first.start, end: first.start };
    return {
      help: `\`use ${library}\` brings the library's \`${model}\``,
      fix: {
        title: `write \`use ${library}\` first`,
        edits: [
          { span: start, text: `use ${library}\n` },
          ...(model === name ? [] : [{ span, text: model }]),
        ],
      },
    };
  }
  return undefined;
}
