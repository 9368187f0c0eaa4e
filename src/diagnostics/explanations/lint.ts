import type { Explanation } from "./explanation.ts";
import { activationLintExplanations } from "./lint-activations.ts";
import { programLintExplanations } from "./lint-program.ts";
import { shapeLintExplanations } from "./lint-shapes.ts";
import { trainingLintExplanations } from "./lint-training.ts";
import { weightLintExplanations } from "./lint-weights.ts";

/** CNN5xx: lint. */
export const lintExplanations = {
  ...shapeLintExplanations,
  ...activationLintExplanations,
  ...weightLintExplanations,
  ...trainingLintExplanations,
  ...programLintExplanations,
} satisfies Readonly<Record<string, Explanation>>;
