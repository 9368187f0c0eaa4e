// ONNX's conformance cases, as Debian's package libonnx-testdata installs them: whatever other tools write, we read, and
// writing it again loses nothing.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { OnnxModel, OnnxTensor, OnnxType } from "../../src/onnx/onnx-graph.ts";
import { readOnnx, readTensor } from "../../src/onnx/read.ts";
import { writeOnnx, writeTensor } from "../../src/onnx/write.ts";

const folder = "/usr/share/libonnx-testdata/data";
const files = existsSync(folder) ? (readdirSync(folder, { recursive: true }) as string[]).sort() : [];

/** Strict equality that is quick for large tensors too. */
function expectSameTensor(actual: OnnxTensor, expected: OnnxTensor): void {
  const { data, ...rest } = expected;
  expect({ ...actual, data: undefined }).toEqual({ ...rest, data: undefined });
  if (!ArrayBuffer.isView(data)) return expect(actual.data).toEqual(data);
  const bytes = (view: ArrayBufferView) => Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  expect(ArrayBuffer.isView(actual.data) && Buffer.compare(bytes(actual.data), bytes(data))).toBe(0);
}

function withoutInitializers(model: OnnxModel): OnnxModel {
  return { ...model, graph: { ...model.graph, initializers: [] } };
}

/** The types of what a case's files hold: inputs without a default, and outputs. */
function typesOf({ graph }: OnnxModel): Record<"input" | "output", (OnnxType | undefined)[]> {
  const initialized = new Set(graph.initializers.map((tensor) => tensor.name));
  return {
    input: graph.inputs.filter((input) => !initialized.has(input.name)).map((input) => input.type),
    output: graph.outputs.map((output) => output.type),
  };
}

// Skipped where libonnx-testdata is not installed.
describe.skipIf(files.length === 0)("conformance cases", () => {
  const models = files.filter((file) => file.endsWith("model.onnx"));

  it("every model, read and written again, is the same model", () => {
    expect(models.length).toBeGreaterThanOrEqual(1072);
    for (const file of models) {
      const model = readOnnx(readFileSync(join(folder, file)), file);
      expect(model.graph.nodes.length).toBeGreaterThan(0);
      const again = readOnnx(writeOnnx(model), file);
      expect(withoutInitializers(again), file).toEqual(withoutInitializers(model));
      model.graph.initializers.forEach((tensor, index) => {
        expectSameTensor(again.graph.initializers[index]!, tensor);
      });
    }
  });

  it("every tensor of the test data, read and written again, is the same tensor, of the type that the model says", () => {
    const inputs = new Map(
      models.map((file) => [dirname(file), typesOf(readOnnx(readFileSync(join(folder, file)), file))]),
    );
    let tensors = 0;
    for (const file of files.filter((name) => name.endsWith(".pb"))) {
      const [, role, index] = /(input|output)_(\d+)\.pb$/.exec(file)!;
      const type = inputs.get(dirname(dirname(file)))![role as "input" | "output"][Number(index)];
      // Sequences and optionals are stored as other messages.
      if (type?.kind !== "tensor") continue;
      const tensor = readTensor(readFileSync(join(folder, file)), file);
      // The files keep a bfloat16's bits as uint16.
      expect(tensor.dataType, file).toBe(type.dataType === "bfloat16" ? "uint16" : type.dataType);
      expectSameTensor(readTensor(writeTensor(tensor), file), tensor);
      tensors++;
    }
    expect(tensors).toBeGreaterThan(3000);
  });
});
