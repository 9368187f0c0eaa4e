import type { Dim, Shape } from "../graph/dim.ts";
import { known, shapeText } from "../graph/dim.ts";
import { optionalWindow } from "./arguments.ts";
import type { LayerDefinition } from "./definition.ts";
import { windowText } from "./text.ts";

const preluArguments = {
  shared: optionalWindow(
    "Axes along which one slope is shared, counted from 1: `shared=1x2` gives one a channel.",
    {
      aliases: ["shared_axes"],
    },
  ),
};

export const prelu: LayerDefinition<typeof preluArguments> = {
  title: "parametric ReLU",
  documentation: `\`x\` where x ≥ 0, \`alpha·x\` below, with a learned alpha for each number (He et al., 2015); along the shared axes there is one
alpha for all. Keras: PReLU.`,
  example: "input 28x28x1\nconv 8 3x3\nprelu shared=1x2",
  words: ["prelu"],
  foreignNames: ["PReLU", "nn.PReLU", "p_relu"],
  arity: "one",
  arguments: preluArguments,
  kerasClass: () => "PReLU",
  inferShape({ inputs: [input], arguments: { shared = [] }, report }) {
    const bad = shared.find((axis) => axis > input!.length);
    if (bad !== undefined) {
      report({
        code: "CNN209",
        argument: "shared",
        message: `prelu shared=${windowText(shared)}: the input ${shapeText(input!)} has no axis ${bad}`,
        causes: [{ input: 0 }],
      });
      return undefined;
    }
    return { shape: input!, derivations: [] };
  },
  weights: ([input], { shared = [] }) => [
    { name: "alpha", shape: slopes(input!, shared), initializer: { kind: "zeros" }, trainable: true },
  ],
  multiplyAccumulates: () => known(0),
};

function slopes(input: Shape, shared: readonly number[]): readonly Dim[] {
  return input.map((dim, axis) => (shared.includes(axis + 1) ? known(1) : dim));
}
