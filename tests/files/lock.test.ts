import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { lockFolder, lockName, mayLive, type LockHolder } from "../../src/files/lock.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cnn-test-"));
});

const lock = (): string => join(folder, lockName);
const holder = (): LockHolder => JSON.parse(readFileSync(lock(), "utf8")) as LockHolder;

test("a lock is held once and given back", () => {
  const first = lockFolder(folder, "the run");
  expect(() => lockFolder(folder, "the run")).toThrow(
    new RegExp(`the run is under way already: process ${process.pid} holds it`),
  );
  first.release();
  lockFolder(folder, "the run").release();
  expect(readdirSync(folder)).toEqual([]);
});

describe("a lock whose holder has ended is taken over", () => {
  test("killed", async () => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => 0, 1000)"]);
    const status = `/proc/${child.pid}/stat`;
    const started = existsSync(status)
      ? readFileSync(status, "utf8").split(") ")[1]!.split(" ")[19]
      : undefined;
    const theirs: LockHolder = { pid: child.pid!, host: hostname(), started, token: "x" };
    writeFileSync(lock(), JSON.stringify(theirs));
    expect(() => lockFolder(folder, "the run")).toThrow(/under way already/);
    const ended = new Promise((resolve) => child.on("exit", resolve));
    child.kill("SIGKILL");
    await ended;
    lockFolder(folder, "the run");
    expect(holder().pid).toBe(process.pid);
    expect(readdirSync(folder)).toEqual([lockName]);
  });

  test("its number given to another process, or the machine started anew", () => {
    const first = lockFolder(folder, "the run");
    const mine = holder();
    expect(mayLive(mine)).toBe(true);
    expect(mayLive({ ...mine, started: "1" })).toBe(false);
    expect(mayLive({ ...mine, boot: "another" })).toBe(false);
    first.release();
  });

  test("on another machine nobody can tell", () => {
    writeFileSync(lock(), JSON.stringify({ pid: 1, host: "elsewhere", token: "x" }));
    expect(() => lockFolder(folder, "the run")).toThrow(/process 1 on elsewhere/);
  });
});

test("a holder notices that its lock was taken, and leaves the other's alone", () => {
  const first = lockFolder(folder, "the run");
  first.verify();
  writeFileSync(lock(), JSON.stringify({ pid: process.pid, host: hostname(), token: "other" }));
  expect(() => first.verify()).toThrow(/under way already/);
  first.release();
  expect(existsSync(lock())).toBe(true);
});

test("of many that find a lock of the dead, one gets it", async () => {
  writeFileSync(lock(), JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), token: "x" }));
  const module = new URL("../../src/files/lock.ts", import.meta.url).href;
  const build = await import("esbuild");
  const { outputFiles } = await build.build({
    stdin: {
      contents: `import { lockFolder } from ${JSON.stringify(new URL(module).pathname)};
        try { lockFolder(process.argv[2], "the run"); console.log("held"); process.stdin.resume(); } catch { console.log("refused"); }`,
      resolveDir: folder,
      loader: "ts",
    },
    bundle: true,
    platform: "node",
    format: "esm",
    write: false,
  });
  const script = join(mkdtempSync(join(tmpdir(), "cnn-test-")), "take.mjs");
  writeFileSync(script, outputFiles[0]!.contents);
  const children = Array.from({ length: 4 }, () => spawn(process.execPath, [script, folder]));
  const answers = await Promise.all(
    children.map(
      ({ stdout }) =>
        new Promise<string>((resolve) =>
          stdout.once("data", (text: Buffer) => resolve(text.toString().trim())),
        ),
    ),
  );
  for (const child of children) child.kill("SIGKILL");
  expect(answers.filter((answer) => answer === "held")).toHaveLength(1);
  expect(answers.filter((answer) => answer === "refused")).toHaveLength(3);
});
