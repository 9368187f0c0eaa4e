import { compare, known } from "../graph/dim.ts";
import type { WindowValue } from "../graph/layer-graph.ts";
import { flag, windowOf } from "./arguments.ts";
import { axisName, resolveAxis } from "./axes.ts";
import type { LayerDefinition, RuleContext } from "./definition.ts";
import { sizeText, tensorText } from "./merges.ts";
import { windowText } from "./text.ts";

const dotArguments = {
  axes: windowOf(
    "The axis of each tensor that is summed over, by Keras' number: `1`, `2x1`, or -1 for the last.",
    {
      positional: true,
      default: [-1],
      minimum: -9,
    },
  ),
  normalize: flag(
    false,
    "Whether each is first brought to length 1 along its axis: the cosine of their angle.",
  ),
};

export const dot: LayerDefinition<typeof dotArguments> = {
  title: "dot product (merge)",
  documentation: `Multiplies two tensors and sums along one axis of each; the other axes of the first, then those of the second are left, and at
least one number. Keras: Dot.`,
  example: "input a 64\ninput b 64\ndot a normalize=yes",
  words: ["dot"],
  foreignNames: ["Dot", "matmul", "bmm"],
  arity: "merge",
  arguments: dotArguments,
  kerasClass: () => "Dot",
  inferShape(context) {
    const places = placesOf(context);
    if (places === undefined) return undefined;
    const [first, second] = context.inputs;
    const shape = [
      ...first!.filter((_, axis) => axis !== places[0]),
      ...second!.filter((_, axis) => axis !== places[1]),
    ];
    return { shape: shape.length === 0 ? [known(1)] : shape, derivations: [] };
  },
  weights: () => [],
  multiplyAccumulates: () => known(0),
  receptiveWindow: () => "none",
};

/** The axes summed over, from 0; reports a missing axis, a wrong number of tensors, and sizes that differ. */
function placesOf(
  context: RuleContext<{ readonly axes: WindowValue }>,
): readonly [number, number] | undefined {
  const { inputs, report } = context;
  const { axes } = context.arguments;
  if (inputs.length !== 2 || axes.length > 2) {
    report({
      code: "CNN210",
      message:
        axes.length > 2
          ? `dot takes one axis of each of two tensors, but axes=${windowText(axes)} are ${axes.length}`
          : `dot takes exactly two tensors; here it has ${inputs.length}`,
    });
    return undefined;
  }
  const places = inputs.map((input, index) => resolveAxis(axes[index] ?? axes[0]!, input.length));
  const missing = places.findIndex((place) => place === undefined);
  if (missing >= 0) {
    const axis = axes[missing] ?? axes[0]!;
    report({
      code: "CNN209",
      argument: "axes",
      message:
        axis === 0
          ? "dot: axis 0 is the batch, whose examples stay apart"
          : `dot: ${tensorText(context, missing)} has no axis ${axis}`,
      causes: [{ input: missing }],
    });
    return undefined;
  }
  const [left, right] = [places[0]!, places[1]!];
  const sizes = [inputs[0]![left]!, inputs[1]![right]!] as const;
  const order = compare(...sizes);
  if (order === "equal") return [left, right];
  const names = [axisName(inputs[0]!, left), axisName(inputs[1]!, right)];
  const causes = [
    { input: 0, axis: left },
    { input: 1, axis: right },
  ] as const;
  const message = `dot: ${names[0]!} of ${tensorText(context, 0)} and ${names[1]!} of ${tensorText(context, 1)} must be the same`;
  if (order === "unequal") {
    report({ code: "CNN207", message, text: sizes.join(" and "), causes });
    return undefined;
  }
  const text = causes.map((cause, index) => sizeText(context, cause, sizes[index]!)).join(" = ");
  const condition = { asks: { kind: "equal", left: sizes[0], right: sizes[1] }, text } as const;
  report({ code: "CNN211", severity: "warning", message, causes, condition });
  return [left, right];
}
