import type { Dim, Shape } from "../graph/dim.ts";
import { exactDivide, known, multiply, product, shapeText, unknown } from "../graph/dim.ts";
import { bias, count, number } from "./arguments.ts";
import { channelsOf } from "./conv.ts";
import type { ArgumentSpec, ArgumentsOf, LayerDefinition, WeightSpec } from "./definition.ts";
import { kernelInitializer, kernelWeight } from "./initializers.ts";

const keySize: ArgumentSpec<number | undefined> = {
  role: "count",
  default: undefined,
  positional: false,
  aliases: ["key_dim"],
  minimum: 1,
  documentation: "Numbers of a key in each head; the channels over the heads where it is left out.",
};

const attentionArguments = {
  heads: count("How many heads look at once.", { positional: true, aliases: ["num_heads"] }),
  key: keySize,
  dropout: number("The share of attention set to 0 in training.", { default: 0, minimum: 0, maximum: 1 }),
  bias,
  init: kernelInitializer,
};

type AttentionArguments = ArgumentsOf<typeof attentionArguments>;

export const attention: LayerDefinition<typeof attentionArguments> = {
  title: "multi-head self-attention",
  documentation: `Each position gathers from all others: with query, key and value as dense layers of the input, in each head
\`softmax(q·kᵀ/sqrt(key))·v\`, all heads then brought back to the input's channels by a dense layer (Vaswani et al., 2017). On an image all
positions are one sequence. Keras: MultiHeadAttention(heads, key), called with the input as query and value.`,
  example: "input 20x32\nattention 4",
  words: ["attention"],
  foreignNames: ["MultiHeadAttention", "multi_head_attention", "nn.MultiheadAttention", "self_attention"],
  arity: "one",
  arguments: attentionArguments,
  kerasClass: () => "MultiHeadAttention",
  inferShape({ inputs: [input], arguments: { heads, key }, report }) {
    if (input!.length < 2) {
      report({
        code: "CNN202",
        message: `attention needs a sequence (length x channels), but its input is ${shapeText(input!)}`,
        causes: [{ input: 0 }],
      });
      return undefined;
    }
    const channels = channelsOf(input!);
    if (key === undefined && exactDivide(channels, known(heads)) === "indivisible") {
      report({
        code: "CNN203",
        argument: "heads",
        message: `attention: ${channels.toString()} channels do not divide into ${heads} heads`,
        causes: [{ input: 0, axis: input!.length - 1 }],
        help: "use a number of heads that divides the channels, or say key=",
      });
      return undefined;
    }
    return { shape: input!, derivations: [] };
  },
  weights([input], given) {
    const channels = channelsOf(input!);
    const heads = known(given.heads);
    const key = keyOf(input!, given);
    const into = (name: string) => projection(name, [channels, heads, key], [heads, key], given);
    return [
      ...into("query"),
      ...into("key"),
      ...into("value"),
      ...projection("attention_output", [heads, key, channels], [channels], given),
    ];
  },
  multiplyAccumulates([input], given) {
    const weights = product([channelsOf(input!), known(4 * given.heads), keyOf(input!, given)]);
    return multiply(product(input!.slice(0, -1)), weights);
  },
  receptiveWindow: () => "global",
};

function keyOf(input: Shape, { heads, key }: AttentionArguments): Dim {
  if (key !== undefined) return known(key);
  const size = exactDivide(channelsOf(input), known(heads));
  return typeof size === "string" ? unknown() : size;
}

function projection(
  name: string,
  kernel: Shape,
  biasShape: Shape,
  { bias: hasBias, init }: AttentionArguments,
): readonly WeightSpec[] {
  const weight = kernelWeight(kernel, init, `${name}/kernel`);
  if (!hasBias) return [weight];
  return [
    weight,
    { name: `${name}/bias`, shape: biasShape, initializer: { kind: "zeros" }, trainable: true },
  ];
}
