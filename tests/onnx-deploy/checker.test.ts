import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { layerDefinitions } from "../../src/layers/index.ts";
import { exportOnnx } from "../../src/onnx/deploy/export.ts";
import { writeOnnx } from "../../src/onnx/write.ts";
import { compileExample } from "./compile-model.ts";

/** A Python with the onnx package; set CNN_PEERS_PYTHON to run this. */
const python = process.env["CNN_PEERS_PYTHON"];

/** Checks each file, and that the shapes it states are those that ONNX infers. */
const check = `
import sys, onnx
for path in sys.argv[1:]:
    model = onnx.load(path)
    try:
        onnx.checker.check_model(model, full_check=True)
        onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    except Exception as error:
        print(path, error)
`;

it.skipIf(python === undefined)(
  "ONNX's own checker accepts every layer kind's example in several operator sets",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "cnn-checker-"));
    try {
      const paths = Object.entries(layerDefinitions).flatMap(([kind, { example }]) => {
        const { graph, weights } = compileExample(example);
        return [9, 12, 13, 17, 21, 23].flatMap((opset) =>
          (["channels_first", "channels_last"] as const).map((layout) => {
            const path = join(folder, `${kind}-${opset}-${layout}.onnx`);
            writeFileSync(path, writeOnnx(exportOnnx(graph, weights, { opset, layout })));
            return path;
          }),
        );
      });
      expect(execFileSync(python!, ["-c", check, ...paths], { encoding: "utf8" })).toBe("");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  120_000,
);
