import type { TrainingGraphs } from "../autodiff/training-graphs.ts";
import { liesDirect } from "../onnx/select/nchwc-choice.ts";
import { planSelection } from "../onnx/select/plan.ts";
import type { TensorGraph, TensorNode, TensorShape } from "../tensor/tensor-graph.ts";
import type { TrainingPlan } from "./engine.ts";
import { chunksAreBatches, largestBatch } from "./step-inputs.ts";

/** How a batch is shared out: for each lane the sizes of its chunks. */
export interface Share {
  /** The first example. */
  readonly start: number;
  readonly chunks: readonly number[];
}

/**
 * Cuts a number of examples into parts as equal as possible, so that at most two sizes occur.
 *
 * @param largest the most examples of a part
 */
export function chunkSizes(count: number, largest: number): readonly number[] {
  return equalParts(count, Math.max(1, Math.ceil(count / largest)));
}

function equalParts(count: number, parts: number): readonly number[] {
  const small = Math.floor(count / parts);
  const larger = count - small * parts;
  return Array.from({ length: parts }, (_, index) => (index < larger ? small + 1 : small));
}

/** Shares a batch out to lanes, each share cut into chunks; a lane may go without. */
export function shareOut(count: number, lanes: number, largestChunk: number): readonly Share[] {
  let start = 0;
  return equalParts(count, lanes).map((size) => {
    const share = { start, chunks: size === 0 ? [] : chunkSizes(size, largestChunk) };
    start += size;
    return share;
  });
}

/** How ONNX Runtime cuts the batches of a plan. */
export interface Chunking {
  readonly lanes: number;
  /** Examples that run at once in a lane; undefined where a batch cannot be cut. */
  readonly chunk: number | undefined;
  /** The same for what keeps no values for a gradient. */
  readonly suitable: number;
  /** Whether chunks are batches of their own, to batch norm. */
  readonly areBatches: boolean;
}

/**
 * @param graphs those of the plan's batch, or of two examples, with chunks of one
 * @param channelBlock of direct convolutions, where the machine has them
 */
export function chunkingOf(
  plan: Pick<TrainingPlan, "batch" | "accumulate" | "precision">,
  graphs: TrainingGraphs,
  threads: number,
  channelBlock: number | undefined,
): Chunking {
  const isWhole = graphs.accumulate === undefined;
  const areBatches = chunksAreBatches(graphs);
  // In mixed precision all chunks of a step have to know the loss scale, which one update moves.
  const isAlone = isWhole || areBatches || plan.precision === "float16";
  const lanes = isAlone ? 1 : laneCount(largestBatch(plan), threads);
  const unit = exampleUnit(graphs.step, channelBlock);
  const suitable = suitableChunk(graphs.step, Math.max(2, plan.batch), Math.floor(threads / lanes), unit);
  return { lanes, chunk: isWhole ? undefined : areBatches ? plan.batch : suitable, suitable, areBatches };
}

/** Whether a step on so many examples is one graph, which makes new weights too. */
export function isOneGraph({ lanes, chunk }: Chunking, count: number): boolean {
  return chunk === undefined || (lanes === 1 && count <= chunk);
}

/** Chunks of one size that run in one call. */
export interface ChunkCall {
  readonly size: number;
  readonly turns: number;
}

/** How the chunks of a share are run: those of a size in one call, but batches of their own one by one. */
export function callsOf(
  chunks: readonly number[],
  { areBatches }: Pick<Chunking, "areBatches">,
): readonly ChunkCall[] {
  if (areBatches) return chunks.map((size) => ({ size, turns: 1 }));
  return [...new Set(chunks)].map((size) => ({
    size,
    turns: chunks.filter((other) => other === size).length,
  }));
}

/** The sizes of a step's parts that draw random numbers of their own, in their order. */
export function drawingParts(chunking: Chunking, count: number): readonly number[] {
  if (isOneGraph(chunking, count)) return [count];
  return shareOut(count, chunking.lanes, chunking.chunk!).flatMap(({ chunks }) => chunks);
}

/** Examples that keep no values for a gradient are measured in larger chunks. */
const evaluationFactor = 2;

/** How examples are shared out that are only measured. */
export function shareOutEvaluation({ lanes, suitable }: Chunking, count: number): readonly Share[] {
  return shareOut(count, lanes, evaluationFactor * suitable);
}

/** Fewer examples a lane are not worth the meeting at the end of a step. */
const fewestForLane = 8;

/** How many lanes suit a batch. */
export function laneCount(batch: number, threads: number): number {
  return Math.max(1, Math.min(threads, Math.floor(batch / fewestForLane)));
}

/**
 * What one core's cache is taken to hold of the values of a step by products of patches, in bytes; measured: the network of
 * Fashion-MNIST and LeNet-5 are fastest with 16 examples at 2 MB of cache a core, since few values are in use at a time.
 */
const bytesInCache = 7 * 2 ** 20;
/**
 * Direct convolutions stream through their images, and the longer they are the better; measured: a VGG of 32x32 images is a
 * twentieth faster with 32 examples, which are 70 MB, than with 16, and a 1-D network with 16, which are 78 MB, as with 32.
 */
const bytesOfDirectChunk = 80 * 2 ** 20;
const largestChunk = 64;

/**
 * The chunk size that suits a graph of training with open batch or for `batch` examples, a power of two: smaller where its images
 * are large.
 *
 * @param unit the fewest examples of a chunk; more than one where convolutions are direct
 */
export function suitableChunk(graph: TensorGraph, batch: number, threads: number, unit = 1): number {
  const isDirect = unit > 1;
  let numbers = 0;
  for (const node of graph.nodes) {
    if (node.shape.length < 2 || node.shape[0] !== batch) continue;
    numbers += numbersOfExample(node.shape);
    if (!isDirect) numbers += numbersOfPatches(graph, node);
  }
  const bytes = isDirect ? bytesOfDirectChunk : bytesInCache * threads;
  const fitting = bytes / (4 * Math.max(1, numbers));
  const nearest = isDirect ? Math.floor(Math.log2(fitting)) : Math.round(Math.log2(fitting));
  return Math.max(unit, Math.min(largestChunk, 2 ** nearest));
}

function numbersOfExample(shape: TensorShape): number {
  return shape.slice(1).reduce<number>((total, dim) => total * Number(dim), 1);
}

/** What a convolution's product with its kernel takes: for each place what its window sees. */
function numbersOfPatches(graph: TensorGraph, node: TensorNode): number {
  if (node.op !== "conv") return 0;
  const { kernel, groups } = node.attributes;
  const channels = Number(graph.nodes[node.inputs[0]!]!.shape.at(-1)) / groups;
  const cells = kernel.reduce((product, size) => product * size, channels);
  return (numbersOfExample(node.shape) / Number(node.shape.at(-1))) * cells;
}

/**
 * What a value of a part is best in bytes, on average over a step; measured: a ResNet of 32x32 images is fastest in four parts, by
 * a twentieth against two and eight.
 */
const bytesOfPartValue = 1.2 * 2 ** 20;
/** More values of parts take ONNX Runtime too long to prepare. */
const mostPartValues = 3000;

/**
 * The parts in which a step is computed whose batch cannot be cut into chunks: as many as a power of two, mostly of equal size.
 *
 * @param unit the fewest examples of a part
 */
export function splitSizes(step: TensorGraph, batch: number, unit = 1): readonly number[] {
  const values = step.nodes.filter(({ shape }) => shape[0] === batch);
  const numbers = values.map(({ shape }) => batch * numbersOfExample(shape));
  const average = (4 * numbers.reduce((sum, count) => sum + count, 0)) / Math.max(1, values.length);
  const wanted = 2 ** Math.round(Math.log2(Math.max(1, average / bytesOfPartValue)));
  const most = Math.min(Math.floor(batch / unit), Math.floor(mostPartValues / values.length));
  return equalParts(batch, Math.max(1, Math.min(wanted, most)));
}

/** The fewest examples of a part, where direct convolutions compute most of a step: their kernels' gradients take a block of them together. */
export function exampleUnit(step: TensorGraph, channelBlock: number | undefined): number {
  if (channelBlock === undefined) return 1;
  const plan = planSelection(step, { provider: "cpu", channelBlock });
  const convolutions = step.nodes.filter((node) => node.op === "convKernelGradient");
  const direct = convolutions.filter((node) => liesDirect(step, plan, node, channelBlock));
  return 2 * direct.length > convolutions.length ? channelBlock : 1;
}
