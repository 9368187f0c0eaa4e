import { describe } from "vitest";
import { openWebGpu } from "../../src/engine/tfjs/web-gpu.ts";
import { describeLayerParity } from "./layer-parity.ts";

// A file of its own: Dawn stays in the process. In `npm run verify`, since every shader is compiled for its shapes, and on eight programs a
// kind at most, since in software that takes a while.
const each = Math.min(8, Number(process.env["CNN_PARITY_LAYERS"] ?? 0));
const hasGpu =
  each > 0 &&
  (await openWebGpu().then(
    () => true,
    () => false,
  ));

if (hasGpu) describeLayerParity("webgpu", each);
else {
  describe.skip("each layer gives the same on WebGPU (in `npm run verify`, where there is a GPU)", () =>
    undefined);
}
