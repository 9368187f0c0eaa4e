import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { displayWidth } from "../../src/diagnostics/layout.ts";
import { runCommand, temporaryFolder } from "./run-command.ts";

const commands = ["check", "fmt", "summary", "explain", "list", "train", "evaluate", "predict", "export"];

describe("help", () => {
  test.each(["", ...commands])("cnn %s --help fits 80 columns and shows examples", async (command) => {
    const { code, out } = await runCommand([...command.split(" ").filter(Boolean), "--help"]);
    expect(code).toBe(0);
    expect(out).toContain("\nExamples:\n  cnn ");
    expect(out.split("\n").filter((line) => displayWidth(line) > 80)).toEqual([]);
  });
});

describe("exit codes: 0 fine, 1 the input is wrong, 2 the call is wrong", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "ok.cnn"), "input 28x28x1\nflatten; dense 10 softmax\n");
  writeFileSync(join(folder, "wrong.cnn"), "input 28x28x1\nconv 8 3x3 rleu\n");
  writeFileSync(join(folder, "latin.cnn"), Buffer.from("input 28x28x1 # gr\xfc\xdfe", "latin1"));
  mkdirSync(join(folder, "none"));
  test.each([
    ["check ok.cnn", 0],
    ["check wrong.cnn", 1],
    ["check missing.cnn", 1],
    ["check none", 1],
    ["check latin.cnn", 1],
    ["check ok.cnn/inside", 1],
    ["fmt --check latin.cnn", 1],
    ["summary wrong.cnn", 1],
    ["explain wrong.cnn", 1],
    ["check", 2],
    ["check ok.cnn -e relu", 2],
    ["check ok.cnn --format xml", 2],
    ["check ok.cnn --set width=1", 2],
    ["check ok.cnn --input left=8x8x1", 2],
    ["summary ok.cnn --set width=1", 2],
    ["explain CNN999", 2],
    ["train ok.cnn --optimizer x", 2],
    ["check ok.cnn --set width", 2],
    ["check ok.cnn --input 28,28,1", 2],
    ["chek ok.cnn", 2],
    ["CNN204", 2],
    ["explain 204", 0],
    ["", 2],
  ])("cnn %s: %i", async (words, expected) => {
    const { code, out, error } = await runCommand(words.split(" ").filter(Boolean), { folder });
    expect(code).toBe(expected);
    expect(out + error).not.toMatch(/mistake of the compiler|\n\s+at /);
  });

  test("a file that cannot be read does not keep the others from being checked", async () => {
    const { code, out, error } = await runCommand(["check", ".", "--format", "json"], { folder });
    expect(code).toBe(1);
    expect(error).toContain("latin.cnn is not UTF-8 text");
    expect(JSON.parse(out)).toMatchObject({ files: ["ok.cnn", "wrong.cnn"], errors: 1 });
  });
});

test("a reader that goes away early ends the command in silence", () => {
  const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
  const { stdout, stderr } = spawnSync(
    "sh",
    ["-c", `"${process.execPath}" "${main}" explain resnet50 | head -n 1`],
    {
      encoding: "utf8",
    },
  );
  expect(stdout.split("\n")).toHaveLength(2);
  expect(stderr).toBe("");
});
