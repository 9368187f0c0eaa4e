import { expect, test } from "vitest";
import type { DataLayout } from "../../src/onnx/deploy/description.ts";
import { exportOnnx } from "../../src/onnx/deploy/export.ts";
import { explainMoves } from "../../src/onnx/deploy/moves.ts";
import { compileModel } from "./compile-model.ts";

const tokens = "input 12x5; conv 6 3 stride=3; layer_norm; attention 2";

test.each<[source: string, layout: DataLayout, opset: number, reasons: readonly string[]]>([
  ["input 8x8x3; conv 4 3x3; global_pool avg; dense 2", "channels_first", 20, []],
  [
    "input photo 8x8x3; map: conv 4 3x3",
    "channels_last",
    20,
    ["the input photo is given channels last", "the output map is wanted channels last"],
  ],
  [`${tokens}; dense 3; last: relu`, "channels_last", 20, []],
  [
    `${tokens}; global_pool avg`,
    "channels_first",
    11,
    [expect.stringMatching(/^\d within the model, since there is no Einsum before opset 12$/)],
  ],
  ["input 4x5x6; conv 3 1x1; permute 2x1x3; conv 2 2x2", "channels_first", 20, ["1 within the model"]],
])("%s, %s, opset %i", (source, layout, opset, reasons) => {
  const { graph, weights } = compileModel(source);
  expect(explainMoves(exportOnnx(graph, weights, { layout, opset }), layout)).toEqual(reasons);
});
