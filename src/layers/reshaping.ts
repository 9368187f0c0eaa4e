import { known, product } from "../graph/dim.ts";
import type { LayerDefinition } from "./definition.ts";
import { derivation, operand } from "./text.ts";

const noArguments = {};

export const flatten: LayerDefinition<typeof noArguments> = {
  title: "flatten",
  documentation: `Lays all cells out in one row, the last axis fastest: an image of height, width and channels becomes height·width·channels
numbers. Keras: Flatten.`,
  example: "input 28x28x1\nflatten\ndense 10 softmax",
  words: ["flatten"],
  foreignNames: ["Flatten", "nn.Flatten", "view"],
  arity: "one",
  arguments: noArguments,
  kerasClass: () => "Flatten",
  inferShape({ inputs: [input] }) {
    if (input!.length === 1) return { shape: input!, derivations: [] };
    const units = product(input!);
    const formula = input!.length === 0 ? "1" : input!.map(operand).join("*");
    return { shape: [units], derivations: [derivation("units", formula, units)] };
  },
  weights: () => [],
  multiplyAccumulates: () => known(0),
  receptiveWindow: ([input]) => (input!.length === 1 ? undefined : "none"),
};
