import type { Dim, Shape } from "../graph/dim.ts";
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

/** What the words stand for, with Keras' defaults for the random ones. */
const initializers: Readonly<Record<InitializerWord, Initializer>> = {
  glorot_uniform: { kind: "glorot_uniform" },
  glorot_normal: { kind: "glorot_normal" },
  he_uniform: { kind: "he_uniform" },
  he_normal: { kind: "he_normal" },
  lecun_uniform: { kind: "lecun_uniform" },
  lecun_normal: { kind: "lecun_normal" },
  random_uniform: { kind: "random_uniform", low: -0.05, high: 0.05 },
  random_normal: { kind: "random_normal", standardDeviation: 0.05 },
  zeros: { kind: "zeros" },
  ones: { kind: "ones" },
};

export function kernelWeight(shape: Shape, word: InitializerWord, name = "kernel"): WeightSpec {
  return { name, shape, initializer: initializers[word], trainable: true };
}

/** Kernels, and the bias after them where the layer has one. */
export function withBias(kernels: readonly WeightSpec[], size: Dim, hasBias: boolean): readonly WeightSpec[] {
  if (!hasBias) return kernels;
  return [...kernels, { name: "bias", shape: [size], initializer: initializers.zeros, trainable: true }];
}
