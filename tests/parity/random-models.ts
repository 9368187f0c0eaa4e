import { describe, it } from "vitest";
import type { TensorFlowBackend } from "../../src/engine/tfjs/load.ts";
import { type LayerKind, layerKinds } from "../../src/graph/layer-kind.ts";
import { createRandom } from "../../src/random/random.ts";
import { expectSameOutputs } from "./compare-engines.ts";
import { randomStatement } from "./layer-parity.ts";
import { randomShape } from "./random-statements.ts";

const mostStatements = 12;

/**
 * A random program of up to 20 layers; the kind that was used least so far comes first wherever it fits.
 *
 * @param used how often each kind was used, counted on
 */
export function randomProgram(seed: number, used: Map<LayerKind, number>): string {
  const random = createRandom(seed, "random program");
  const shape = randomShape(random);
  let program = `input ${shape.join("x")}\ndense ${shape.at(-1)!}\n`;
  for (let count = 1 + random.integer(mostStatements); count > 0; count--) {
    const kinds = layerKinds
      .filter((kind) => kind !== "input")
      .map((kind) => ({ kind, order: (used.get(kind) ?? 0) + 3 * random.uniform() }))
      .sort((one, other) => one.order - other.order);
    for (const { kind } of kinds.slice(0, 6)) {
      const statement = randomStatement(program, kind, random);
      if (statement === undefined) continue;
      used.set(kind, (used.get(kind) ?? 0) + 1);
      program += `${statement}\n`;
      break;
    }
  }
  return program;
}

/** Random models: the shapes inferred are those that both engines give, and both give the same numbers. */
export function describeModelParity(backend: TensorFlowBackend, count: number): void {
  describe(`random models give the same on both engines (${backend})`, () => {
    it(
      `${count} of them`,
      async () => {
        const used = new Map<LayerKind, number>();
        for (let seed = 1; seed <= count; seed++) {
          const program = randomProgram(seed, used);
          try {
            await expectSameOutputs(program, backend);
          } catch (cause) {
            const reason = cause instanceof Error ? cause.message : String(cause);
            throw new Error(`seed ${seed}: ${reason}\n${program}`, { cause });
          }
        }
      },
      4 * 3600_000,
    );
  });
}
