import type { Fix } from "../diagnostics/diagnostic.ts";
import type { Identifier, LayerStatement, MissingStatement, UseStatement } from "../syntax/ast.ts";
import { type SourceFile, spanText } from "../source/source-file.ts";
import type { Frame } from "./context.ts";
import type { ElaborateOptions } from "./options.ts";

const modelLine = /^[ \t]*model[ \t]+([A-Za-z_]\w*)/gm;

/** The library's file that has a model, and the model's name there, which may differ in letters' case and `_`. */
export function findLibraryModel(
  name: string,
  { importNames, readImport }: ElaborateOptions,
  from: SourceFile,
): { readonly library: string; readonly model: string } | undefined {
  const plain = (word: string): string => word.toLowerCase().replaceAll("_", "");
  for (const library of importNames?.("library", from) ?? []) {
    const { text } = readImport?.(library, "library", from) ?? { text: "" };
    const model = [...text.matchAll(modelLine)].find(([, each]) => plain(each!) === plain(name))?.[1];
    if (model !== undefined) return { library, model };
  }
  return undefined;
}

const pythonImport =
  /^(?:import[ \t]+([\w.]+)(?:[ \t]+as[ \t]+(\w+))?|from[ \t]+([\w.]+)[ \t]+import[ \t]+([\w, \t*]+))$/;

/** Whether what was not read is an import of Python. */
export function isPythonImport({ span }: MissingStatement): boolean {
  return pythonImport.test(spanText(span).replace(/#.*/, "").trim());
}

/** `import resnet`, `from resnet import resnet18`: a line of Python for what a library's file has, as the `use` that it means. */
export function readPythonImport(
  { span }: MissingStatement,
  options: ElaborateOptions,
): (UseStatement & { readonly target: Identifier }) | undefined {
  const match = pythonImport.exec(spanText(span).replace(/#.*/, "").trim());
  if (match === null) return undefined;
  const [, module, alias, from, names = ""] = match;
  const file = (module ?? from)!.split(".").at(-1)!;
  const isLibrary = options.importNames?.("library", span.file).includes(file) === true;
  const imported = names.split(/[ \t,]+/).filter((name) => /^\w+$/.test(name));
  const library = isLibrary
    ? file
    : imported.map((name) => findLibraryModel(name, options, span.file)?.library).find(Boolean);
  if (library === undefined) return undefined;
  return {
    kind: "use",
    target: { name: library, span },
    alias: alias === undefined ? undefined : { name: alias, span },
    span,
  };
}

/** For a word that is a model of a library's file which is not used: what to write first. */
export function suggestLibrary(
  { name: { name, span } }: LayerStatement,
  { elaboration, unit }: Frame,
): { readonly help: string; readonly fix: Fix } | undefined {
  const found = findLibraryModel(name, elaboration.options, unit.file);
  if (found === undefined) return undefined;
  const { library, model } = found;
  const { statements } = unit.program;
  const first = statements.find(({ kind }) => kind !== "language")?.span ?? span;
  const start = { file: unit.file, start: first.start, end: first.start };
  return {
    help: `\`use ${library}\` brings the library's \`${model}\``,
    fix: {
      title: `write \`use ${library}\` first`,
      edits: [{ span: start, text: `use ${library}\n` }, ...(model === name ? [] : [{ span, text: model }])],
    },
  };
}
