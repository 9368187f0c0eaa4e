import type { LayerForm } from "../form.ts";
import { activationForms } from "./activations.ts";
import { convolutionForms } from "./convolutions.ts";
import { denseForms } from "./dense.ts";
import { mergingForms } from "./merging.ts";
import { normalizationForms } from "./normalization.ts";
import { ownForms } from "./own.ts";
import { poolingForms } from "./pooling.ts";
import { regularizationForms } from "./regularization.ts";
import { shapeForms } from "./shapes.ts";

/** What each class becomes: Keras' own by their names, and those that our exports for TensorFlow.js bring with them. */
export const layerForms: ReadonlyMap<string, LayerForm> = new Map<string, LayerForm>(
  Object.entries({
    ...denseForms,
    ...convolutionForms,
    ...poolingForms,
    ...shapeForms,
    ...normalizationForms,
    ...activationForms,
    ...regularizationForms,
    ...mergingForms,
    ...ownForms,
  }),
);
