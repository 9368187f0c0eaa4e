// onnx-proto: another implementation's schema and codec, as an independent witness.
import { createRequire } from "node:module";

export const { onnx: witness } = createRequire(import.meta.url)("onnx-proto") as typeof import("onnx-proto");
