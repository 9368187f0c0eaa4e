// A lock on a folder that survives crashes: a file that names its holder, which others can see to be alive or not.
import { randomBytes } from "node:crypto";
import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { InputError } from "../diagnostics/input-error.ts";
import { describeWriteError, temporaryName } from "./atomic.ts";

/** Who holds a lock, exactly enough to tell a process that lives from one that ended and whose number was given away again. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** Which start of the machine, and when the process started, in the kernel's ticks since; absent where the system does not tell. */
  readonly boot?: string | undefined;
  readonly started?: string | undefined;
  /** Tells two locks of one process apart. */
  readonly token: string;
}

/** A lock that is held. */
export interface HeldLock {
  /** @throws InputError where another has taken the lock, or where it is gone */
  verify(): void;
  /** Gives the lock back; more calls change nothing. */
  release(): void;
}

/** The lock's file in its folder. */
export const lockName = ".lock";

/**
 * Takes the lock of a folder. One whose holder no longer lives is taken over.
 *
 * @param what the folder in words, for the message: `the run in runs/lenet5`
 * @throws InputError where another process, or this one, holds it
 */
export function lockFolder(folder: string, what: string): HeldLock {
  const path = join(folder, lockName);
  const mine: LockHolder = {
    pid: process.pid,
    host: hostname(),
    boot: bootOf(),
    started: startOf(process.pid),
    token: randomBytes(8).toString("hex"),
  };
  const text = `${JSON.stringify(mine)}\n`;
  // A link is made whole or not at all, and fails where the name is taken.
  const draft = join(folder, temporaryName(mine.token));
  try {
    writeFileSync(draft, text, { flag: "wx" });
    for (;;) {
      if (tryLink(draft, path, text)) break;
      const found = readText(path);
      if (found === undefined) continue;
      const holder = parseHolder(found);
      if (holder === undefined || mayLive(holder)) throw heldBy(holder, what, path);
      removeStale(path, found, folder);
    }
  } catch (error) {
    throw describeWriteError(path, error);
  } finally {
    rmSync(draft, { force: true });
  }
  return {
    verify: () => {
      const found = readText(path);
      if (found === text) return;
      if (!existsSync(folder)) throw goneFolder(folder, what);
      throw heldBy(found === undefined ? undefined : parseHolder(found), what, path);
    },
    release: () => {
      if (readText(path) === text) rmSync(path, { force: true });
    },
  };
}

/** Gives a file a second name; false where that is taken. File systems without links get a copy. */
function tryLink(from: string, to: string, text: string): boolean {
  try {
    linkSync(from, to);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(codeOf(error))) throw error;
    try {
      writeFileSync(to, text, { flag: "wx" });
    } catch (cause) {
      if (codeOf(cause) === "EEXIST") return false;
      throw cause;
    }
  }
  return true;
}

/** Another process may be doing the same: what was moved away is put back where it is not what was judged. */
function removeStale(path: string, judged: string, folder: string): void {
  const aside = join(folder, temporaryName(randomBytes(8).toString("hex")));
  try {
    renameSync(path, aside);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw error;
  }
  const moved = readText(aside);
  if (moved !== undefined && moved !== judged) tryLink(aside, path, moved);
  rmSync(aside, { force: true });
}

function goneFolder(folder: string, what: string): InputError {
  return new InputError(`${what} cannot be kept: its folder was moved or removed`, {
    place: { file: folder },
    help: "bring the folder back, or name it where it is now, and go on with it (--resume FOLDER)",
  });
}

function heldBy(holder: LockHolder | undefined, what: string, path: string): InputError {
  const by = holder === undefined ? "another process" : `process ${holder.pid}`;
  const where = holder === undefined || holder.host === hostname() ? "" : ` on ${holder.host}`;
  return new InputError(`${what} is under way already: ${by}${where} holds it`, {
    place: { file: path },
    help: `wait for it, stop it, or name another folder; if it has surely ended, remove ${path}`,
  });
}

/** Whether a holder may still be at work; a process on another machine cannot be judged from here. */
export function mayLive(holder: LockHolder): boolean {
  if (holder.host !== hostname()) return true;
  const boot = bootOf();
  if (boot !== undefined && holder.boot !== undefined && boot !== holder.boot) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // Another user's process may not be signalled, but lives.
    if (codeOf(error) === "ESRCH") return false;
  }
  const started = startOf(holder.pid);
  return started === undefined || holder.started === undefined || started === holder.started;
}

function bootOf(): string | undefined {
  return readText("/proc/sys/kernel/random/boot_id")?.trim();
}

/** When a process started; `ended` for one that nobody has taken note of yet. */
function startOf(pid: number): string | undefined {
  const status = readText(`/proc/${pid}/stat`);
  // The process' name before these fields may hold blanks and brackets.
  const fields = status?.slice(status.lastIndexOf(")") + 2).split(" ");
  return fields?.[0] === "Z" ? "ended" : fields?.[19];
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "";
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function parseHolder(text: string): LockHolder | undefined {
  try {
    const value = JSON.parse(text) as Partial<LockHolder> | null;
    return typeof value?.pid === "number" && typeof value.host === "string"
      ? (value as LockHolder)
      : undefined;
  } catch {
    return undefined;
  }
}
