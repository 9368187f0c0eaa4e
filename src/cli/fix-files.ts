import { resolve } from "node:path";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { applyFixes, type FixedText, type FixOptions } from "../diagnostics/edits.ts";
import { readImport } from "../files/imports.ts";
import type { SourceFile } from "../source/source-file.ts";
import { checkFile } from "./check-file.ts";
import type { ModelOptions } from "./compile-options.ts";
import type { Judge } from "./judge.ts";

/**
 * Mends several files, which may use each other: a file is checked with the others as they are mended already, and a fix
 * that would lead to an error in a file that uses the fixed one is left out. Nothing is written.
 */
export function fixFiles(
  sources: readonly SourceFile[],
  options: ModelOptions,
  judge: Judge,
  fixOptions: FixOptions,
): FixedText[] {
  const texts = new Map<string, SourceFile>();
  const users = new Map<string, Set<SourceFile>>();
  const check = (file: SourceFile, root: SourceFile): readonly Diagnostic[] =>
    checkFile(file, options, judge, (target, kind, from) => {
      const found = readImport(target, kind, from);
      if (found === undefined) return undefined;
      const path = resolve(found.name);
      const using = users.get(path) ?? new Set();
      users.set(path, using.add(root));
      return texts.get(path) ?? found;
    }).diagnostics;
  for (const source of sources) check(source, source);
  return sources.map((source) => {
    const path = resolve(source.name);
    const others = [...(users.get(path) ?? [])].filter((other) => other !== source);
    const checkAll = (file: SourceFile): readonly Diagnostic[] => {
      texts.set(path, file);
      const own = check(file, source);
      const elsewhere = others.flatMap((other) => check(texts.get(resolve(other.name)) ?? other, other));
      return [...own, ...elsewhere.filter(({ severity }) => severity === "error")];
    };
    const result = applyFixes(source, checkAll, fixOptions);
    texts.set(path, result.file);
    return result;
  });
}
