import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";
import { trainingOf } from "../training.ts";

/** Batch norm over one number a channel, in training with batches of one: the number less its own mean is 0. */
export function* checkNormOfOne(network: Network): Iterable<Finding> {
  const batch = trainingOf(network)?.first("batch");
  if (batch?.value !== 1) return;
  const layer = network.layers.find(
    ({ node, shape }) =>
      node.kind === "bn" && node.trainable && shape?.slice(0, -1).every((dim) => dim.value === 1) === true,
  );
  if (layer === undefined) return;
  yield {
    at: batch.span,
    message: "batches of one: bn subtracts each number from itself and gives the same for every example",
    arithmetic: "x - mean(x) = 0",
    labels: [{ span: layer.node.span, text: "one number a channel here" }],
    help: "use batches of 16 or more, or `layer_norm`, which needs none",
  };
}
