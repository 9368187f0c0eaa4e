import { hardSigmoidOfKeras2, type LayerForm } from "../form.ts";
import { type LayerReader, numberText } from "../layer-reader.ts";

function parameter(
  layer: LayerReader,
  word: string,
  keys: readonly string[],
  usual: number,
): readonly string[] {
  const key = keys.find((each) => layer.config[each] !== undefined) ?? keys[0]!;
  const value = layer.number(key, usual);
  return [`${word}${value === usual ? "" : ` ${numberText(value)}`}`];
}

export const activationForms = {
  Activation: {
    statements(layer) {
      const word = layer.activation() ?? "linear";
      if (word === "hard_sigmoid" && layer.dialect === "keras2") return hardSigmoidOfKeras2;
      return [word === "leaky_relu" ? "leaky_relu 0.2" : word];
    },
  },
  ReLU: {
    statements(layer) {
      const [slope, threshold] = [layer.number("negative_slope", 0), layer.number("threshold", 0)];
      const highest = layer.config["max_value"] ?? undefined;
      if (
        threshold !== 0 ||
        (slope !== 0 && highest !== undefined) ||
        (highest !== undefined && highest !== 6)
      ) {
        layer.refuse("a ReLU with a threshold, or with a greatest value other than 6, has no counterpart");
      }
      return [slope !== 0 ? `leaky_relu ${numberText(slope)}` : highest === undefined ? "relu" : "relu6"];
    },
  },
  LeakyReLU: { statements: (layer) => parameter(layer, "leaky_relu", ["negative_slope", "alpha"], 0.3) },
  ELU: { statements: (layer) => parameter(layer, "elu", ["alpha"], 1) },
  Softmax: {
    statements(layer) {
      layer.expectLastAxis();
      return ["softmax"];
    },
  },
  PReLU: {
    weights: {},
    statements(layer) {
      const shared = layer.config["shared_axes"];
      layer.regularizers([""]);
      return [Array.isArray(shared) && shared.length > 0 ? `prelu shared=${shared.join("x")}` : "prelu"];
    },
  },
  Identity: { statements: () => [] },
} satisfies Readonly<Record<string, LayerForm>>;
