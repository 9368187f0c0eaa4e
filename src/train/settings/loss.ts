import { defaultKind, kindSetting, type KindsOf } from "../../settings/setting.ts";

const lossKinds = {
  cross_entropy: { summary: "one class of several", arguments: {} },
  binary_cross_entropy: { summary: "yes or no, for each unit by itself", arguments: {} },
  mse: { summary: "the mean of squared differences", arguments: {} },
} as const;

export type LossSetting = KindsOf<typeof lossKinds>;
export type LossName = LossSetting["name"];

/** A loss with all of its defaults. */
export const defaultLoss = (name: LossName): LossSetting => defaultKind(lossKinds, name);

/** What training makes small. */
export const lossSettings = {
  loss: kindSetting<typeof lossKinds, undefined>(lossKinds, {
    what: "a loss",
    summary: "What training makes small; it is computed on logits where the last activation allows.",
    example: "loss cross_entropy",
    default: undefined,
    defaultText: "follows from the last activation",
  }),
};
