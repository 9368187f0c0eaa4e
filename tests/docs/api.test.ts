// The program of docs/api.md, run as it stands there against the built library.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, symlinkSync, writeFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { temporaryFolder } from "../cli/run-command.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("the program of docs/api.md trains, stops by its callback, evaluates and predicts", () => {
  const text = readFileSync(join(root, "docs", "api.md"), "utf8");
  const [, program = ""] = /```js\n([\s\S]*?)```/.exec(text) ?? [];
  expect(program).toContain("runTraining");
  // As a user's folder has it.
  const folder = temporaryFolder();
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules", "cnn-lang"));
  writeFileSync(join(folder, "program.mjs"), program);
  const out = execFileSync(process.execPath, ["program.mjs"], { cwd: folder, encoding: "utf8" });
  const lines = out.trim().split("\n");
  const epochs = lines.slice(0, -3);
  expect(epochs.length).toBeGreaterThan(0);
  expect(epochs.length).toBeLessThanOrEqual(3);
  for (const [index, line] of epochs.entries()) expect(line).toMatch(new RegExp(`^${index + 1} 0\\.\\d+$`));
  const [end, evaluated, predicted] = lines.slice(-3);
  expect(end).toMatch(/^(finished|no longer better|stopped) runs.small.(checkpoint|best)\.safetensors$/);
  expect(evaluated!.split(" ")[0]).toBe(String(epochs.length));
  expect(Number(evaluated!.split(" ")[1])).toBeGreaterThan(0.8);
  expect(predicted).toMatch(/^\d 0\.\d+$/);
  expect(existsSync(join(folder, "runs", "small", "receipt.json"))).toBe(true);
});
