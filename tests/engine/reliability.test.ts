import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compile } from "../../src/compile.ts";
import { checkMemory } from "../../src/engine/memory/budget.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { memoryNetworks } from "./processes/networks.ts";
import type { Question } from "./processes/train.ts";

/** The full sizes run in `npm run verify`. */
const isFull = process.env["CNN_VERIFY"] !== undefined;
/** The long checks run beside other work. */
const milliseconds = isFull ? 600_000 : 60_000;

const cache = fileURLToPath(new URL("../../node_modules/.cache", import.meta.url));
let folder = "";

beforeAll(async () => {
  mkdirSync(cache, { recursive: true });
  folder = mkdtempSync(join(cache, "train-"));
  await build({
    entryPoints: [fileURLToPath(new URL("processes/train.ts", import.meta.url))],
    // One folder deep, where paths relative to a module's own place hold.
    outfile: join(folder, "train.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const execute = promisify(execFile);

async function ask<Answer>(question: Partial<Question> & Pick<Question, "ask" | "text">): Promise<Answer> {
  const whole: Question = { batch: 32, threads: 2, seed: 0, steps: 4, accumulate: 1, ...question };
  const { stdout } = await execute(process.execPath, [
    "--expose-gc",
    join(folder, "train.mjs"),
    JSON.stringify(whole),
  ]);
  return JSON.parse(stdout) as Answer;
}

describe("peak memory", () => {
  const networks = memoryNetworks(isFull ? 100 : 11).map((network, index) => ({
    ...network,
    asked: index % 2 === 0 ? ("memory" as const) : ("memory with evaluation" as const),
  }));
  it.each(networks)(
    "is predicted within a fifth: $asked, $text, $batch examples",
    async ({ asked, text, batch, threads, accumulate = 1 }) => {
      const { predicted, measured } = await ask<{ predicted: number; measured: number }>({
        ask: asked,
        text,
        batch,
        threads,
        accumulate,
      });
      expect(predicted / measured).toBeGreaterThan(0.8);
      expect(predicted / measured).toBeLessThan(1.2);
    },
    milliseconds,
  );

  it("that is not there refuses a training before anything is allocated, with a batch that fits", () => {
    const planOf = (text: string, batch: number) => ({
      model: compile(new SourceFile("m.cnn", text)).model,
      loss: { name: "cross_entropy", target: "classes" } as const,
      optimizer: { name: "adam" } as const,
      batch,
      seed: 0,
    });
    const wide =
      "input 64x64x3\nconv 64 3x3 same bias=no\nbn\nrelu\nconv 64 3x3 same\nglobal_pool avg\ndense 10 softmax\n";
    const available = 0.6e9;
    expect(() => checkMemory(planOf(wide, 128), 2, { available })).toThrow(
      /about 0\.\d\d GB of memory, and 0\.60 GB are free/,
    );
    try {
      checkMemory(planOf(wide, 128), 2, { available });
    } catch (error) {
      const batch = Number(/--batch (\d+)/.exec(String((error as { help?: string }).help))?.[1]);
      expect(() => checkMemory(planOf(wide, batch), 2, { available })).not.toThrow();
      expect(() => checkMemory(planOf(wide, 2 * batch), 2, { available })).toThrow();
    }
    expect(() =>
      checkMemory(planOf("input 100000\ndense 100000\ndense 10\n", 1), 2, { available: 16e9 }),
    ).toThrow(/takes about/);
    expect(() => checkMemory(planOf(wide, 8), 2, { available })).not.toThrow();
  });
});

const seeded = [
  ["convolutions in lanes", "input 12x12x1\nconv 4 3x3 relu\npool max 2\nflatten\ndense 5 softmax\n", 0],
  ["dropout in lanes", "input 20x4\nconv 6 5 relu\ndropout 0.4\nflatten\ndense 5 softmax\n", 0],
  ["batch norm", "input 8x8x2\nconv 4 3x3 bias=no\nbn\nrelu\nglobal_pool avg\ndense 3\n", 7],
  [
    "direct convolutions",
    "input 12x12x3\nconv 16 3x3 same bias=no\nbn\nrelu\nconv 32 3x3 same relu\npool max 2\nglobal_pool avg\ndense 3\n",
    3,
  ],
] as const;

describe("the same seed", () => {
  it.each(seeded)(
    "gives the same bits in every process, resumed or not: %s",
    async (_, text, seed) => {
      const hash = (asked: Question["ask"], from = seed as number): Promise<string> =>
        ask({ ask: asked, text, seed: from, steps: 6 });
      const [first, second, resumed, other] = await Promise.all([
        hash("hash"),
        hash("hash"),
        hash("hash of a resumed run"),
        hash("hash", seed + 1),
      ]);
      expect(second).toBe(first);
      expect(resumed).toBe(first);
      expect(other).not.toBe(first);
    },
    milliseconds,
  );
});

it("does not grow over many steps", async () => {
  // The first half warms up.
  const steps = isFull ? 20_000 : 4000;
  const [before, after] = await ask<readonly [Memory, Memory]>({
    ask: "growth",
    text: "input 6x6x1\nconv 2 3x3 relu\nflatten\ndense 3 softmax\n",
    batch: 16,
    steps,
  });
  expect(after.heap - before.heap).toBeLessThan(5e6);
  expect(after.rss - before.rss).toBeLessThan(5e6);
}, 300_000);

it.each([1, 2])("leaves no results for the collector, with %i threads", async (threads) => {
  // 400,000 weights: 1.6 MB a vector, of which a step makes six.
  const text = "input 8x8x1\nflatten\ndense 600 relu\ndense 600 relu\ndense 3 softmax\n";
  expect(await ask<number>({ ask: "uncollected", text, threads, steps: 10 })).toBeLessThan(2e6);
});

interface Memory {
  readonly rss: number;
  readonly heap: number;
}
