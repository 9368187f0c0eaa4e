import type { ArgumentsOf } from "../../settings/argument.ts";
import { defaultsOf } from "../../settings/read-arguments.ts";
import { adadelta, adagrad, lion, rmsprop } from "./adaptive.ts";
import { adam, adamw, nadam } from "./adam.ts";
import type { Optimizer, OptimizerKind } from "./optimizer.ts";
import { sgd } from "./sgd.ts";

/** Every optimizer by its name; formulas, names and defaults are those of Keras 3. */
export const optimizerKinds = { sgd, adam, adamw, nadam, rmsprop, adagrad, adadelta, lion } as const;

type Kinds = typeof optimizerKinds;

/** Which optimizer, with the settings that are part of the graph; the learning rate is given each step. */
export type OptimizerOptions = {
  readonly [Name in keyof Kinds]: { readonly name: Name } & Partial<
    Omit<ArgumentsOf<Kinds[Name]["arguments"]>, "learningRate">
  >;
}[keyof Kinds];

/** An optimizer with the settings given, and its defaults for the rest. */
export function createOptimizer({ name, ...settings }: OptimizerOptions): Optimizer {
  const kind = optimizerKinds[name] as OptimizerKind;
  return kind.create({ ...defaultsOf(kind.arguments), ...settings });
}
