import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { SourceFile } from "../source/source-file.ts";
import type { CompileOptions } from "../compile.ts";
import { libraryFolder } from "./library.ts";

/**
 * The file that `use` names: one of the standard library, or one beside the file that uses it.
 *
 * @returns undefined where there is no such file; the compiler says so at the `use`
 */
export function readImport(
  target: string,
  kind: "library" | "file",
  from: SourceFile,
): SourceFile | undefined {
  const path =
    kind === "library" ? join(libraryFolder, `${target}.cnn`) : resolve(dirname(from.name), target);
  try {
    return new SourceFile(path, readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

/** The names of files that `use` could have meant: those of the library, or those beside the file that uses one. */
export function importNames(kind: "library" | "file", from: SourceFile): readonly string[] {
  try {
    const names = readdirSync(kind === "library" ? libraryFolder : dirname(from.name));
    const programs = names.filter((name) => name.endsWith(".cnn"));
    return kind === "library" ? programs.map((name) => name.slice(0, -".cnn".length)) : programs;
  } catch {
    return [];
  }
}

type ReadImport = NonNullable<CompileOptions["readImport"]>;

/** A file that a `use` has brought in, with its text: a program together with these compiles anywhere and always. */
export interface ImportedFile {
  /** What the `use` says. */
  readonly target: string;
  /** The name of the file that the `use` stands in. */
  readonly from: string;
  readonly name: string;
  readonly text: string;
}

/** Reads as `read` does, and keeps each file that was read. */
export function recordImports(read: ReadImport = readImport): {
  readonly read: ReadImport;
  readonly imports: () => readonly ImportedFile[];
} {
  const found = new Map<string, ImportedFile>();
  return {
    read: (target, kind, from) => {
      const file = read(target, kind, from);
      if (file !== undefined) {
        const { name, text } = file;
        found.set(importKey(target, from.name), { target, from: from.name, name, text });
      }
      return file;
    },
    imports: () => [...found.values()],
  };
}

/** Finds the files that were read before, whatever has become of them since. */
export function replayImports(imports: readonly ImportedFile[]): ReadImport {
  const files = new Map(imports.map((file) => [importKey(file.target, file.from), file]));
  return (target, _kind, from) => {
    const file = files.get(importKey(target, from.name));
    return file && new SourceFile(file.name, file.text);
  };
}

function importKey(target: string, from: string): string {
  return `${target}\n${from}`;
}
