import { type LayerForm, withActivation } from "../form.ts";
import { isObject, type JsonObject, textOr } from "../json.ts";
import { type LayerReader, numberText } from "../layer-reader.ts";

/** Layers that work on each position alike anyway, so that a wrapper which says so changes nothing. */
const positionwise: Readonly<Record<string, (layer: LayerReader) => readonly string[]>> = {
  Dense: (layer) => dense(layer),
  Dropout: (layer) => [`dropout ${numberText(layer.number("rate"))}`],
  Activation: (layer) => [layer.activation() ?? "linear"],
};

export const denseForms = {
  Dense: { weights: {}, statements: (layer) => dense(layer) },
  Embedding: {
    weights: {},
    statements(layer) {
      layer.expect("mask_zero", [false], "no number is masked");
      return [`embedding ${layer.number("input_dim")} ${layer.number("output_dim")}`];
    },
  },
  MultiHeadAttention: { weights: {}, statements: (layer) => attention(layer) },
  TimeDistributed: {
    weights: {},
    statements(layer) {
      const inner = layer.config["layer"];
      const className = isObject(inner) ? textOr(inner["class_name"], "") : "";
      const form = Object.hasOwn(positionwise, className) ? positionwise[className] : undefined;
      if (form !== undefined) return form(layer.within((inner as JsonObject)["config"], className));
      layer.refuse(`a ${className || "layer"} for each step has no counterpart`);
      return [];
    },
  },
} satisfies Readonly<Record<string, LayerForm>>;

function dense(layer: LayerReader): readonly string[] {
  const bias = layer.flag("use_bias", true) ? "" : " bias=no";
  const words = `dense ${layer.number("units")}${bias}${layer.initializer()}${layer.regularizers()}`;
  return withActivation(layer, words);
}

/** Self-attention alone: query, key and value are one tensor, which `writeProgram` sees to. */
function attention(layer: LayerReader): readonly string[] {
  const key = layer.number("key_dim");
  layer.expect("value_dim", [key], "values are as long as keys");
  layer.expect("output_shape", [], "the result has the input's channels");
  layer.expect("use_gate", [false], "there is no gate");
  layer.expect("sliding_window", [], "every position sees every other");
  const dropout = layer.number("dropout", 0);
  const more = dropout === 0 ? "" : ` dropout=${numberText(dropout)}`;
  const bias = layer.flag("use_bias", true) ? "" : " bias=no";
  return [`attention ${layer.number("num_heads")} key=${key}${more}${bias}${layer.initializer()}`];
}
