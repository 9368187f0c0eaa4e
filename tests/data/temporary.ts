import type { Dataset } from "../../src/data/dataset.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import { InputError } from "../../src/diagnostics/input-error.ts";

/** A folder of the test file's own, removed after its tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "cnn-data-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The InputError that a call throws; fails if it throws anything else, or nothing. */
export function inputError(call: () => unknown): InputError {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return error as InputError;
  }
  throw new Error("expected an InputError");
}

/** The same for a promise. */
export async function rejection(promise: Promise<unknown>): Promise<InputError> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(InputError);
  return outcome as InputError;
}

/** The values of a data set that is in memory. */
export function valuesOf({ examples }: Dataset): Uint8Array | Float32Array {
  if (examples.kind === "memory") return examples.values;
  throw new Error(`the examples are in ${examples.path}`);
}
