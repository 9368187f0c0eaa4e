import { setActivation } from "../changes.ts";
import { activationOf } from "../layer-facts.ts";
import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";
import { isSoftmax } from "./repeated-activation.ts";

/** exp(x)/exp(x) is 1 whatever the weights are. */
export function* findSoftmaxOverOne({ layers }: Network): Iterable<Finding> {
  for (const layer of layers) {
    const activation = activationOf(layer);
    if (!isSoftmax(activation) || layer.shape?.at(-1)?.value !== 1) continue;
    yield {
      at: layer,
      argument: "activation",
      message: `${activation} over one unit is always ${activation === "softmax" ? 1 : 0}`,
      arithmetic: activation === "softmax" ? "exp(x)/exp(x) = 1" : "log(exp(x)/exp(x)) = 0",
      help: "use `sigmoid` for a question of yes or no, or give each class a unit",
      fix: setActivation(layer, "sigmoid", "use `sigmoid`"),
    };
  }
}
