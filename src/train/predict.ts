import { InputError } from "../diagnostics/input-error.ts";
import type { OpenedModel } from "./open-model.ts";

/** A class that an example may belong to. */
export interface RankedClass {
  readonly className: string;
  /** What the model gives the class, from 0 to 1 where it ends in softmax or sigmoid. */
  readonly probability: number;
}

/**
 * The classes of examples, the likeliest first.
 *
 * @param examples count × the model's input shape, channels last; pixels from 0 to 255, which are scaled here
 * @returns one list an example
 * @throws InputError where the values are not a whole number of examples
 */
export async function predict(
  model: OpenedModel,
  examples: ArrayLike<number>,
): Promise<readonly (readonly RankedClass[])[]> {
  const rows = await predictNumbers(model, examples);
  return rows.map((row) => rankClasses(row, model.classNames));
}

/** What the first output gives for examples, a row an example; takes them as `predict` does. */
export async function predictNumbers(
  model: OpenedModel,
  examples: ArrayLike<number>,
): Promise<readonly Float32Array[]> {
  const { scaled, count } = scaleExamples(model, examples);
  return rowsOf(await model.session.run(scaled, count), count);
}

/**
 * What every output of a model of one input gives for examples: a row an example, of each output in the model's order. Takes them
 * as `predict` does.
 */
export async function predictOutputs(
  model: OpenedModel,
  examples: ArrayLike<number>,
): Promise<readonly (readonly Float32Array[])[]> {
  const { scaled, count } = scaleExamples(model, examples);
  const outputs = await model.session.runInOrder([scaled], count);
  return outputs.map((values) => rowsOf(values, count));
}

function scaleExamples(
  { session, scale, offset, path }: OpenedModel,
  examples: ArrayLike<number>,
): { readonly scaled: Float32Array; readonly count: number } {
  const size = session.inputShape.reduce((product, axis) => product * axis, 1);
  const count = examples.length / size;
  if (!Number.isInteger(count) || count === 0) {
    throw new InputError(
      `${examples.length} values are no whole number of examples: ${path} takes ${session.inputShape.join("x")}, ${size} values each`,
    );
  }
  return { scaled: Float32Array.from(examples, (value) => value * scale + offset), count };
}

function rowsOf(values: Float32Array, count: number): readonly Float32Array[] {
  const width = values.length / count;
  return Array.from({ length: count }, (_, row) => values.subarray(row * width, (row + 1) * width));
}

/** A sigmoid unit stands for two classes; otherwise there is one value a class. */
export function rankClasses(outputs: Float32Array, names: readonly string[]): readonly RankedClass[] {
  const values = outputs.length === 1 ? [1 - outputs[0]!, outputs[0]!] : [...outputs];
  return values
    .map((probability, index) => ({ className: names[index] ?? `class ${index}`, probability }))
    .sort((a, b) => b.probability - a.probability);
}
