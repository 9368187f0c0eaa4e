import { describe, it } from "vitest";
import { type LayerKind, layerKinds } from "../../src/graph/layer-kind.ts";
import { createRandom, type Random } from "../../src/random/random.ts";
import type { TensorFlowBackend } from "../../src/engine/tfjs/load.ts";
import { expectSameGradients, expectSameOutputs, numbersOf, shapedModel } from "./compare-engines.ts";
import { randomShape, statements } from "./random-statements.ts";

/** The largest tensor of a random model, in numbers an example. */
const largest = 2000;

/** A statement of the kind that the program so far can take; undefined after many tries. */
export function randomStatement(program: string, kind: LayerKind, random: Random): string | undefined {
  const before = shapedModel(program)!;
  const shape = numbersOf(before, before.graph.outputs[0]!.layer);
  for (let attempt = 0; attempt < 20; attempt++) {
    const statement = statements[kind](shape, random);
    if (statement === undefined) return undefined;
    const after = shapedModel(`${program}${statement}\n`);
    if (after === undefined) continue;
    const sizes = after.layers.map(({ node }) => numbersOf(after, node.id));
    if (sizes.every((size) => size.length <= 5 && size.reduce((product, dim) => product * dim, 1) <= largest))
      return statement;
  }
  return undefined;
}

/**
 * Layers that take a mean away: a bias before them changes nothing, so that its gradient is 0 and whatever is computed of it is
 * the rounding of sums that cancel.
 */
const centring: ReadonlySet<LayerKind> = new Set(["bn", "layer_norm", "group_norm", "instance_norm"]);

/** A program with one layer of the kind behind a dense layer, whose gradient is that of the layer's input. */
export function programFor(kind: LayerKind, seed: number): string {
  const random = createRandom(seed, kind);
  for (let attempt = 0; attempt < 100; attempt++) {
    const shape = randomShape(random);
    const bias = centring.has(kind) ? " bias=no" : "";
    const program = `input ${shape.join("x")}\ndense ${shape.at(-1)!}${bias}\n`;
    const statement = randomStatement(program, kind, random);
    if (statement !== undefined) return `${program}${statement}\n`;
  }
  throw new Error(`no program with a layer of kind ${kind} was found`);
}

/** For every layer kind some random shapes and arguments. */
export function describeLayerParity(backend: TensorFlowBackend, each: number): void {
  describe(`each layer gives the same on ONNX Runtime and TensorFlow.js (${backend})`, () => {
    it.each(layerKinds.filter((kind) => kind !== "input"))(
      "%s",
      async (kind) => {
        for (let seed = 1; seed <= each; seed++) {
          const program = programFor(kind, seed);
          try {
            await expectSameOutputs(program, backend);
            await expectSameGradients(program, backend);
          } catch (cause) {
            const reason = cause instanceof Error ? cause.message : String(cause);
            throw new Error(`seed ${seed}: ${reason}\n${program}`, { cause });
          }
        }
      },
      600_000,
    );
  });
}
