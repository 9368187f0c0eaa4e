import { known } from "../graph/dim.ts";
import type { ActivationDefinition } from "./activations.ts";
import { activationDefinition, activationNames, activations } from "./activations.ts";
import { mode } from "./arguments.ts";
import type { ArgumentSpec, ArgumentTable, LayerDefinition, WordVariant } from "./definition.ts";

const parameter: ArgumentSpec<number | undefined> = {
  role: "number",
  default: undefined,
  positional: true,
  aliases: [],
  documentation: "The activation's parameter, where it has one.",
};

/** Together these are an ActivationValue. */
const activationArguments = {
  name: mode(activationNames, "Which activation; the statement's own word."),
  parameter,
};

export const activation: LayerDefinition<typeof activationArguments> = {
  title: "activation",
  documentation: `Applies a function to each number; \`softmax\` to each last axis. As a layer the word stands for Keras' own class where there is
one (\`relu\` ReLU, \`leaky_relu\` LeakyReLU, \`elu\` ELU, \`softmax\` Softmax), with its defaults and its name, and else for
\`Activation("word")\`; as an argument (\`conv 8 3x3 relu\`) for \`activation="word"\`.

${activationNames.map((name) => `- \`${name}\`: ${activations[name].documentation}`).join("\n")}`,
  example: "input 28x28x1\nconv 8 3x3\nleaky_relu 0.1",
  words: activationNames,
  foreignNames: ["ReLU", "LeakyReLU", "ELU", "Softmax", "Activation", "nn.ReLU"],
  arity: "one",
  arguments: activationArguments,
  wordVariants: Object.fromEntries(activationNames.map((name) => [name, variantOf(name, activations[name])])),
  kerasClass: ({ name }) => activationDefinition(name)?.kerasClass ?? "Activation",
  inferShape: ({ inputs: [input] }) => ({ shape: input!, derivations: [] }),
  weights: () => [],
  multiplyAccumulates: () => known(0),
};

function variantOf(name: string, { parameter: own }: ActivationDefinition): WordVariant {
  const table: ArgumentTable = own === undefined ? {} : { parameter: parameterSpec(own) };
  return { preset: { name }, arguments: table };
}

function parameterSpec(own: NonNullable<ActivationDefinition["parameter"]>): ArgumentSpec<number> {
  const range = own.minimum === undefined ? {} : { minimum: own.minimum };
  return {
    role: "number",
    default: own.layerDefault,
    positional: true,
    aliases: [own.name, ...own.aliases],
    ...range,
    documentation: own.documentation,
  };
}
