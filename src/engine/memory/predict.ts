import type { TrainingGraphs } from "../../autodiff/training-graphs.ts";
import type { OnnxGraph } from "../../onnx/onnx-graph.ts";
import { subgraphsOf } from "../../onnx/onnx-graph.ts";
import { callsOf, type Chunking, chunkingOf, isOneGraph, shareOut, shareOutEvaluation } from "../chunks.ts";
import type { TrainingPlan } from "../engine.ts";
import { slicesFor } from "../lane-graphs.ts";
import { largestBatch } from "../step-inputs.ts";
import { graphsFor, type StepModel, StepModels } from "../step-models.ts";
import { sessionMemory } from "./session-memory.ts";

/** A plan whose weights are not made yet. */
export type WeightlessPlan = Omit<TrainingPlan, "weights">;

/** Channels that direct convolutions take together on most machines. */
const usualBlock = 16;

/*
 * What a session's arena comes to follows from its model (session-memory.ts). The rest is measured: the resident memory of 60
 * networks of up to 8.5 million weights, with and without evaluation, on ONNX Runtime 1.30 and Node 20, is met within 8 % by these.
 */
const bytesOf = {
  /** ONNX Runtime's library, and the compiler's code and objects. */
  process: 38e6,
  /** A further lane's thread, with a heap and a library of its own. */
  lane: 11e6,
  /** A node of a model: as our object, in the file, and in ONNX Runtime. */
  node: 32e3,
};
/** How often a constant is there: as an array, in the file, in what ONNX Runtime reads of it, in the session, and not yet collected. */
const copiesOfConstant = 8;

/** The bytes that training takes beside what the process has already. */
export function predictMemory(plan: WeightlessPlan, threads: number): number {
  const cut = cutOf(plan, threads);
  const { lanes } = cut.chunking;
  const { layout, optimizer } = cut.graphs;
  // Weights and moments as they are, as they come next and as ONNX Runtime's binding hands them over; the gradient, and the
  // weights as they are given. Lanes have parts of the moments, but what they hand each other comes to as much.
  const vectors = 3 * (1 + optimizer.moments.length) + 2;
  const ofWeights = 4 * layout.weights.length * vectors * lanes;
  return bytesOf.process + bytesOf.lane * (lanes - 1) + ofWeights + total(modelsOfStep(cut));
}

/** The bytes that measuring takes beside training: it has sessions of its own in each lane. */
export function predictEvaluation(plan: WeightlessPlan, threads: number): number {
  return total(modelsOfEvaluation(cutOf(plan, threads)));
}

/** A plan's graphs and models, and how its batches are cut. */
interface Cut {
  readonly batch: number;
  readonly graphs: TrainingGraphs;
  readonly chunking: Chunking;
  readonly models: StepModels;
}

function cutOf(plan: WeightlessPlan, threads: number): Cut {
  const batch = Math.max(2, plan.batch);
  const graphs = graphsFor(plan, batch, 1);
  const chunking = chunkingOf(plan, graphs, threads, usualBlock);
  const models = new StepModels(plan, graphs, slicesFor(graphs, chunking.lanes), usualBlock);
  return { batch: largestBatch({ ...plan, batch }), graphs, chunking, models };
}

/** The models of all sessions that the lanes have for a step on a full batch. */
function modelsOfStep({ batch, chunking, models }: Cut): readonly StepModel[] {
  if (isOneGraph(chunking, batch)) return models.step(batch);
  const chunks = shareOut(batch, chunking.lanes, chunking.chunk!).flatMap((share) => {
    const calls = callsOf(share.chunks, chunking).map((call, index) => ({ ...call, isFirst: index === 0 }));
    return distinct(calls).flatMap(({ size, turns, isFirst }) => models.chunks(size, turns, isFirst));
  });
  return [...chunks, ...models.update()];
}

function modelsOfEvaluation({ batch, chunking, models }: Cut): readonly StepModel[] {
  return shareOutEvaluation(chunking, batch).flatMap(({ chunks }) =>
    distinct(chunks).flatMap((size) => models.evaluation(size)),
  );
}

function distinct<Item>(items: readonly Item[]): readonly Item[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}

function total(models: readonly StepModel[]): number {
  return models.reduce((sum, { model, isPlanned }) => {
    const { constants, arena } = sessionMemory(model, isPlanned);
    return sum + arena + copiesOfConstant * constants + bytesOf.node * nodeCount(model.graph);
  }, 0);
}

function nodeCount({ nodes }: OnnxGraph): number {
  const inner = nodes.flatMap(subgraphsOf);
  return inner.reduce((sum, graph) => sum + nodeCount(graph), nodes.length);
}
