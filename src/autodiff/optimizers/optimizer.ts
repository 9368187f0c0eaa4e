import { type ArgumentsOf, type ArgumentTable, number } from "../../settings/argument.ts";
import type { TensorBuilder } from "../../tensor/builder.ts";
import type { ValueId } from "../../tensor/tensor-graph.ts";

/** What an optimizer works on: flat vectors of equal length. */
export interface OptimizerContext<Moment extends string = string> {
  readonly builder: TensorBuilder;
  readonly weights: ValueId;
  readonly gradient: ValueId;
  readonly moments: Readonly<Record<Moment, ValueId>>;
  /** A number that is proportional to the learning rate, by its name: a scalar, or one for each weight. */
  rate(name: string): ValueId;
  /** Any other number that the host computes each step. */
  scalar(name: string): ValueId;
}

/** The numbers of a step that the host computes, by name. */
export interface HostNumbers {
  /** Proportional to the learning rate. */
  readonly rates: Readonly<Record<string, number>>;
  readonly scalars?: Readonly<Record<string, number>>;
}

/**
 * The numbers of a step as operations, for training that may pass over a step without telling the host: a few counters that only
 * steps taken move stand for the number of the step.
 */
export interface CountedNumbers {
  /** The counters before the first step. */
  readonly initial: readonly number[];
  /** The counters with one more step, and the numbers of that step, rates for a learning rate of 1. */
  count(
    builder: TensorBuilder,
    counters: readonly ValueId[],
  ): {
    readonly counters: readonly ValueId[];
    readonly rates: Readonly<Record<string, ValueId>>;
    readonly scalars?: Readonly<Record<string, ValueId>>;
  };
}

/** An optimizer with its settings, as operations on all trained weights at once. */
export interface Optimizer<Moment extends string = string> {
  readonly moments: readonly { readonly name: Moment; readonly initial: number }[];
  /** Steps count from 1. */
  hostNumbers(step: number, learningRate: number): HostNumbers;
  /** Where `hostNumbers` depend on the step: the same ones as operations. */
  readonly counted?: CountedNumbers;
  update(context: OptimizerContext<Moment>): {
    readonly weights: ValueId;
    readonly moments: Readonly<Record<Moment, ValueId>>;
  };
}

/** An optimizer before its settings are known. */
export interface OptimizerKind<Table extends ArgumentTable = ArgumentTable> {
  readonly summary: string;
  readonly arguments: Table;
  create(settings: ArgumentsOf<Table>): Optimizer;
}

export function optimizerKind<Table extends ArgumentTable>(kind: OptimizerKind<Table>): OptimizerKind<Table> {
  return kind;
}

/**
 * Added to gradients that a moment takes up: a moment whose gradient has become 0 would else shrink into numbers too small
 * to be normalised, with which processors are slow. 1e-30 is far below anything that a weight can feel.
 */
export const tinyGradient = 1e-30;

/** Moments that start at 0. */
export function zeros<Name extends string>(...names: readonly Name[]): Optimizer<Name>["moments"] {
  return names.map((name) => ({ name, initial: 0 }));
}

/** Rows that all optimizers share; defaults differ from one to another. */
export const rate = (value: number) =>
  number("the learning rate", {
    default: value,
    minimum: 0,
    positional: true,
    word: "rate",
    aliases: ["learning_rate", "lr"],
  });

export const decay = (summary: string, value: number) =>
  number(summary, { default: value, minimum: 0, below: 1 });

export const epsilon = number("added where is divided", { default: 1e-7, minimum: 0 });

/** Decoupled from the gradient, as in Keras: w ← w - rate · decay · w before the step. */
export const weightDecay = (value = 0) =>
  number("the share of each weight that is taken off it, times the rate", {
    default: value,
    minimum: 0,
    elsewhere: ["wd", "decay"],
  });
