// files/: writing files so that a reader sees the old contents or the new ones, never a part of them.
import { randomBytes } from "node:crypto";
import * as nodeFiles from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { InputError } from "../diagnostics/input-error.ts";

/** An open file, as far as this module uses it; Node's FileHandle is one. */
export interface OpenFile {
  write(bytes: Uint8Array, offset: number, length: number): Promise<{ bytesWritten: number }>;
  chmod(mode: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The file system calls that an atomic write makes; `node:fs/promises` by default, a failing one in tests. */
export interface FileSystem {
  open(path: string, flags: string, mode?: number): Promise<OpenFile>;
  realpath(path: string): Promise<string>;
  stat(path: string): Promise<{ isFile(): boolean; isDirectory(): boolean; readonly mode: number }>;
  access(path: string, mode: number): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
}

/** One `write` call takes at most this many bytes: the kernel takes no more than 2 GiB at once. */
const largestWrite = 1 << 28;

/** What to say of a system error: the reason, and what the user can do. */
const reasons: Readonly<Record<string, readonly [reason: string, help?: string]>> = {
  ENOSPC: ["no space is left on the device", "free some space, or write to another disk"],
  EDQUOT: ["your disk quota is used up", "free some space, or write to another disk"],
  EFBIG: ["the file would be larger than the file system allows"],
  EACCES: ["you may not write there", "choose another folder, or change its permissions"],
  EPERM: ["the system does not permit it", "choose another folder, or change its permissions"],
  EROFS: ["the file system is read-only", "write to another disk"],
  ENOENT: ["the folder does not exist", "create the folder first"],
  ENOTDIR: ["a part of the path is a file, not a folder"],
  EISDIR: ["it is a folder", "give the name of a file in it"],
  ENAMETOOLONG: ["the name is too long"],
  ELOOP: ["its symbolic links lead round in a circle"],
  EIO: ["the disk reports an error (EIO)", "check the disk, or write to another one"],
  EMFILE: ["too many files are open"],
  ENFILE: ["too many files are open on this machine"],
  EINVAL: ["the path is not a valid one"],
  ERR_INVALID_ARG_VALUE: ["the path is not a valid one"],
};

/** What a file is called until it is whole; a process that is killed leaves it behind. */
export function temporaryName(token: string): string {
  return `.cnn-${token}.tmp`;
}

/** Whether a name is one of those. */
export function isTemporaryName(name: string): boolean {
  return /^\.cnn-[0-9a-f]+\.tmp$/.test(name);
}

/**
 * Writes a file whole or not at all: into a temporary file beside it, synced, then renamed over `path`, then the folder
 * is synced, so that after a crash the old contents or the new ones stand there. Where `path` is a symbolic link, the file
 * it leads to is replaced; an existing file keeps its permissions. What is no regular file (`/dev/stdout`, a pipe) is
 * written to directly.
 *
 * @param contents bytes, pieces of bytes one after the other, or text (written as UTF-8)
 * @throws InputError where the file cannot be written; no temporary file is left then
 */
export async function writeFileAtomically(
  path: string,
  contents: Uint8Array | readonly Uint8Array[] | string,
  fileSystem: FileSystem = nodeFiles,
): Promise<void> {
  const pieces = typeof contents === "string" ? [new TextEncoder().encode(contents)] : asPieces(contents);
  try {
    const target = await resolveTarget(path, fileSystem);
    if (target.kind === "special") await writeDirectly(target.path, pieces, fileSystem);
    else await replaceFile(target, pieces, fileSystem);
  } catch (error) {
    throw describeWriteError(path, error);
  }
}

/**
 * Adds to the end of a file and syncs it. Whatever a crash leaves of the addition stands after the old contents.
 *
 * @throws InputError where the file cannot be written
 */
export async function appendToFile(
  path: string,
  contents: Uint8Array,
  fileSystem: FileSystem = nodeFiles,
): Promise<void> {
  try {
    const file = await fileSystem.open(path, "a", 0o666);
    try {
      await writePieces(file, [contents]);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw describeWriteError(path, error);
  }
}

function asPieces(contents: Uint8Array | readonly Uint8Array[]): readonly Uint8Array[] {
  return contents instanceof Uint8Array ? [contents] : contents;
}

interface Target {
  readonly kind: "file" | "special";
  readonly path: string;
  /** The permissions of the file that stands there already. */
  readonly mode: number | undefined;
}

/** Follows links and looks at what stands there already. */
async function resolveTarget(path: string, fileSystem: FileSystem): Promise<Target> {
  let resolved: string;
  try {
    resolved = await fileSystem.realpath(path);
  } catch (error) {
    if (errorCode(error) !== "ENOENT" || basename(path) === "") throw error;
    return { kind: "file", path, mode: undefined };
  }
  const status = await fileSystem.stat(resolved);
  if (status.isDirectory()) throw Object.assign(new Error("is a folder"), { code: "EISDIR" });
  if (!status.isFile()) return { kind: "special", path: resolved, mode: undefined };
  // A rename would also replace a file that its owner made read-only.
  await fileSystem.access(resolved, nodeFiles.constants.W_OK);
  return { kind: "file", path: resolved, mode: status.mode & 0o777 };
}

async function replaceFile(
  target: Target,
  pieces: readonly Uint8Array[],
  fileSystem: FileSystem,
): Promise<void> {
  const folder = dirname(target.path);
  const temporary = join(folder, temporaryName(randomBytes(8).toString("hex")));
  const file = await fileSystem.open(temporary, "wx", 0o666);
  let open = true;
  try {
    if (target.mode !== undefined) await file.chmod(target.mode);
    await writePieces(file, pieces);
    await file.sync();
    open = false;
    await file.close();
    await fileSystem.rename(temporary, target.path);
  } catch (error) {
    if (open) await file.close().catch(() => undefined);
    await fileSystem.unlink(temporary).catch(() => undefined);
    throw error;
  }
  await syncFolder(folder, fileSystem);
}

async function writePieces(file: OpenFile, pieces: readonly Uint8Array[]): Promise<void> {
  for (const piece of pieces) {
    for (let at = 0; at < piece.byteLength;) {
      const { bytesWritten } = await file.write(piece, at, Math.min(largestWrite, piece.byteLength - at));
      at += bytesWritten;
    }
  }
}

async function writeDirectly(
  path: string,
  pieces: readonly Uint8Array[],
  fileSystem: FileSystem,
): Promise<void> {
  const file = await fileSystem.open(path, "w");
  try {
    await writePieces(file, pieces);
  } finally {
    await file.close();
  }
}

/**
 * Writes files that belong together, each whole: into a folder beside them, under their own names, and moved to their places one after
 * the other when `accept` has seen them. The last of them is the one that readers begin with: an old one is taken away before the first
 * is moved, so that it never stands beside the new files of another.
 *
 * @param accept is given the folder; where it throws, nothing is moved
 * @throws InputError where a file cannot be written, or something else than a file stands in its place
 */
export async function writeFilesTogether<Result>(
  folder: string,
  files: readonly { readonly name: string; readonly contents: Uint8Array | readonly Uint8Array[] }[],
  accept: (staged: string) => Promise<Result>,
): Promise<Result> {
  const staged = join(folder, temporaryName(randomBytes(8).toString("hex")));
  const last = join(folder, files.at(-1)!.name);
  try {
    for (const { name } of files) await requirePlainFile(join(folder, name));
    await nodeFiles.mkdir(staged);
    for (const { name, contents } of files) await writeFileAtomically(join(staged, name), contents);
    const result = await accept(staged);
    await nodeFiles.rm(last, { force: true });
    for (const { name } of files) await nodeFiles.rename(join(staged, name), join(folder, name));
    await syncFolder(folder, nodeFiles);
    return result;
  } catch (error) {
    throw describeWriteError(last, error);
  } finally {
    await nodeFiles.rm(staged, { recursive: true, force: true });
  }
}

async function requirePlainFile(path: string): Promise<void> {
  const status = await nodeFiles.lstat(path).catch(() => undefined);
  if (status === undefined || status.isFile()) return;
  throw new InputError(`cannot write ${path}: it is ${status.isDirectory() ? "a folder" : "no plain file"}`, {
    place: { file: path },
    help: "files that belong together need plain names of their own",
  });
}

/** Makes the rename itself last. Windows and folders that may not be read cannot be synced; that is no mistake of anyone. */
async function syncFolder(folder: string, fileSystem: FileSystem): Promise<void> {
  const cannotBeSynced = ["EACCES", "EPERM", "EISDIR", "EINVAL", "ENOTSUP", "EBADF"];
  let handle: OpenFile | undefined;
  try {
    handle = await fileSystem.open(folder, "r");
    await handle.sync();
  } catch (error) {
    if (!cannotBeSynced.includes(errorCode(error) ?? "")) throw error;
  } finally {
    await handle?.close().catch(() => undefined);
  }
}

/** A system error while a file was written, as one clear message. */
export function describeWriteError(path: string, error: unknown): InputError {
  if (error instanceof InputError) return error;
  const code = errorCode(error);
  const [reason, help] = reasons[code ?? ""] ?? [error instanceof Error ? error.message : String(error)];
  return new InputError(`cannot write ${path}: ${reason}`, {
    place: { file: path },
    ...(help === undefined ? {} : { help }),
    cause: error,
  });
}

/** The system's name of an error: `ENOSPC`. */
function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
