import { describe } from "vitest";
import { findNativeTensorFlow } from "../../src/engine/tfjs/packages.ts";
import { describeLayerParity } from "./layer-parity.ts";

if (findNativeTensorFlow().state === "loaded") {
  describeLayerParity("tensorflow", Number(process.env["CNN_PARITY_LAYERS"] ?? 1));
} else {
  describe.skip("each layer gives the same on both engines (tfjs-node is not installed)", () => undefined);
}
