import type { TrainingGraphs } from "../../autodiff/training-graphs.ts";
import type { OnnxModel } from "../../onnx/onnx-graph.ts";
import { callsOf, type Chunking, chunkingOf, isOneGraph, shareOut, shareOutEvaluation } from "../chunks.ts";
import type { TrainingPlan } from "../engine.ts";
import { slicesFor } from "../lane-graphs.ts";
import { largestBatch } from "../step-inputs.ts";
import { graphsFor, StepModels } from "../step-models.ts";
import { sessionMemory } from "./session-memory.ts";

/** A plan whose weights are not made yet. */
export type WeightlessPlan = Omit<TrainingPlan, "weights">;

/** Channels that direct convolutions take together on most machines. */
const usualBlock = 16;

export interface Cut {
  readonly batch: number;
  readonly graphs: TrainingGraphs;
  readonly chunking: Chunking;
  readonly models: StepModels;
}

/** A plan's graphs and how its batches are cut. */
export function cutOf(plan: WeightlessPlan, threads: number): Cut {
  const batch = Math.max(2, plan.batch);
  const graphs = graphsFor(plan, batch, 1);
  const chunking = chunkingOf(plan, graphs, threads, usualBlock);
  const models = new StepModels(plan, graphs, slicesFor(graphs, chunking.lanes), usualBlock);
  return { batch: largestBatch({ ...plan, batch }), graphs, chunking, models };
}

/** The models that each lane runs in a step. */
export function modelsOfStep({ batch, chunking, models }: Cut): readonly (readonly OnnxModel[])[] {
  if (isOneGraph(chunking, batch)) return [models.step(batch)];
  const update = models.update();
  return shareOut(batch, chunking.lanes, chunking.chunk!).map(({ chunks }, lane) => {
    const calls = callsOf(chunks, chunking).flatMap(({ size, turns }, index) =>
      models.chunks(size, turns, index === 0),
    );
    return [...new Set(calls), update[lane] ?? update[0]!];
  });
}
export function modelsOfEvaluation({ batch, chunking, models }: Cut): readonly (readonly OnnxModel[])[] {
  return shareOutEvaluation(chunking, batch).map(({ chunks }) =>
    [...new Set(chunks)].flatMap((size) => models.evaluation(size)),
  );
}
export function predictMemory(plan: WeightlessPlan, threads: number): number {
  return sum(modelsOfStep(cutOf(plan, threads)));
}
export function predictEvaluation(plan: WeightlessPlan, threads: number): number {
  return sum(modelsOfEvaluation(cutOf(plan, threads)));
}
function sum(lanes: readonly (readonly OnnxModel[])[]): number {
  let total = 0;
  lanes.forEach((models, lane) =>
    models.forEach((model) => {
      const { constants, arena } = sessionMemory(model);
      if (process.env["MEMDEBUG"])
        console.log(
          `STEP lane ${lane} nodes ${model.graph.nodes.length} constants ${(constants / 1e6).toFixed(2)} arena ${(arena / 1e6).toFixed(2)}`,
        );
      total += constants + arena;
    }),
  );
  return total;
}
