import type { LayerForm } from "../form.ts";
import { windowArgument, windowText } from "../layer-reader.ts";

const pool = (mode: "max" | "avg", rank: number): LayerForm => ({
  statements(layer) {
    layer.expectChannelsLast();
    const size = layer.window("pool_size", rank, [2]);
    const stride = layer.config["strides"] === null ? size : layer.window("strides", rank, size);
    const isUsual = stride.every((step, axis) => step === size[axis]);
    const padding = layer.text("padding", "valid").toLowerCase();
    layer.expect("padding", ["valid", "same", "VALID", "SAME"], "it has no counterpart");
    const more = `${isUsual ? "" : windowArgument("stride", stride, NaN)}${padding === "same" ? " same" : ""}`;
    return [`pool ${mode} ${windowText(size)}${more}`];
  },
});

const globalPool = (mode: "max" | "avg"): LayerForm => ({
  statements(layer) {
    layer.expectChannelsLast();
    return [`global_pool ${mode}${layer.flag("keepdims", false) ? " keepdims=yes" : ""}`];
  },
});

export const poolingForms = {
  MaxPooling1D: pool("max", 1),
  MaxPooling2D: pool("max", 2),
  MaxPooling3D: pool("max", 3),
  AveragePooling1D: pool("avg", 1),
  AveragePooling2D: pool("avg", 2),
  AveragePooling3D: pool("avg", 3),
  GlobalMaxPooling1D: globalPool("max"),
  GlobalMaxPooling2D: globalPool("max"),
  GlobalMaxPooling3D: globalPool("max"),
  GlobalAveragePooling1D: globalPool("avg"),
  GlobalAveragePooling2D: globalPool("avg"),
  GlobalAveragePooling3D: globalPool("avg"),
} satisfies Readonly<Record<string, LayerForm>>;
