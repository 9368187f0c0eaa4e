import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { chmodSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InputError } from "../../src/diagnostics/input-error.ts";
import { writeFileAtomically } from "../../src/files/atomic.ts";
import { failingFileSystem } from "./failing-file-system.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cnn-atomic-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function failureOf(promise: Promise<void>): Promise<InputError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InputError);
  return error as InputError;
}

describe("writeFileAtomically", () => {
  it("writes bytes, pieces and text", async () => {
    const path = join(folder, "a.bin");
    await writeFileAtomically(path, new Uint8Array([1, 2, 3]));
    expect([...readFileSync(path)]).toEqual([1, 2, 3]);
    await writeFileAtomically(path, [new Uint8Array([4]), new Uint8Array(0), new Uint8Array([5, 6])]);
    expect([...readFileSync(path)]).toEqual([4, 5, 6]);
    await writeFileAtomically(path, "größe\n");
    expect(readFileSync(path, "utf8")).toBe("größe\n");
    await writeFileAtomically(path, new Uint8Array(0));
    expect(readFileSync(path).length).toBe(0);
    expect(readdirSync(folder)).toEqual(["a.bin"]);
  });

  it("writes only the bytes that a view covers", async () => {
    const path = join(folder, "a.bin");
    await writeFileAtomically(path, new Uint8Array([1, 2, 3, 4]).subarray(1, 3));
    expect([...readFileSync(path)]).toEqual([2, 3]);
  });

  it("syncs the file, renames, then syncs the folder", async () => {
    const { fileSystem, calls } = failingFileSystem(-1, "");
    await writeFileAtomically(join(folder, "a.bin"), new Uint8Array(4), fileSystem);
    expect(calls).toEqual([
      "open file",
      "write file",
      "write file",
      "write file",
      "sync file",
      "close file",
      "rename",
      "open folder",
      "sync folder",
      "close folder",
    ]);
  });

  it.each(["ENOSPC", "EIO"])(
    "keeps the old file and leaves no other behind where %s meets any step before the rename",
    async (code) => {
      const path = join(folder, "model.onnx");
      const steps = [
        "open file",
        "chmod file",
        "write file",
        "write file",
        "sync file",
        "close file",
        "rename",
      ];
      for (const [index, name] of steps.entries()) {
        writeFileSync(path, "old");
        const { fileSystem, calls } = failingFileSystem(index, code);
        const error = await failureOf(writeFileAtomically(path, "ab", fileSystem));
        expect(calls.slice(0, index + 1)).toEqual(steps.slice(0, index + 1));
        expect(error.message, name).toMatch(
          code === "ENOSPC" ? /no space is left/ : /the disk reports an error/,
        );
        expect(error.place.file).toBe(path);
        expect(readFileSync(path, "utf8"), name).toBe("old");
        expect(readdirSync(folder), name).toEqual(["model.onnx"]);
      }
    },
  );

  it("says so where the folder cannot be made to last, and stands by the new file", async () => {
    const path = join(folder, "a");
    const { fileSystem, calls } = failingFileSystem(6, "EIO");
    const error = await failureOf(writeFileAtomically(path, "ab", fileSystem));
    expect(calls.at(6)).toBe("open folder");
    expect(error.message).toContain("the disk reports an error");
    expect(readFileSync(path, "utf8")).toBe("ab");
  });

  it("does not mind a folder that cannot be synced at all", async () => {
    const { fileSystem, calls } = failingFileSystem(7, "EINVAL");
    await writeFileAtomically(join(folder, "a"), "ab", fileSystem);
    expect(calls.at(7)).toBe("sync folder");
  });

  it("reports a full disk", async (context) => {
    if (!existsSync("/dev/full")) context.skip("this system has no /dev/full");
    const error = await failureOf(writeFileAtomically("/dev/full", new Uint8Array(8)));
    expect(error.message).toBe("cannot write /dev/full: no space is left on the device");
    expect(error.help).toMatch(/free some space/);
    expect(existsSync("/dev/full")).toBe(true);
  });

  it("reports a missing folder, a folder in the file's place, and a file in a folder's place", async () => {
    expect((await failureOf(writeFileAtomically(join(folder, "no", "a"), "x"))).message).toMatch(
      /the folder does not exist$/,
    );
    expect((await failureOf(writeFileAtomically(folder, "x"))).message).toMatch(/it is a folder$/);
    writeFileSync(join(folder, "file"), "");
    expect((await failureOf(writeFileAtomically(join(folder, "file", "a"), "x"))).message).toMatch(
      /a part of the path is a file/,
    );
    expect((await failureOf(writeFileAtomically(join(folder, "x".repeat(300)), "x"))).message).toMatch(
      /the name is too long$/,
    );
    expect((await failureOf(writeFileAtomically(`${folder}/a\0b`, "x"))).message).toMatch(/not a valid one/);
  });

  it("refuses a folder and a file that may not be written", async (context) => {
    if (process.getuid?.() === 0 || process.platform === "win32")
      context.skip("permissions do not hold for this user");
    const closed = join(folder, "closed");
    mkdirSync(closed, { mode: 0o555 });
    expect((await failureOf(writeFileAtomically(join(closed, "a"), "x"))).message).toMatch(
      /you may not write/,
    );
    const path = join(folder, "read-only");
    writeFileSync(path, "old", { mode: 0o444 });
    await failureOf(writeFileAtomically(path, "new"));
    expect(readFileSync(path, "utf8")).toBe("old");
  });

  it("refuses what the system says may not be written", async () => {
    const { fileSystem } = failingFileSystem(0, "EACCES");
    const error = await failureOf(writeFileAtomically(join(folder, "a"), "x", fileSystem));
    expect(error.message).toMatch(/you may not write there$/);
  });

  it("keeps permissions and follows links", async (context) => {
    if (process.platform === "win32") context.skip("links and permissions are another matter there");
    const path = join(folder, "file");
    writeFileSync(path, "old");
    chmodSync(path, 0o640);
    symlinkSync("file", join(folder, "link"));
    await writeFileAtomically(join(folder, "link"), "new");
    expect(readFileSync(path, "utf8")).toBe("new");
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder).sort()).toEqual(["file", "link"]);
  });

  it("lets writers of one path race: one of the contents stands whole", async () => {
    const path = join(folder, "a");
    const contents = Array.from({ length: 8 }, (_, index) => new Uint8Array(100_000).fill(index + 1));
    await Promise.all(contents.map((bytes) => writeFileAtomically(path, bytes)));
    const written = readFileSync(path);
    expect(written.length).toBe(100_000);
    expect(new Set(written).size).toBe(1);
    expect(readdirSync(folder)).toEqual(["a"]);
  });
});
