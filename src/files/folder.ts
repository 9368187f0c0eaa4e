import { mkdirSync, rmdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { InputError } from "../diagnostics/input-error.ts";

/**
 * Makes a folder and those above it where they are missing. (Node's own recursive call never ends in some virtual file
 * systems, such as /proc.)
 *
 * @returns the folders that were missing, the outermost first
 * @throws InputError where it cannot be made
 */
export function makeFolder(path: string): readonly string[] {
  const missing: string[] = [];
  for (let folder = resolve(path); !isFolder(folder, path); folder = dirname(folder)) missing.unshift(folder);
  for (const folder of missing) {
    try {
      mkdirSync(folder);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code !== "EEXIST") throw cannotMake(path, code ?? "unknown", cause);
    }
  }
  return missing;
}

/** Removes those of some folders that hold nothing, the outermost last. */
export function removeEmptyFolders(paths: readonly string[]): void {
  for (const path of [...paths].reverse()) {
    try {
      rmdirSync(path);
    } catch {
      return;
    }
  }
}

function isFolder(folder: string, wanted: string): boolean {
  let stats: ReturnType<typeof statSync>;
  try {
    stats = statSync(folder, { throwIfNoEntry: false });
  } catch (cause) {
    throw cannotMake(wanted, (cause as NodeJS.ErrnoException).code ?? "unknown", cause);
  }
  if (stats === undefined) return false;
  if (stats.isDirectory()) return true;
  throw cannotMake(wanted, `${folder} is a file`);
}

function cannotMake(path: string, reason: string, cause?: unknown): InputError {
  return new InputError(`the folder ${path} cannot be made (${reason})`, {
    place: { file: path },
    help: "name a folder that you may write to",
    cause,
  });
}
