import type { ShapedLayer } from "../../analyze/shaped-graph.ts";
import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";
import { trainingOf } from "../training.ts";

/** Rates from which on weights that were trained before are soon lost; the first is the default optimizer's own. */
const tooLarge: Readonly<Record<string, number>> = {
  adam: 0.001,
  adamw: 0.001,
  nadam: 0.001,
  rmsprop: 0.001,
  sgd: 0.1,
};
const defaultRate = 0.001;

/**
 * Weights from a file that training changes at a rate for fresh ones: the large gradients of a fresh top destroy what they
 * have learned (Keras' guide to transfer learning: "it's critical to only do this step after the model with frozen layers has
 * been trained to convergence", and with a very low rate).
 */
export function* checkPretrainedRate(network: Network): Iterable<Finding> {
  const training = trainingOf(network);
  const given = network.model.graph.pretrained.find((weights) =>
    network.layers.some((layer) => isLearnedAgain(layer, weights)),
  );
  if (training === undefined || given === undefined) return;
  const optimizer = training.first("optimizer")?.value ?? "adam";
  const said =
    training.named("optimizer", "rate", "learning_rate", "lr") ?? training.positional("optimizer", 1);
  const rate = said?.value ?? defaultRate;
  const limit = tooLarge[String(optimizer)];
  if (limit === undefined || typeof rate !== "number" || rate < limit) return;
  yield {
    at: said?.span ?? training.span,
    message: `${String(optimizer)} at ${rate} soon destroys weights that were trained before`,
    labels: [{ span: given.span, text: "these come from a file, and are not frozen" }],
    help: "freeze them, train the rest, and then train all at a rate such as 0.00001",
  };
}

function isLearnedAgain(
  { node, trainableParameters }: ShapedLayer,
  { first, end }: { first: number; end: number },
): boolean {
  return node.id >= first && node.id < end && node.trainable && trainableParameters.value !== 0;
}
