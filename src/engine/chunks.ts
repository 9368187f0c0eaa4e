import { knownDim } from "../tensor/shapes.ts";
import type { TensorGraph, TensorShape } from "../tensor/tensor-graph.ts";

/** The most examples whose activations stay in the processor's cache; measured on small networks. */
const largestChunk = 64;
/** The most memory that the patches of one convolution shall take for a chunk. */
const largestPatches = 128 * 2 ** 20;
/** Fewer examples than this at once leave threads without work. */
const smallestChunk = 2;

/**
 * Cuts a batch into chunks as equal as possible, so that at most two sizes occur.
 *
 * @param largest the most examples of a chunk
 */
export function chunkSizes(count: number, largest: number): readonly number[] {
  const parts = Math.max(1, Math.ceil(count / largest));
  const small = Math.floor(count / parts);
  const larger = count - small * parts;
  return Array.from({ length: parts }, (_, index) => (index < larger ? small + 1 : small));
}

/** The chunk size that suits a graph of training: smaller where its images are large. */
export function suitableChunk(graph: TensorGraph): number {
  const bytes = Math.max(
    0,
    ...graph.nodes.map((node) => (node.op === "conv" ? patchBytes(graph, node.inputs, node.shape) : 0)),
  );
  const fitting = bytes === 0 ? largestChunk : Math.floor(largestPatches / bytes);
  return Math.max(smallestChunk, Math.min(largestChunk, fitting));
}

/** What the windows of a convolution see of one example. */
function patchBytes({ nodes }: TensorGraph, inputs: readonly number[], output: TensorShape): number {
  const numbers = (shape: TensorShape): number =>
    shape.reduce<number>((total, dim) => total * knownDim(dim, "a size"), 1);
  const kernel = nodes[inputs[1]!]!.shape.slice(0, -1);
  return 4 * numbers(output.slice(1, -1)) * numbers(kernel);
}
