import { buildTrainingGraphs } from "../../src/autodiff/training-step.ts";
import type { TensorPort, TrainingGraphs } from "../../src/autodiff/training-graphs.ts";
import { flattenWeights, unflattenWeights } from "../../src/autodiff/weight-layout.ts";
import {
  arraysOf,
  type BatchResult,
  type ExampleBatch,
  type Numbers,
  type TrainingPlan,
} from "../../src/engine/engine.ts";
import { createRandom } from "../../src/random/random.ts";
import { randomOffsetCount } from "../../src/tensor/random-table.ts";
import { evaluateTensorGraph, type NumericTensor } from "../../src/tensor/reference/evaluate.ts";
import type { TensorGraph } from "../../src/tensor/tensor-graph.ts";
import type { WeightValues } from "../../src/tensor/weight-values.ts";

type Vectors = Map<string, Float64Array>;

/** Training by the float64 reference: whole batches, no chunks. */
export class ReferenceTraining {
  readonly #plan: TrainingPlan;
  readonly #layout: TrainingGraphs["layout"];
  readonly #vectors: Vectors = new Map();
  #step = 0;

  constructor(plan: TrainingPlan) {
    this.#plan = plan;
    const graphs = this.#graphs(plan.batch);
    this.#layout = graphs.layout;
    for (const part of ["weights", "state", "frozen"] as const) {
      const flat = flattenWeights(graphs.layout[part], plan.weights);
      if (flat.length > 0) this.#vectors.set(`flat/${part}`, Float64Array.from(flat));
    }
    for (const { port, initial } of graphs.optimizer.moments) {
      this.#vectors.set(port.name, Float64Array.from(initial()));
    }
  }

  step(batch: ExampleBatch, learningRate: number): BatchResult {
    const graphs = this.#graphs(batch.count);
    this.#step += 1;
    const results = this.#run(graphs, graphs.step, batch, learningRate);
    for (const [name, { data }] of results) {
      const input = name.startsWith("result/moment/") ? name.slice(7) : name.replace("result/", "flat/");
      if (this.#vectors.has(input)) this.#vectors.set(input, Float64Array.from(data));
    }
    return sums(results, batch.count);
  }

  evaluate(batch: ExampleBatch): BatchResult {
    const graphs = this.#graphs(batch.count);
    return sums(this.#run(graphs, graphs.evaluate, batch, 0), batch.count);
  }

  weights(): WeightValues {
    const values = new Map<string, { shape: readonly number[]; data: Float32Array<ArrayBuffer> }>();
    for (const part of ["weights", "state", "frozen"] as const) {
      const average = part === "weights" ? this.#vectors.get("moment/average") : undefined;
      const flat = average ?? this.#vectors.get(`flat/${part}`);
      if (flat !== undefined) unflattenWeights(this.#layout[part], Float32Array.from(flat), values);
    }
    return values;
  }

  #graphs(batch: number): TrainingGraphs {
    return buildTrainingGraphs(this.#plan.model, { ...this.#plan, metrics: ["accuracy"], batch }).value!;
  }

  #run(
    graphs: TrainingGraphs,
    graph: TensorGraph,
    batch: ExampleBatch,
    learningRate: number,
  ): Map<string, NumericTensor> {
    const inputs = new Map<string, NumericTensor>();
    const shaped = (shape: readonly unknown[]): number[] => [batch.count, ...shape.slice(1).map(Number)];
    const give = (ports: readonly TensorPort[], arrays: readonly Numbers[]): void =>
      ports.forEach(({ name, shape }, index) => {
        inputs.set(name, { shape: shaped(shape), data: Float64Array.from(arrays[index]!) });
      });
    give(graphs.data, arraysOf(batch.data));
    give(graphs.targets, arraysOf(batch.targets));
    for (const [name, vector] of this.#vectors) inputs.set(name, { shape: [vector.length], data: vector });
    const factors = graphs.optimizer.factors(Math.max(1, this.#step), learningRate);
    for (const { name, meaning } of graphs.scalars) {
      const value =
        meaning === "perExample"
          ? 1 / batch.count
          : meaning === "randomOffset"
            ? createRandom(this.#plan.seed, `${name}/${this.#step}/0`).integer(randomOffsetCount)
            : factors[name]!;
      inputs.set(name, { shape: [], data: Float64Array.of(Math.fround(value)) });
    }
    return evaluateTensorGraph(graph, inputs);
  }
}

function sums(results: ReadonlyMap<string, NumericTensor>, count: number): BatchResult {
  const number = (name: string): number => results.get(name)?.data[0] ?? 0;
  return {
    lossSum: number("result/loss") + count * number("result/penalty"),
    correct: number("result/metric/accuracy"),
  };
}
