import { rmSync, statSync } from "node:fs";
import { totalmem } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ShapedGraph } from "../../src/analyze/shaped-graph.ts";
import { exportModel } from "../../src/engine/export-model.ts";
import { loadOnnxModel } from "../../src/engine/inference.ts";
import { writeOnnx } from "../../src/onnx/write.ts";
import type { WeightValues } from "../../src/tensor/weight-values.ts";
import { initializeWeights } from "../../src/weights/initialize.ts";
import { runCommand, temporaryFolder } from "../cli/run-command.ts";
import { candidates, compileSmall, inputsOf, isFull, namesInPortion } from "./library-models.ts";

/** Of float32 in a .onnx file, which cannot hold 2 GiB: regnet_y_128gf alone is larger, and has its weights in a file beside it. */
const mostWeights = 2 ** 29;

/**
 * Initial weights. Untrained batch norm does not normalise in inference, so that sums over hundreds of blocks grow beyond float32, with
 * Keras' and PyTorch's, too; in the deepest network it therefore makes each block's part small.
 */
function weightsOf(model: ShapedGraph): WeightValues {
  const weights = initializeWeights(model, 0);
  if (model.layers.length < 2000) return weights;
  return new Map(
    [...weights].map(([key, { shape, data }]) => [
      key,
      { shape, data: key.endsWith("/gamma") ? data.map(() => 0.1) : data },
    ]),
  );
}

describe("every model exports and runs in ONNX Runtime", () => {
  const quick = candidates.filter(
    ({ weights, products }) => weights < mostWeights && (isFull || (weights < 3e6 && products < 3e8)),
  );
  test.each(namesInPortion(quick))("%s", async (name) => {
    const model = compileSmall(name);
    const { value } = exportModel(model, weightsOf(model), {});
    const session = await loadOnnxModel(writeOnnx(value!.exported.model), { threads: 1 });
    const outputs = await session.runAll(inputsOf(model, 1), 1);
    await session.dispose();
    expect(Object.keys(outputs)).toHaveLength(model.graph.outputs.length);
    for (const output of Object.values(outputs)) expect(output.every(Number.isFinite)).toBe(true);
  });
});

/** What `cnn export` of the largest model takes: its weights four times, in the graph, in the file's order, and twice in ONNX Runtime. */
const neededMemory = 12 * 2 ** 30;

test.skipIf(!isFull || totalmem() < neededMemory)(
  "the model above 2 GiB exports with its weights beside it and runs",
  async () => {
    const folder = temporaryFolder();
    try {
      const { code, out } = await runCommand(["export", "regnet_y_128gf", "model.onnx"], { folder });
      expect(out).toContain("runs and gives finite numbers");
      expect(code).toBe(0);
      expect(statSync(join(folder, "model.onnx.data")).size).toBeGreaterThan(2 ** 31);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  900_000,
);
