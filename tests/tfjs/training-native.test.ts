import { describe } from "vitest";
import { findNativeTensorFlow } from "../../src/engine/tfjs/packages.ts";
import { describeTraining } from "./engine-cases.ts";

// A file of its own: two copies of TensorFlow.js in one process share their engine.
if (findNativeTensorFlow().state === "loaded") describeTraining("tensorflow");
else describe.skip("training on TensorFlow.js, tensorflow (tfjs-node is not installed)", () => undefined);
