import { known } from "../graph/dim.ts";
import { count } from "./arguments.ts";
import type { LayerDefinition } from "./definition.ts";

const embeddingArguments = {
  count: count("How many different whole numbers there are, from 0.", {
    positional: true,
    aliases: ["input_dim"],
  }),
  units: count("How many numbers stand for each.", { positional: true, aliases: ["output_dim"] }),
};

export const embedding: LayerDefinition<typeof embeddingArguments> = {
  title: "embedding",
  documentation: `Looks each whole number of its input up in a learned table: a row of \`units\` numbers for each. Keras: Embedding.`,
  example: "input 100\nembedding 5000 32\nconv 64 5 relu\nglobal_pool max\ndense 1 sigmoid",
  words: ["embedding"],
  foreignNames: ["Embedding", "nn.Embedding"],
  arity: "one",
  arguments: embeddingArguments,
  kerasClass: () => "Embedding",
  inferShape: ({ inputs: [input], arguments: { units } }) => ({
    shape: [...input!, known(units)],
    derivations: [],
  }),
  weights: (_, { count: rows, units }) => [
    {
      name: "embeddings",
      shape: [known(rows), known(units)],
      initializer: { kind: "random_uniform", low: -0.05, high: 0.05 },
      trainable: true,
    },
  ],
  multiplyAccumulates: () => known(0),
  receptiveWindow: () => "cells",
};
