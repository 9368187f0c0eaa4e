import { compare, known, multiply, product, shapeText } from "../graph/dim.ts";
import { count, flag, mode } from "./arguments.ts";
import type { LayerDefinition, RuleContext, WeightSpec } from "./definition.ts";
import { bitmapCells, digitBitmaps } from "./digit-bitmaps.ts";

const rbfArguments = {
  units: count("How many codes its input is compared with.", { positional: true }),
  codes: mode(
    ["random", "digits"],
    "How the codes start: `random` draws 1 and -1, `digits` are the ten digits drawn on 7x12 cells.",
    { default: "random", positional: false },
  ),
  learned: flag(false, "Whether training changes the codes, which otherwise stay as they are."),
};

type RbfArguments = RuleContext<{ readonly units: number; readonly codes: "random" | "digits" }>;

export const rbf: LayerDefinition<typeof rbfArguments> = {
  title: "radial basis functions",
  documentation: `The squared distance of its input from each of \`units\` codes: \`y[i] = Σ (x[j] - codes[i, j])²\`, the output layer of LeNet-5
(LeCun et al., 1998, equation 7). The nearest code is the smallest number, so \`rescale -1; softmax\` makes probabilities of
them: those of Gaussians around the codes. On an input of more than one axis it works on the last one. Keras has no such layer.`,
  example: "input 84\nrbf 10 codes=digits\nrescale -1\nsoftmax",
  words: ["rbf"],
  foreignNames: ["RBF", "RBFLayer", "gaussian_connections"],
  arity: "one",
  arguments: rbfArguments,
  kerasClass: () => "RBF",
  inferShape(context) {
    const input = context.inputs[0]!;
    const { units } = context.arguments;
    if (input.length === 0) {
      context.report({ code: "CNN202", message: "rbf needs at least one axis", causes: [{ input: 0 }] });
      return undefined;
    }
    if (context.arguments.codes === "digits" && !checkBitmaps(context)) return undefined;
    return { shape: [...input.slice(0, -1), known(units)], derivations: [] };
  },
  weights([input], { units, codes, learned }): readonly WeightSpec[] {
    return [
      {
        name: "codes",
        shape: [known(units), input!.at(-1)!],
        initializer:
          codes === "digits" ? { kind: "given", values: digitBitmaps.flat() } : { kind: "random_signs" },
        trainable: learned,
      },
    ];
  },
  multiplyAccumulates: ([input], _, output) => multiply(product(output), input!.at(-1)!),
  receptiveWindow: ([input]) => (input!.length === 1 ? "global" : undefined),
};

/** The bitmaps are ten rows of 84 cells. */
function checkBitmaps(context: RbfArguments): boolean {
  const input = context.inputs[0]!;
  const { units } = context.arguments;
  const cells = input.at(-1)!;
  const order = compare(cells, bitmapCells);
  const help = "use the random codes, or bring the input to 84 with `dense 84` before";
  if (units !== digitBitmaps.length || order === "unequal") {
    context.report({
      code: "CNN220",
      argument: "codes",
      message: `rbf codes=digits: there are ${digitBitmaps.length} digits of ${bitmapCells} cells, but here are ${units} units on ${shapeText(input)}`,
      causes: [{ input: 0, axis: input.length - 1 }],
      help,
    });
    return false;
  }
  if (order === "unknown") {
    context.report({
      code: "CNN211",
      severity: "warning",
      argument: "codes",
      message: `rbf codes=digits needs ${bitmapCells} numbers, and its input is ${shapeText(input)}`,
      causes: [{ input: 0, axis: input.length - 1 }],
      condition: {
        asks: { kind: "equal", left: cells, right: known(bitmapCells) },
        text: `${cells.toString()} = ${bitmapCells}`,
      },
    });
  }
  return true;
}
