import type { LayerForm } from "../form.ts";
import { type LayerReader, pairsText, windowText } from "../layer-reader.ts";

const pad = (rank: number): LayerForm => ({
  statements(layer) {
    layer.expectChannelsLast();
    const pairs = layer.pairs("padding", rank);
    return pairs.length === 0 ? [] : [`pad ${pairsText(pairs)}`];
  },
});

const crop = (rank: number): LayerForm => ({
  statements(layer) {
    layer.expectChannelsLast();
    const pairs = layer.pairs("cropping", rank);
    return pairs.length === 0 ? [] : [`crop ${pairsText(pairs)}`];
  },
});

const upsample = (rank: number): LayerForm => ({
  statements(layer) {
    layer.expectChannelsLast();
    const mode = layer.text("interpolation", "nearest");
    if (mode !== "nearest" && !(mode === "bilinear" && rank === 2)) {
      layer.refuse(
        `its interpolation "${mode}" has no counterpart`,
        "nearest and, for images, bilinear are there",
      );
    }
    const word = mode === "bilinear" ? " bilinear" : "";
    return [`upsample ${windowText(layer.window("size", rank, [2]))}${word}`];
  },
});

export const shapeForms = {
  Flatten: {
    statements(layer) {
      layer.expectChannelsLast();
      return ["flatten"];
    },
  },
  Reshape: {
    statements(layer) {
      const target = layer.config["target_shape"];
      const sizes = Array.isArray(target) ? (target as unknown[]) : [];
      if (sizes.length === 0 || !sizes.every((size) => typeof size === "number")) {
        layer.refuse(`its target_shape is ${JSON.stringify(target) ?? "missing"}`);
        return [];
      }
      return [`reshape ${sizes.map((size) => (size === -1 ? "?" : String(size))).join("x")}`];
    },
  },
  Permute: { statements: (layer) => permute(layer) },
  RepeatVector: { statements: (layer) => [`repeat_vector ${layer.number("n")}`] },
  ZeroPadding1D: pad(1),
  ZeroPadding2D: pad(2),
  ZeroPadding3D: pad(3),
  Cropping1D: crop(1),
  Cropping2D: crop(2),
  Cropping3D: crop(3),
  UpSampling1D: upsample(1),
  UpSampling2D: upsample(2),
  UpSampling3D: upsample(3),
} satisfies Readonly<Record<string, LayerForm>>;

function permute(layer: LayerReader): readonly string[] {
  const dims = layer.config["dims"];
  const order = Array.isArray(dims) ? (dims as unknown[]) : [];
  if (order.length === 0 || !order.every((axis) => typeof axis === "number")) {
    layer.refuse(`its dims are ${JSON.stringify(dims) ?? "missing"}`);
    return [];
  }
  return [`permute ${order.join("x")}`];
}
