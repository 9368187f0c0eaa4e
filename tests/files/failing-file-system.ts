import * as nodeFiles from "node:fs/promises";
import type { FileSystem, OpenFile } from "../../src/files/atomic.ts";

/** The real file system, with each call recorded and the nth of them failing. */
export function failingFileSystem(
  failAt: number,
  code: string,
  { shortWrites = true } = {},
): { fileSystem: FileSystem; calls: string[] } {
  const calls: string[] = [];
  const step = (name: string): void => {
    calls.push(name);
    if (calls.length - 1 === failAt) throw Object.assign(new Error(`${code}: injected`), { code });
  };
  const wrap = (file: OpenFile, kind: string): OpenFile => ({
    // Half of what is asked for, where short writes are to be met as well.
    write: async (bytes, offset, length) => {
      step(`write ${kind}`);
      return file.write(bytes, offset, shortWrites ? Math.max(1, length >> 1) : length);
    },
    chmod: async (mode) => {
      step(`chmod ${kind}`);
      await file.chmod(mode);
    },
    sync: async () => {
      step(`sync ${kind}`);
      await file.sync();
    },
    close: async () => {
      await file.close();
      step(`close ${kind}`);
    },
  });
  const fileSystem: FileSystem = {
    open: async (path, flags, mode) => {
      const kind = flags === "r" ? "folder" : "file";
      step(`open ${kind}`);
      return wrap(await nodeFiles.open(path, flags, mode), kind);
    },
    realpath: (path) => nodeFiles.realpath(path),
    stat: (path) => nodeFiles.stat(path),
    access: (path, mode) => nodeFiles.access(path, mode),
    rename: async (from, to) => {
      step("rename");
      await nodeFiles.rename(from, to);
    },
    unlink: (path) => nodeFiles.unlink(path),
  };
  return { fileSystem, calls };
}
