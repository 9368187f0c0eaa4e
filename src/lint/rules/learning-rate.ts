import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";
import { trainingOf } from "../training.ts";

/** From here on a rate seldom learns anything. Adam's steps are about as long as its rate, whatever the gradient is. */
const tooLarge: Readonly<Record<string, number>> = {
  adam: 0.1,
  adamw: 0.1,
  nadam: 0.1,
  rmsprop: 0.1,
  sgd: 10,
};
const usual: Readonly<Record<string, string>> = { sgd: "0.01 to 0.1" };

/** A learning rate of 0, or far above what the optimizer can work with. */
export function* checkLearningRate(network: Network): Iterable<Finding> {
  const training = trainingOf(network);
  const optimizer = training?.first("optimizer")?.value;
  const rate =
    training?.named("optimizer", "rate", "learning_rate", "lr") ?? training?.positional("optimizer", 1);
  if (typeof optimizer !== "string" || typeof rate?.value !== "number") return;
  const limit = tooLarge[optimizer];
  // A negative rate is a mistake, not a risk.
  if (limit === undefined || rate.value < 0 || (rate.value > 0 && rate.value < limit)) return;
  yield {
    at: rate.span,
    message:
      rate.value === 0
        ? "with a learning rate of 0 the weights stay as they are"
        : `${optimizer} with a learning rate of ${rate.value} jumps too far at each step to learn`,
    help: `usual are ${usual[optimizer] ?? "0.0001 to 0.01"}`,
  };
}
