import { factorOutOfSum } from "./factor-out-of-sum.ts";
import { maxPoolFirst } from "./max-pool-first.ts";
import { scaleIntoKernel } from "./scale-into-kernel.ts";
import type { Rewrite } from "./rewrite.ts";
import { sumOfOneHot } from "./sum-of-one-hot.ts";

/** The rewrites of graphs that are trained: they save work, where an exported graph shall look as the model was written. */
export const rewritesForTraining: readonly Rewrite[] = [
  maxPoolFirst,
  factorOutOfSum,
  scaleIntoKernel,
  sumOfOneHot,
];
