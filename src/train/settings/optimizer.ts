import { optimizerKinds } from "../../autodiff/optimizers/optimizers.ts";
import { defaultKind, kindSetting, type KindsOf } from "../../settings/setting.ts";

export type OptimizerSettings = KindsOf<typeof optimizerKinds>;

/** How weights follow their gradients. */
export const optimizerSettings = {
  optimizer: kindSetting(optimizerKinds, {
    what: "an optimizer",
    foreign: { sgd: ["momentum", "gradientdescent", "gd"], nadam: ["nesterovadam"] },
    summary: "How weights follow their gradients; formulas, names and defaults are Keras'.",
    example: "optimizer adam 0.001",
    default: defaultKind(optimizerKinds, "adam") as OptimizerSettings,
    defaultText: "`adam` 0.001",
    // Another rate leaves the moments what they are.
    mayChangeOnResume: (begun, asked) =>
      JSON.stringify({ ...begun, learningRate: 0 }) === JSON.stringify({ ...asked, learningRate: 0 }),
  }),
};
