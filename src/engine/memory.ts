import type { TrainingGraphs } from "../autodiff/training-graphs.ts";
import type { TensorGraph, TensorNode, ValueId } from "../tensor/tensor-graph.ts";
import { suitsNchwc } from "../onnx/select/nchwc-choice.ts";
import { usesWinogradLines } from "../onnx/select/winograd-choice.ts";
import { type Chunking, chunkingOf, exampleUnit, shareOutEvaluation, splitSizes } from "./chunks.ts";
import type { TrainingPlan } from "./engine.ts";
import { graphsFor } from "./step-sessions.ts";

/** A plan whose weights are not made yet. */
export type WeightlessPlan = Omit<TrainingPlan, "weights">;

/*
 * Factors that were fitted to the resident memory of networks of 100 to 10 million weights in training on ONNX Runtime 1.30:
 * what a session takes beside its graphs' values, where a step is one graph and where it is several; what the arena comes to
 * for each byte that values take at one time; and how many vectors of all weights are kept: weights and moments twice,
 * gradients, and for each lane what it hands the others.
 */
const fixedBytes = { oneGraph: 50e6, chunks: 50e6, lane: 10e6 };
const arenaFactor = 3.45;
/** Where a whole step is computed in parts of the batch, of which only the values between them are kept of all. */
const arenaFactorOfParts = 2.6;
/** Channels that direct convolutions take together on most machines; they need no patches. */
const usualBlock = 16;
const vectorsKept = 6.7;
const vectorsKeptByLane = 2;
/** What the tiles of a wide convolution come to for each number of its input: its kernel's gradient puts them into another order. */
const tilesOfImage = 3.2;
/** Cells of a window that patches are counted for: those of larger windows are not held at one time. */
const mostPatchCells = 9;

/** The bytes that training takes beside what the process has already. */
export function predictMemory(plan: WeightlessPlan, threads: number): number {
  const { batch, graphs, chunking } = cutOf(plan, threads);
  const { lanes, chunk = batch, areBatches } = chunking;
  const isWhole = graphs.accumulate === undefined;
  const inLane = Math.min(chunk, Math.ceil(batch / lanes));
  const isOneGraph = isWhole || (!areBatches && lanes === 1 && batch <= chunk);
  const vector = 4 * graphs.layout.weights.length;
  if (isOneGraph) {
    const unit = exampleUnit(graphs.step, usualBlock);
    const isInParts = isWhole && splitSizes(graphs.step, batch, unit).length > 1;
    const factor = isInParts ? arenaFactorOfParts : arenaFactor;
    return fixedBytes.oneGraph + factor * peakBytes(graphs.step, batch) + vectorsKept * vector;
  }
  const { accumulate } = graphsFor(plan, 2 * inLane, inLane);
  const inChunk = peakBytes(accumulate!, inLane);
  // The first of the batches that batch norm sees has a session of its own, whose gradient is not added to another.
  const inFirst = areBatches ? Math.max(0, inChunk - vector) : 0;
  const atOnce = lanes * inChunk + inFirst + peakBytes(graphs.update, batch);
  const vectors = vectorsKept + vectorsKeptByLane * lanes;
  return fixedBytes.chunks + fixedBytes.lane * lanes + arenaFactor * atOnce + vectors * vector;
}

/** The bytes that measuring takes beside training: sessions of its own in each lane, whose values are those of a chunk forwards. */
export function predictEvaluation(plan: WeightlessPlan, threads: number): number {
  const { batch, chunking } = cutOf(plan, threads);
  const largest = shareOutEvaluation(chunking, batch).map(({ chunks }) => Math.max(0, ...chunks));
  const values = largest.map((count) => peakBytes(graphsFor(plan, count, count).evaluate, count));
  return arenaFactor * values.reduce((sum, bytes) => sum + bytes, 0);
}

/** A plan's graphs and how its batches are cut. */
function cutOf(
  plan: WeightlessPlan,
  threads: number,
): { readonly batch: number; readonly graphs: TrainingGraphs; readonly chunking: Chunking } {
  const batch = Math.max(2, plan.batch);
  const graphs = graphsFor(plan, batch, 1);
  return { batch, graphs, chunking: chunkingOf(plan, graphs, threads, usualBlock) };
}

/** Operations that give what they get under another shape, or that ONNX Runtime computes in the memory of an operand. */
const aliases: ReadonlySet<TensorNode["op"]> = new Set(["reshape", "broadcast", "slice"]);

/**
 * The most bytes that the values of a graph take at one time: each from the operation that gives it to the last that reads it. A
 * convolution's patches count too; inputs and constants do not.
 */
export function peakBytes(graph: TensorGraph, batch: number): number {
  const lastUse = lastUses(graph);
  const freedAfter = new Map<ValueId, number>();
  let live = 0;
  let peak = 0;
  graph.nodes.forEach((node, id) => {
    const bytes = bytesOf(node, graph, batch);
    live += bytes;
    peak = Math.max(peak, live);
    const end = lastUse[id]!;
    freedAfter.set(end, (freedAfter.get(end) ?? 0) + bytes);
    live -= freedAfter.get(id) ?? 0;
  });
  return peak;
}

function lastUses({ nodes, outputs }: TensorGraph): Int32Array {
  const last = Int32Array.from(nodes, (_, id) => id);
  for (const { value } of outputs) last[value] = nodes.length;
  for (let id = nodes.length - 1; id >= 0; id--) {
    const node = nodes[id]!;
    // What only passes a value on keeps that value as long as it is read itself.
    const until = aliases.has(node.op) ? last[id]! : id;
    for (const input of node.inputs) last[input] = Math.max(last[input]!, until);
  }
  return last;
}

function bytesOf(node: TensorNode, graph: TensorGraph, batch: number): number {
  if (node.op === "input" || node.op === "constant" || aliases.has(node.op)) return 0;
  const result = count(node.shape, batch);
  if (node.op !== "conv") return 4 * result;
  const x = graph.nodes[node.inputs[0]!]!;
  const channels = Number(x.shape.at(-1));
  if (suitsNchwc(graph, node, usualBlock)) {
    const [height, width, filters] = node.shape.slice(1).map(Number) as [number, number, number];
    const sizes = { batch, channels, filters, size: [height, width] } as const;
    const isInTiles = usesWinogradLines(node.attributes, sizes);
    return 4 * (result + (isInTiles ? tilesOfImage * count(x.shape, batch) : 0));
  }
  const window = Math.min(count(node.attributes.kernel, 1), mostPatchCells);
  const places = count(node.shape.slice(0, -1), batch);
  return 4 * (result + (window === 1 ? 0 : places * window * channels));
}

function count(dims: readonly (number | "N")[], batch: number): number {
  return dims.reduce<number>((product, dim) => product * (dim === "N" ? batch : dim), 1);
}
