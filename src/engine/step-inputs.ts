import type { TensorPort, TrainingGraphs } from "../autodiff/training-graphs.ts";
import { InputError } from "../diagnostics/input-error.ts";
import { createRandom } from "../random/random.ts";
import { randomOffsetCount } from "../tensor/random-table.ts";
import type { TrainingPlan } from "./engine.ts";
import type { LanePort, ScalarValue } from "./lane.ts";

/** The flat vectors of trained weights, running statistics and frozen weights. */
export const flatParts = ["weights", "state", "frozen"] as const;

/** Whether the chunks of a step are batches of their own, to batch norm. */
export function chunksAreBatches({ accumulate }: TrainingGraphs): boolean {
  return accumulate?.outputs.some(({ name }) => name === "result/state") ?? false;
}

/** The most examples of a step. */
export function largestBatch({ batch, accumulate = 1 }: Pick<TrainingPlan, "batch" | "accumulate">): number {
  return batch * accumulate;
}

/** What the host gives a step on so many examples, by the inputs' names; random offsets apart. */
export function stepNumbers(
  { optimizer }: TrainingGraphs,
  step: number,
  learningRate: number,
  count: number,
): Readonly<Record<string, number>> {
  return { ...optimizer.factors(step, learningRate), "scalar/per_example": 1 / count };
}

/** What random offsets follow from, so that a resumed run draws the same. */
export interface Draw {
  readonly seed: number;
  readonly step: number;
  /** The chunks of the step's batch that run together, by number. */
  readonly chunks: readonly number[];
}

/** The host's numbers for some chunks of a step; a random offset for each chunk. @param values the other numbers, by name */
export function scalarValues(
  { scalars }: TrainingGraphs,
  values: Readonly<Record<string, number>>,
  { seed, step, chunks }: Draw,
): readonly ScalarValue[] {
  return scalars.map(({ name, meaning, dataType }) => {
    const type = dataType === "int32" ? "int32" : "float32";
    if (meaning !== "randomOffset") return { name, type, value: values[name] ?? 0 };
    const offsets = chunks.map((chunk) => randomOffset(name, { seed, step, chunk }));
    return { name, type, value: offsets.length === 1 ? offsets[0]! : offsets };
  });
}

/** The name under which weights are kept beside the moments, where the model is their moving average. */
export const weightsMoment = "weights";

/**
 * Where the random numbers of a layer begin in the fixed table, for one chunk of one step.
 *
 * @param port the input of the graphs: `offset/<layer>`
 */
export function randomOffset(
  port: string,
  { seed, step, chunk }: Pick<Draw, "seed" | "step"> & { readonly chunk: number },
): number {
  return createRandom(seed, `${port}/${step}/${chunk}`).integer(randomOffsetCount);
}

/** @throws InputError where an optimizer's moments are another optimizer's or another network's */
export function checkMoments(
  { optimizer }: TrainingGraphs,
  moments: ReadonlyMap<string, Float32Array>,
): void {
  for (const { name, port } of optimizer.moments) {
    const expected = Number(port.shape[0]);
    const length = moments.get(name)?.length ?? 0;
    if (length === expected) continue;
    throw new InputError(
      `the optimizer's state does not fit: "${name}" has ${length} numbers, and the model has ${expected} to train`,
      { help: "go on with the model and the optimizer that the run was started with" },
    );
  }
}

export function lanePort({ name, shape, dataType }: TensorPort): LanePort {
  return { name, type: dataType === "int32" ? "int32" : "float32", dims: shape.slice(1).map(Number) };
}
