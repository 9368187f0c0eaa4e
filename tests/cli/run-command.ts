import { spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { drawDigits } from "../../src/data/digits.ts";
import { writeIdx } from "../../src/data/idx.ts";
import type { Dataset } from "../../src/data/dataset.ts";

/** The built command. */
export const commandPath = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

export interface CommandResult {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

export interface CommandOptions {
  readonly input?: string;
  readonly folder?: string;
  /** Set beside what is set here. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Called with all of standard error so far, each time there is more. */
  readonly onError?: (text: string, interrupt: () => void) => void;
}

/** Calls `cnn` as a person would, without a terminal. */
export function runCommand(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const child = spawn(process.execPath, [commandPath, ...args], {
    cwd: options.folder ?? temporaryFolder(),
    env: { ...process.env, NO_COLOR: "1", ...options.environment },
  });
  let out = "";
  let error = "";
  child.stdout.on("data", (text: Buffer) => (out += text.toString()));
  child.stderr.on("data", (text: Buffer) => {
    error += text.toString();
    options.onError?.(error, () => child.kill("SIGINT"));
  });
  child.stdin.end(options.input ?? "");
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, out, error })));
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "cnn-test-"));
}

/** A folder with the four IDX files of a few drawn digits. */
export async function digitsFolder(train = 200, test = 60): Promise<string> {
  const folder = temporaryFolder();
  const data = drawDigits({ seed: 1, train, test });
  const write = async (part: string, { examples, labels, count }: Dataset): Promise<void> => {
    await writeIdx(join(folder, `${part}-images-idx3-ubyte`), {
      type: "uint8",
      shape: [count, 28, 28],
      data: examples.kind === "memory" ? (examples.values as Uint8Array) : new Uint8Array(0),
    });
    await writeIdx(join(folder, `${part}-labels-idx1-ubyte`), {
      type: "uint8",
      shape: [count],
      data: Uint8Array.from(labels),
    });
  };
  await write("train", data.train);
  await write("t10k", data.test);
  return folder;
}

/** Writes a model file and gives its path. */
export function modelFile(text: string, name = "small.cnn"): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}
