import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readError } from "../data/files.ts";
import { InputError } from "../diagnostics/input-error.ts";
import type { WeightValues } from "../tensor/weight-values.ts";
import type { RunEnd } from "./job.ts";
import type { Scores } from "./history.ts";
import { isRunDescription, type RunDescription } from "./run-description.ts";

/** What a run is made of, and once it has ended what it came to. */
export interface Receipt extends RunDescription {
  readonly result?: RunOutcome;
}

export interface RunOutcome {
  readonly end: RunEnd;
  readonly epochs: number;
  readonly steps: number;
  readonly training: Scores;
  readonly validation?: Scores;
  /** SHA-256 over the names and the bits of the weights that the run ended with. */
  readonly weights: string;
}

/** Identifies weights by their bits. */
export function hashWeights(weights: WeightValues): string {
  const hash = createHash("sha256");
  for (const [name, { shape, data }] of [...weights].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${name} ${shape.join("x")}\n`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}

/** Reads a receipt. @throws InputError where there is none, or where it is not one */
export function readReceipt(path: string): Receipt {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw readError(error, path);
  }
  try {
    const value = JSON.parse(text) as Partial<Receipt> | null;
    if (isRunDescription(value)) return value;
  } catch {
    // Told below with all else that is no receipt.
  }
  throw new InputError(`${path} is no receipt of a run`, {
    place: { file: path },
    help: "a receipt is what `cnn train` writes: receipt.json in the run's folder",
  });
}

/** How a run differs from the one that a receipt tells of, a line each; empty where it repeats it. */
export function compareRuns(receipt: RunDescription, run: RunDescription): readonly string[] {
  const pairs: readonly (readonly [what: string, then: string, now: string])[] = [
    ["the source", receipt.source.sha256, run.source.sha256],
    ["the data", contentsOf(receipt.data.source), contentsOf(run.data.source)],
    ["the weights to start from", hashes(receipt), hashes(run)],
    ...settingPairs(receipt, run),
    ["cnn's version", receipt.made.cnn, run.made.cnn],
    ["Node's version", receipt.made.node, run.made.node],
    ["the engine", receipt.made.engine, run.made.engine],
    ["the number of threads", String(receipt.made.threads), String(run.made.threads)],
    ["the machine", receipt.made.machine, run.made.machine],
  ];
  return pairs
    .filter(([, then, now]) => then !== now)
    .map(([what, then, now]) => `${what} differs: ${then || "none"} in the receipt, ${now || "none"} here`);
}

function settingPairs(
  { settings: then }: RunDescription,
  { settings: now }: RunDescription,
): (readonly [string, string, string])[] {
  const entry = (settings: object, key: string): string =>
    JSON.stringify((settings as Record<string, unknown>)[key]) ?? "";
  const keys = new Set([...Object.keys(then), ...Object.keys(now)]);
  return [...keys].map((key) => [`the setting ${key}`, entry(then, key), entry(now, key)] as const);
}

/** What identifies data wherever it lies: its checksums, or the whole description of data that is drawn. */
export function contentsOf(source: string): string {
  return source.match(/sha256:[0-9a-f]+/g)?.join(" ") ?? source;
}

function hashes({ startedFrom }: RunDescription): string {
  return startedFrom.map(({ sha256 }) => sha256).join(" ");
}
