import type { ShapedGraph } from "../analyze/shaped-graph.ts";
import { InputError } from "../diagnostics/input-error.ts";
import { availableMemory, inGigabytes } from "../files/available-memory.ts";

/** Weights are float32. */
const bytesEach = 4;

/**
 * Refuses a model whose weights this machine cannot hold, before the first of them is allocated.
 *
 * @param copies how many times the weights are in memory at once
 * @param available bytes that the process can still take
 * @throws InputError with what they need and what there is
 */
export function checkWeightMemory(model: ShapedGraph, copies: number, available = availableMemory()): void {
  const bytes = bytesEach * numbersIn(model);
  if (copies * bytes <= available) return;
  const times = copies === 1 ? "" : `, ${copies} times that while they are worked on`;
  throw new InputError(
    `the weights of ${model.graph.name} take ${inGigabytes(bytes)}${times}, and ${inGigabytes(available)} are free`,
    { help: "take a smaller model; `cnn summary` shows the layers with most parameters" },
  );
}

/** By their shapes: a sum that is rounded where the exact one no longer is a number. */
function numbersIn({ layers }: ShapedGraph): number {
  return layers
    .filter(({ node }) => node.sharesWeightsOf === undefined)
    .flatMap(({ weights }) => weights)
    .reduce((sum, { shape }) => sum + shape.reduce((product, { value = 1 }) => product * value, 1), 0);
}
