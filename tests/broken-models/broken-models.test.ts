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

  test("it points at the line to be changed", () => {
    expect(verdict.lines).toContain(model.line);
  });
});

test("a fix is offered for most, and mends nearly all of them", () => {
  const { cases, offered, mended } = tally(models.map(judge));
  expect(cases).toBeGreaterThanOrEqual(140);
  expect(offered / cases).toBeGreaterThanOrEqual(leastOffered);
  expect(mended / offered).toBeGreaterThanOrEqual(leastMended);
});

/** What has been reached is not given up. */
const leastOffered = 0.8;
const leastMended = 0.95;

test("each origin is an address, and no two cases are alike", () => {
  for (const { origin } of models) expect(origin).toMatch(/^https?:\/\/\S+$/);
  const programs = models.map(({ file }) => file.text.replace(/^#.*\n/gm, ""));
  expect(new Set(programs).size).toBe(models.length);
});

test("the page is fresh: else run node scripts/broken-models.mjs", async () => {
  const path = join(root, "docs/broken-models.md");
  const config = await prettier.resolveConfig(path);
  const expected = await prettier.format(brokenModelsPage(models), { ...config, filepath: path });
  expect(readFileSync(path, "utf8")).toBe(expected);
});
