// Files of rows in the cache: what they are called while they are written and afterwards, and which of them nobody needs any more.
import { createHash, randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  type Stats,
  statfsSync,
  statSync,
  utimesSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { InputError } from "../diagnostics/input-error.ts";

/** What no run has used for so long is removed; in milliseconds. */
const longAgo = 30 * 24 * 3_600_000;

function folderOf(cacheFolder: string): string {
  return join(cacheFolder, "decoded");
}

/** A file of rows, by what identifies them; it is called `partial` until it is whole. */
export interface KeptRows {
  readonly path: string;
  readonly partial: string;
}

/** What identifies a part of a file, read in some way, as long as nobody changes the file. */
export function fileKey(
  path: string,
  { size, mtimeMs }: Pick<Stats, "size" | "mtimeMs">,
  part: string,
): string {
  return rowsKey(`${path}/${size}/${mtimeMs}/${part}`);
}

/** The key of rows that a text describes wholly. */
export function rowsKey(description: string): string {
  return createHash("sha256").update(description).digest("hex").slice(0, 32);
}

/** Where rows are kept; what others have left there is removed. */
export function keptRows(cacheFolder: string, key: string): KeptRows {
  removeLeftovers(cacheFolder);
  const path = join(folderOf(cacheFolder), `${key}.rows`);
  return { path, partial: `${path}.${thisMachine()}.${process.pid}-${randomBytes(4).toString("hex")}` };
}

/** Removes what processes of this machine that were killed have left, and what no run has used for long. */
export function removeLeftovers(cacheFolder: string): void {
  const folder = folderOf(cacheFolder);
  try {
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      const [, machine, pid] = /\.rows\.([^.]*)\.(\d+)-/.exec(name) ?? [];
      const isDead = machine === thisMachine() && !isAlive(Number(pid));
      const age = Date.now() - (statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0);
      if (isDead || age > longAgo) rmSync(join(folder, name), { force: true });
    }
  } catch {
    // Another process tidies too, or the folder is not ours: what is left there does no harm.
  }
}

/** Processes have numbers of their own on each machine, and a folder may be shared by several. */
function thisMachine(): string {
  return hostname().replace(/\W/g, "_");
}

/** Says that a file is in use, whatever its age. */
export function markUsed(path: string): void {
  const now = new Date();
  for (const each of [path, `${path}.json`]) {
    try {
      utimesSync(each, now, now);
    } catch {
      // A cache that may only be read is as good.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

const helpForRoom = "set XDG_CACHE_HOME to a folder on a disk with more room";

/** What is said where the cache cannot be written to. */
export function cannotKeep(what: string, folder: string, cause: unknown): InputError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const place = { file: folder };
  return new InputError(`cannot keep ${what} in ${folder}: ${reason}`, { place, help: helpForRoom, cause });
}

/**
 * Looks whether the cache has room, and makes its folder.
 *
 * @param what takes the bytes, with the verb
 * @throws InputError where there is not enough, or where the folder cannot be made
 */
export function makeRoomFor(what: string, bytes: number, cacheFolder: string): void {
  try {
    mkdirSync(folderOf(cacheFolder), { recursive: true });
    const { bavail, bsize } = statfsSync(cacheFolder);
    if (bavail * bsize >= bytes) return;
  } catch (error) {
    throw cannotKeep("data", cacheFolder, error);
  }
  throw new InputError(
    `${what} ${Math.ceil(bytes / 1e6)} MB: more than may be in memory, and more than is free in ${cacheFolder}`,
    { place: { file: cacheFolder }, help: helpForRoom },
  );
}
