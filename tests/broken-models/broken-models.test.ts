import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import prettier from "prettier";
import { describe, expect, test } from "vitest";
import { judge, readBrokenModels } from "./cases.ts";
import { brokenModelsPage, tally } from "./page.ts";

const models = readBrokenModels(fileURLToPath(new URL("cases", import.meta.url)));
const root = fileURLToPath(new URL("../..", import.meta.url));

describe.each(models)("$name", (model) => {
  const verdict = judge(model);

  test("the first diagnostic names the mistake", () => {
    expect(verdict.first?.code).toBe(model.code);
  });

  test(model.isPointedAt ? "it points at the cause" : "it does not point at the cause", () => {
    expect(verdict.lines.includes(model.line)).toBe(model.isPointedAt);
  });
});

test("most first diagnostics point at the cause, and most fixes mend the program", () => {
  const { cases, pointed, offered, mended } = tally(models.map(judge));
  expect(cases).toBeGreaterThanOrEqual(60);
  expect(pointed / cases).toBeGreaterThanOrEqual(leastPointed);
  expect(mended / offered).toBeGreaterThanOrEqual(leastMended);
});

/** What has been reached is not given up. */
const leastPointed = 0.9;
const leastMended = 0.95;

test("each origin is an address, and no two cases are alike", () => {
  for (const { origin } of models) expect(origin).toMatch(/^https:\/\/\S+$/);
  const programs = models.map(({ file }) => file.text.replace(/^#.*\n/gm, ""));
  expect(new Set(programs).size).toBe(models.length);
});

test("the page is fresh: else run node scripts/broken-models.mjs", async () => {
  const path = join(root, "docs/broken-models.md");
  const config = await prettier.resolveConfig(path);
  const expected = await prettier.format(brokenModelsPage(models), { ...config, filepath: path });
  expect(readFileSync(path, "utf8")).toBe(expected);
});
