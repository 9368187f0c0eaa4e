import type { LintCode, Rule } from "./rule.ts";
import { findBiasBeforeNorm } from "./rules/bias-before-norm.ts";
import { findChannelsFirst } from "./rules/channels-first.ts";
import { checkClassCount } from "./rules/class-count.ts";
import { findDeadLayers } from "./rules/dead-layers.ts";
import { findDenseOnImages } from "./rules/dense-on-image.ts";
import { findDroppedCells } from "./rules/dropped-cells.ts";
import { findDropoutBeforeNorm } from "./rules/dropout-before-norm.ts";
import { findHighDropout } from "./rules/dropout-rate.ts";
import { findDropoutBeforePools } from "./rules/dropout-before-pool.ts";
import { findEarlyPools } from "./rules/early-pool.ts";
import { findEqualWeights } from "./rules/equal-weights.ts";
import { checkFromLogits } from "./rules/from-logits.ts";
import { findHeavyDense } from "./rules/heavy-dense.ts";
import { findHiddenSoftmax } from "./rules/hidden-softmax.ts";
import { findIdleLayers } from "./rules/idle-layers.ts";
import { findLargeKernels } from "./rules/large-kernel.ts";
import { checkLearningRate } from "./rules/learning-rate.ts";
import { checkLoss } from "./rules/loss-and-activation.ts";
import { findMissingActivations } from "./rules/missing-activation.ts";
import { findNamedCurrent } from "./rules/named-current.ts";
import { findNoiseAtEnd } from "./rules/noise-at-end.ts";
import { findNormAtEnd } from "./rules/norm-at-end.ts";
import { checkNormOfOne } from "./rules/norm-of-one.ts";
import { findPaddingTaps } from "./rules/padding-taps.ts";
import { checkPretrainedRate } from "./rules/pretrained-rate.ts";
import { findSmallReceptiveFields } from "./rules/receptive-field.ts";
import { findRepeatedActivations } from "./rules/repeated-activation.ts";
import { findRepeatedPools } from "./rules/repeated-pools.ts";
import { findRepeatedSoftmax } from "./rules/repeated-softmax.ts";
import { findSaturatingActivations } from "./rules/saturating-activations.ts";
import { findSoftmaxOverOne } from "./rules/softmax-over-one.ts";
import { findUnusedDefinitions } from "./rules/unused-definitions.ts";
import { findWindowGaps } from "./rules/window-gaps.ts";

/** Every rule by the code of its findings: CNN50x shapes, CNN51x activations, CNN52x weights, CNN53x training, CNN54x the text and the order of layers. */
export const rules = {
  CNN500: findDroppedCells,
  CNN501: findWindowGaps,
  CNN502: findPaddingTaps,
  CNN503: findLargeKernels,
  CNN504: findSmallReceptiveFields,
  CNN505: findChannelsFirst,
  CNN506: findDenseOnImages,
  CNN507: findEarlyPools,
  CNN510: findMissingActivations,
  CNN511: findRepeatedActivations,
  CNN512: findRepeatedSoftmax,
  CNN513: findSoftmaxOverOne,
  CNN514: findHiddenSoftmax,
  CNN515: findSaturatingActivations,
  CNN520: findBiasBeforeNorm,
  CNN521: findDropoutBeforeNorm,
  CNN522: findNormAtEnd,
  CNN523: findHighDropout,
  CNN524: findEqualWeights,
  CNN525: findHeavyDense,
  CNN530: checkFromLogits,
  CNN531: checkLoss,
  CNN532: checkClassCount,
  CNN533: checkLearningRate,
  CNN534: checkNormOfOne,
  CNN540: findDeadLayers,
  CNN541: findUnusedDefinitions,
  CNN542: findIdleLayers,
  CNN543: findDropoutBeforePools,
  CNN544: findRepeatedPools,
  CNN545: findNoiseAtEnd,
  CNN546: checkPretrainedRate,
  CNN547: findNamedCurrent,
} satisfies Readonly<Record<LintCode, Rule>>;
