import type { LayerForm } from "../form.ts";
import { numberText } from "../layer-reader.ts";

const rated = (word: string, key: string): LayerForm => ({
  statements(layer) {
    layer.expect("noise_shape", [], "every number is dropped on its own");
    return [`${word} ${numberText(layer.number(key))}`];
  },
});

/** Layers that change pictures in training, and do nothing to a trained network. */
const augmenting: LayerForm = {
  statements(layer) {
    layer.note(`${layer.className} is left out: it acts in training alone; say \`augment { … }\` for it`);
    return [];
  },
};

export const regularizationForms = {
  Dropout: rated("dropout", "rate"),
  SpatialDropout1D: rated("spatial_dropout", "rate"),
  SpatialDropout2D: rated("spatial_dropout", "rate"),
  SpatialDropout3D: rated("spatial_dropout", "rate"),
  GaussianNoise: rated("gaussian_noise", "stddev"),
  GaussianDropout: rated("gaussian_dropout", "rate"),
  RandomFlip: augmenting,
  RandomRotation: augmenting,
  RandomZoom: augmenting,
  RandomTranslation: augmenting,
  RandomContrast: augmenting,
  RandomBrightness: augmenting,
} satisfies Readonly<Record<string, LayerForm>>;
