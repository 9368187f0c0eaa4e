import { describe } from "vitest";
import { findNativeTensorFlow } from "../../src/engine/tfjs/packages.ts";
import { describeModelParity } from "./random-models.ts";

if (findNativeTensorFlow().state === "loaded") {
  describeModelParity("tensorflow", Number(process.env["CNN_PARITY_MODELS"] ?? 25));
} else {
  describe.skip("random models give the same on both engines (tfjs-node is not installed)", () => undefined);
}
