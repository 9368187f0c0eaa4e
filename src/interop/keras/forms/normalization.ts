import type { LayerForm } from "../form.ts";
import { type LayerReader, numberText } from "../layer-reader.ts";

function epsilon(layer: LayerReader, usual: number): string {
  const value = layer.number("epsilon", usual);
  return value === usual ? "" : ` epsilon=${numberText(value)}`;
}

function affine(layer: LayerReader): string {
  const scale = layer.flag("scale", true) ? "" : " scale=no";
  return `${scale}${layer.flag("center", true) ? "" : " center=no"}`;
}

export const normalizationForms = {
  BatchNormalization: {
    weights: {},
    statements(layer) {
      layer.expectLastAxis();
      layer.expect("renorm", [false], "batch renormalisation has no counterpart");
      layer.regularizers([""]);
      const momentum = layer.number("momentum", 0.99);
      const word = momentum === 0.99 ? "" : ` momentum=${numberText(momentum)}`;
      return [`bn${word}${epsilon(layer, 0.001)}${affine(layer)}`];
    },
  },
  LayerNormalization: {
    weights: {},
    statements(layer) {
      layer.expectLastAxis();
      layer.expect("rms_scaling", [false], "use RMSNormalization");
      return [`layer_norm${epsilon(layer, 0.001)}${affine(layer)}`];
    },
  },
  GroupNormalization: {
    weights: {},
    statements(layer) {
      layer.expectLastAxis();
      const groups = layer.number("groups", 32);
      const word = groups === -1 ? "instance_norm" : `group_norm ${groups}`;
      return [`${word}${epsilon(layer, 0.001)}${affine(layer)}`];
    },
  },
  RMSNormalization: {
    weights: {},
    statements(layer) {
      layer.expectLastAxis();
      return [`rms_norm${epsilon(layer, 1e-6)}`];
    },
  },
  Rescaling: {
    statements(layer) {
      const offset = layer.number("offset", 0);
      const more = offset === 0 ? "" : ` offset=${numberText(offset)}`;
      return [`rescale ${numberText(layer.number("scale"))}${more}`];
    },
  },
  Normalization: {
    weights: {},
    statements(layer) {
      layer.expect("invert", [false], "it cannot be inverted");
      layer.expectLastAxis();
      const [mean, variance] = [soleNumber(layer.config["mean"]), soleNumber(layer.config["variance"])];
      if (mean === undefined || variance === undefined) return ["normalize"];
      return [`normalize mean=${numberText(mean)} variance=${numberText(variance)}`];
    },
  },
} satisfies Readonly<Record<string, LayerForm>>;

function soleNumber(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
