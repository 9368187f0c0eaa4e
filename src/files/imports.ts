import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { SourceFile } from "../source/source-file.ts";
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
