import type { Dim, Shape } from "../graph/dim.ts";
import { multiply, product } from "../graph/dim.ts";
import { mode } from "./arguments.ts";
import type { Initializer, WeightSpec } from "./definition.ts";

/** How weights start, by the names Keras gives the ways. */
export const initializerWords = [
  "glorot_uniform",
  "glorot_normal",
  "he_uniform",
  "he_normal",
  "lecun_uniform",
  "lecun_normal",
  "random_uniform",
  "random_normal",
  "zeros",
  "ones",
] as const;

export type InitializerWord = (typeof initializerWords)[number];

export const kernelInitializer = mode(initializerWords, "How the kernel starts.", {
  default: "glorot_uniform",
  positional: false,
  aliases: ["kernel_initializer"],
});

/** The initializer a word stands for, for a kernel of the given shape; Keras' defaults for the random ones. */
export function initializerOf(word: InitializerWord, shape: Shape): Initializer {
  switch (word) {
    case "zeros":
    case "ones":
      return { kind: word };
    case "random_uniform":
      return { kind: word, low: -0.05, high: 0.05 };
    case "random_normal":
      return { kind: word, standardDeviation: 0.05 };
    default:
      return { kind: word, ...fans(shape) };
  }
}

/** Inputs and outputs a cell is connected to, as Keras counts them (`compute_fans`): window cells times channels in and out. */
function fans(shape: Shape): { fanIn: Dim; fanOut: Dim } {
  const window = product(shape.slice(0, -2));
  const out = shape[shape.length - 1]!;
  const into = shape.length === 1 ? out : shape[shape.length - 2]!;
  return { fanIn: multiply(window, into), fanOut: multiply(window, out) };
}

export function kernelWeight(shape: Shape, word: InitializerWord, name = "kernel"): WeightSpec {
  return { name, shape, initializer: initializerOf(word, shape), trainable: true };
}

/** The bias as a list: empty where the layer has none. */
export function biasWeight(size: Dim, hasBias: boolean): readonly WeightSpec[] {
  return hasBias ? [{ name: "bias", shape: [size], initializer: { kind: "zeros" }, trainable: true }] : [];
}
