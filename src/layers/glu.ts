import type { Dim } from "../graph/dim.ts";
import { exactDivide, floorDivide, known } from "../graph/dim.ts";
import { axis } from "./arguments.ts";
import { axisName, resolveAxis } from "./axes.ts";
import type { LayerDefinition, RuleContext } from "./definition.ts";
import { reportMissingAxis } from "./merges.ts";
import { derivation, operand } from "./text.ts";

const gluArguments = {
  axis: axis("channels", "The axis that is split: `channels`, `height` … or Keras' number.", true),
};

/** A layer of its own and no other layer's activation, since it changes the shape: Keras' layers refuse it there when they run. */
export const glu: LayerDefinition<typeof gluArguments> = {
  title: "gated linear unit",
  documentation: `\`a·sigmoid(b)\`, where a and b are the first and the second half of an axis, by default the channels: half of what comes in
says how much of the other half passes (Dauphin et al., 2017). Keras: \`keras.activations.glu\`.`,
  example: "input 20x32\nconv 64 3 same\nglu\nglobal_pool avg\ndense 10 softmax",
  words: ["glu"],
  foreignNames: ["GLU", "nn.GLU", "F.glu"],
  arity: "one",
  arguments: gluArguments,
  kerasClass: () => "Activation",
  inferShape(context) {
    const input = context.inputs[0]!;
    const along = resolveAxis(context.arguments.axis, input.length);
    if (along === undefined) {
      reportMissingAxis(context, "glu", context.arguments.axis);
      return undefined;
    }
    const size = input[along]!;
    const half = halfOf(context, size, along);
    if (half === undefined) return undefined;
    const derivations = [derivation(axisName(input, along), `${operand(size)}/2`, half)];
    return { shape: input.map((dim, index) => (index === along ? half : dim)), derivations };
  },
  weights: () => [],
  multiplyAccumulates: () => known(0),
  receptiveWindow: ([input], { axis: given }) =>
    resolveAxis(given, input!.length) === input!.length - 1 ? undefined : "none",
};

/** Half of an axis; undefined, and reported, where it is known to be odd. */
function halfOf({ inputs, report }: RuleContext<unknown>, size: Dim, along: number): Dim | undefined {
  const name = axisName(inputs[0]!, along);
  const half = exactDivide(size, known(2));
  const causes = [{ input: 0, axis: along }];
  if (half === "indivisible") {
    report({
      code: "CNN203",
      message: `glu splits its input in two halves, but ${size.toString()} ${name} are odd`,
      ...(size.value === undefined
        ? {}
        : { arithmetic: `${size.value}/2 = ${Math.floor(size.value / 2)}, remainder 1` }),
      causes,
      help: `give glu an even number of ${name}: twice as many as shall come out`,
    });
    return undefined;
  }
  if (half !== "unknown") return half;
  report({
    code: "CNN211",
    severity: "warning",
    message: `glu splits its input in two halves: the ${name} must be even`,
    causes,
    condition: {
      asks: { kind: "multiple", dim: size, divisor: 2 },
      text: `${size.toString()} is a multiple of 2`,
    },
  });
  return floorDivide(size, 2);
}
