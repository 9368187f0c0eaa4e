import { describeLayerParity } from "./layer-parity.ts";

describeLayerParity("cpu", Number(process.env["CNN_PARITY_LAYERS"] ?? 1));
