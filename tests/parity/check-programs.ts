import { it } from "vitest";
import { layerKinds } from "../../src/graph/layer-kind.ts";
import { programFor } from "./layer-parity.ts";
import { randomProgram } from "./random-models.ts";

type Check = (program: string) => Promise<void>;

/** A check that tells the program where it fails. */
export function telling(check: Check): Check {
  return async (program) => {
    try {
      await check(program);
    } catch (cause) {
      throw new Error(`${cause instanceof Error ? cause.message : String(cause)}\n${program}`, { cause });
    }
  };
}

/** Tests of so many programs with each layer kind, and of so many random models. */
export function checkPrograms(
  check: Check,
  { each, models }: { readonly each: number; readonly models: number },
): void {
  it.each(layerKinds.filter((kind) => kind !== "input"))(
    "%s",
    async (kind) => {
      for (let seed = 1; seed <= each; seed++) await check(programFor(kind, seed));
    },
    600_000,
  );

  it(`${models} random models`, async () => {
    const used = new Map();
    for (let seed = 1; seed <= models; seed++) await check(randomProgram(seed, used));
  }, 3600_000);
}
