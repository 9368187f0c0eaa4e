import { type LossName, lossKinds } from "../../autodiff/losses/losses.ts";
import type { ArgumentTable } from "../../settings/argument.ts";
import { number, optionalFlag, optionalText } from "../../settings/argument.ts";
import { kindListSetting, type KindsOf } from "../../settings/setting.ts";
import { foreignNames } from "./foreign-names.ts";

/** What every loss may say beside its own arguments. */
const shared = {
  output: optionalText("the output that it is for; every output where nothing is said", "an output's name"),
  weight: number("what it counts in the sum over all outputs", { default: 1, minimum: 0 }),
};

/** What the losses of logits may say beside. */
const ofLogits = {
  fromLogits: optionalFlag(
    "whether the model ends in logits, as its last activation says too; where the two contradict each other there is a warning",
  ),
};

type LossForms = {
  readonly [Name in LossName]: {
    readonly summary: string;
    readonly arguments: (typeof lossKinds)[Name]["arguments"] & typeof shared & Partial<typeof ofLogits>;
  };
};

const lossForms = Object.fromEntries(
  Object.entries(lossKinds).map(([name, { summary, arguments: own, wantsLogits }]) => [
    name,
    {
      summary,
      arguments: { ...(own as ArgumentTable), ...shared, ...(wantsLogits ? ofLogits : {}) },
    },
  ]),
) as unknown as LossForms;

export type LossSetting = KindsOf<LossForms>;

/** What training makes small. */
export const lossSettings = {
  loss: kindListSetting<LossForms>(lossForms, {
    what: "a loss",
    foreign: foreignNames.loss,
    summary:
      "What training makes small, computed on logits where the last activation allows; one for all outputs, or one for each with `output=`.",
    example: "loss cross_entropy label_smoothing=0.1",
    defaultText: "follows from the last activation",
    keyOf: ({ output }) => output ?? "",
  }),
};
