import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { buildGradients } from "../../src/autodiff/gradients.ts";
import { importOnnxRuntime } from "../../src/engine/onnx-runtime.ts";
import { selectForms } from "../../src/onnx/select/select.ts";
import { writeOnnx } from "../../src/onnx/write.ts";
import { TensorBuilder } from "../../src/tensor/builder.ts";
import { evaluateTensorGraph } from "../../src/tensor/reference/evaluate.ts";

interface Tie {
  readonly window: number;
  readonly stride: number;
  readonly size: number;
  readonly input: readonly number[];
  readonly weights: readonly number[];
  readonly gradient: readonly number[];
}

/** Made by tests/train/cases/schedules.py, which found TensorFlow's and PyTorch's gradients equal. */
const cases = JSON.parse(
  readFileSync(new URL("cases/pooling-ties.json", import.meta.url), "utf8"),
) as readonly Tie[];

it.each(cases.map((each) => [`${each.window}x${each.window} stride ${each.stride}`, each] as const))(
  "max pooling gives the gradient to the first of equal numbers, as TensorFlow and PyTorch: %s",
  async (_, { window, stride, size, input, weights, gradient }) => {
    const b = new TensorBuilder();
    const x = b.input("data", "x", [2, size, size, 2]);
    const none = [0, 0] as const;
    const y = b.maxPool(x, {
      kernel: [window, window],
      stride: [stride, stride],
      dilation: [1, 1],
      pads: [none, none],
    });
    const weighted = b.multiply(y, b.constant(b.shape(y) as number[], Float32Array.from(weights)));
    const sum = b.reduceSum(weighted, [0, 1, 2, 3]);
    const graph = b.finish({ gradient: buildGradients(b, sum, [x])[0]! });
    const shape = [2, size, size, 2];
    const data = Float32Array.from(input);
    const reference = evaluateTensorGraph(graph, new Map([["x", { shape, data }]])).get("gradient")!.data;
    const runtime = await importOnnxRuntime();
    const model = selectForms(graph, { provider: "cpu" });
    const session = await runtime.InferenceSession.create(writeOnnx(model), { logSeverityLevel: 4 });
    const results = await session.run({ x: new runtime.Tensor("float32", data, shape) });
    await session.release();
    const selected = results["gradient"]!.data as Float32Array;
    gradient.forEach((value, at) => {
      expect(reference[at]).toBeCloseTo(value, 5);
      expect(selected[at]).toBeCloseTo(value, 5);
    });
  },
);
