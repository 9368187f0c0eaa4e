import { describe, expect, it } from "vitest";
import { chooseEngine } from "../../src/engine/choose.ts";
import { findNativeTensorFlow } from "../../src/engine/tfjs/packages.ts";
import { planFor } from "../engine/training-models.ts";
import { describeTraining } from "./engine-cases.ts";

// A file of its own: two copies of TensorFlow.js in one process share their engine.
if (findNativeTensorFlow().state === "loaded") {
  describeTraining("tensorflow");
  it("the engine is chosen by speed, and ONNX Runtime where TensorFlow.js has no gradients", async () => {
    const choose = async (text: string) =>
      chooseEngine({ engine: "auto", device: "cpu" }, planFor(text, [64], 4));
    expect((await choose("dense 5 softmax\n")).notes[0]).toMatch(
      /the faster here: \d+ examples\/s on ONNX Runtime/,
    );
    const deep = await choose("reshape 2x2x2x2x2x2x1\nrelu; flatten; dense 5 softmax\n");
    expect([deep.name, ...deep.notes]).toEqual([
      "ort",
      "ONNX Runtime runs: TensorFlow.js cannot train this model",
    ]);
  });
} else describe.skip("training on TensorFlow.js, tensorflow (tfjs-node is not installed)", () => undefined);
