import type { ActivationValue, PaddingValue, WindowValue } from "../graph/layer-graph.ts";
import type { Shape } from "../graph/dim.ts";
import type { ArgumentSpec } from "./definition.ts";

/** Makers of argument rows, so that a layer's table reads as a list of what its user may say. */

interface Details<Value> {
  readonly default?: Value;
  readonly positional?: boolean;
  readonly aliases?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minimumExclusive?: boolean;
  readonly maximumExclusive?: boolean;
}

/** A whole number of at least 1 unless `minimum` says otherwise. */
export function count(documentation: string, details: Details<number> = {}): ArgumentSpec<number> {
  const { default: value = "required", positional = false, aliases = [], ...range } = details;
  return { role: "count", default: value, positional, aliases, minimum: 1, ...range, documentation };
}

export function number(documentation: string, details: Details<number> = {}): ArgumentSpec<number> {
  const { default: value = "required", positional = false, aliases = [], ...range } = details;
  return { role: "number", default: value, positional, aliases, ...range, documentation };
}

/** One whole number an axis, each of at least 1. */
export function windowOf(
  documentation: string,
  details: Details<WindowValue> = {},
): ArgumentSpec<WindowValue> {
  const { default: value = "required", positional = false, aliases = [], ...range } = details;
  return { role: "window", default: value, positional, aliases, minimum: 1, ...range, documentation };
}

export function optionalWindow(
  documentation: string,
  details: Details<WindowValue> = {},
): ArgumentSpec<WindowValue | undefined> {
  const { positional = false, aliases = [], ...range } = details;
  return { role: "window", default: undefined, positional, aliases, minimum: 1, ...range, documentation };
}

export function shape(documentation: string, details: Details<Shape> = {}): ArgumentSpec<Shape> {
  const { default: value = "required", positional = true, aliases = [] } = details;
  return { role: "shape", default: value, positional, aliases, documentation };
}

/** `valid` where nothing is said; `words` are those that this layer takes. */
export function padding(words: readonly string[], documentation: string): ArgumentSpec<PaddingValue> {
  return {
    role: "padding",
    default: "valid",
    positional: true,
    aliases: ["padding"],
    words,
    minimum: 0,
    documentation,
  };
}

export function activation(): ArgumentSpec<ActivationValue | undefined> {
  return {
    role: "activation",
    default: undefined,
    positional: true,
    aliases: [],
    documentation: "Applied to the result: `relu`, `leaky_relu(0.1)`, …; nothing where it is left out.",
  };
}

export function mode<Word extends string>(
  words: readonly Word[],
  documentation: string,
  details: Details<Word> = {},
): ArgumentSpec<Word> {
  const { default: value = "required", positional = true, aliases = [] } = details;
  return { role: "mode", default: value, positional, aliases, words, documentation };
}

export function flag(
  value: boolean,
  documentation: string,
  aliases: readonly string[] = [],
): ArgumentSpec<boolean> {
  return { role: "flag", default: value, positional: false, aliases, documentation };
}

/** A dimension's name or Keras' number of it. */
export function axis(
  value: string | number,
  documentation: string,
  positional = false,
): ArgumentSpec<string | number> {
  return { role: "axis", default: value, positional, aliases: [], documentation };
}

/** Rows that many layers with weights share. */
export const bias = flag(true, "Whether a bias is added.", ["use_bias"]);

export const regularizers = {
  l1: number("The loss grows by this times the sum of the kernel's magnitudes.", { default: 0, minimum: 0 }),
  l2: number("The loss grows by this times the sum of the kernel's squares.", {
    default: 0,
    minimum: 0,
    aliases: ["kernel_regularizer"],
  }),
};
