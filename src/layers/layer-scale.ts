import { known } from "../graph/dim.ts";
import { number } from "./arguments.ts";
import type { LayerDefinition } from "./definition.ts";

const layerScaleArguments = {
  init: number("What every factor starts at.", { default: 1, positional: true, aliases: ["init_values"] }),
};

export const layerScale: LayerDefinition<typeof layerScaleArguments> = {
  title: "layer scale",
  documentation: `\`gamma·x\`, with a learned factor for each channel. Begun near 0, as with \`layer_scale 1e-6\`, it lets a residual block do nothing at
first (Touvron et al., 2021). Its products are not counted as multiply-accumulates, as those of batch norm are not. Keras: the
LayerScale of its ConvNeXt.`,
  example: "input 56x56x96\nadd {\n  branch { }\n  branch { depthwise 7x7 same; layer_scale 1e-6 }\n}",
  words: ["layer_scale"],
  foreignNames: ["LayerScale"],
  arity: "one",
  arguments: layerScaleArguments,
  kerasClass: () => "LayerScale",
  inferShape: ({ inputs: [input] }) => ({ shape: input!, derivations: [] }),
  weights: ([input], { init }) => [
    {
      name: "gamma",
      shape: input!.slice(-1),
      initializer: { kind: "constant", value: init },
      trainable: true,
    },
  ],
  multiplyAccumulates: () => known(0),
};
