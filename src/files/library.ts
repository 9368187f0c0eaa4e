import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SourceFile } from "../source/source-file.ts";

/** The folder of the standard library: `.cnn` files, each with the models of a family. */
export const libraryFolder = fileURLToPath(new URL("../../stdlib", import.meta.url));

/** A model of the standard library. */
export interface LibraryModel {
  readonly name: string;
  readonly file: SourceFile;
}

const modelLine = /^[ \t]*model[ \t]+([A-Za-z_]\w*)/gm;

/** Every model of the library, file by file in the order of their names. */
export function readLibrary(folder = libraryFolder): readonly LibraryModel[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".cnn"));
  return names.sort().flatMap((fileName) => {
    const path = join(folder, fileName);
    const file = new SourceFile(path, readFileSync(path, "utf8"));
    return [...file.text.matchAll(modelLine)].map(([, name]) => ({ name: name!, file }));
  });
}
