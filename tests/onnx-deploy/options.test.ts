import { describe, expect, it } from "vitest";
import { InputError } from "../../src/diagnostics/input-error.ts";
import { readDescription } from "../../src/onnx/deploy/description.ts";
import type { ModelDescription } from "../../src/onnx/deploy/description.ts";
import { exportOnnx } from "../../src/onnx/deploy/export.ts";
import type { ExportOptions } from "../../src/onnx/deploy/export.ts";
import { readOnnx } from "../../src/onnx/read.ts";
import type { OnnxModel } from "../../src/onnx/onnx-graph.ts";
import { writeOnnx } from "../../src/onnx/write.ts";
import { version } from "../../src/version.ts";
import { compileModel } from "./compile-model.ts";
import { expectExportRuns, operators } from "./harness.ts";

const network = `block unit(f) {
  add { branch { conv f 3x3 same bias=no; bn; relu; conv f 3x3 same; bn }; branch { conv f 1x1 } }
  relu
}
input 12x12x3; conv 4 3x3 same; bn; leaky_relu; unit 6; pool max 2; pool avg 2 same; global_pool avg; dense 4 softmax`;

function exported(source: string, options: ExportOptions = {}): OnnxModel {
  const { graph, weights } = compileModel(source);
  return readOnnx(writeOnnx(exportOnnx(graph, weights, options)), "test.onnx");
}

function failureOf(action: () => unknown): InputError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return error as InputError;
  }
  return expect.fail("nothing was thrown");
}

describe("operator sets", () => {
  it.each([7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23])(
    "%i is written and runs",
    async (opset) => {
      const model = await expectExportRuns(compileModel(network), { opset });
      expect(model.opsets).toEqual([{ domain: "", version: opset }]);
      expect(operators(model)).toBe(
        "Conv LeakyRelu Conv Relu Conv Conv Add Relu MaxPool AveragePool ReduceMean Gemm Softmax",
      );
    },
  );

  it("come with the file format of their release; 20 and 9 if nothing is said", () => {
    const formats = [7, 9, 10, 11, 12, 14, 15, 18, 19, 20, 21, 22, 23].map(
      (opset) => exported("input 4; dense 2", { opset }).irVersion,
    );
    expect(formats).toEqual([4, 4, 5, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11]);
    const model = exported("input 4; dense 2");
    expect([model.irVersion, model.opsets[0]!.version]).toEqual([9, 20]);
  });

  it("that are not supported are refused", () => {
    for (const opset of [6, 24, 17.5, Number.NaN, -1]) {
      const error = failureOf(() => exported("input 4; dense 2", { opset }));
      expect(error.message).toBe(`opset ${opset} is not supported: the operator set is 7 to 23`);
      expect(error.help).toMatch(/opset 20/);
    }
  });

  it("that lack an operator are refused with the layer's name", () => {
    const error = failureOf(() => exported("input 4; dense 2; bend: gelu", { opset: 8 }));
    expect(error.message).toBe('layer "bend" needs Erf, which ONNX has since opset 9, not in opset 8');
    expect(error.help).toBe("export with opset 9 or later");
    const merge = "input 4; maximum { branch { dense 2 }; branch { dense 2 } }";
    expect(failureOf(() => exported(merge, { opset: 7 })).message).toMatch(/needs Max.* opset 8/);
  });
});

describe("batch norm", () => {
  it("is folded into the layer before unless asked otherwise", async () => {
    const model = compileModel(network);
    const plain = await expectExportRuns(model, { foldBatchNorm: false });
    expect(operators(plain)).toBe(
      "Conv BatchNormalization LeakyRelu Conv BatchNormalization Relu Conv BatchNormalization Conv Add Relu MaxPool AveragePool ReduceMean Gemm Softmax",
    );
    expect(plain.graph.initializers.map(({ name }) => name)).toContain("batch_normalization/moving_mean");
  });

  it("is not folded where the values before it are used elsewhere, or are an output", async () => {
    const shared = compileModel("input 6x6x2; a: conv 3 3x3; bn; add a");
    expect(operators(await expectExportRuns(shared))).toBe("Conv BatchNormalization Add");
    const output = compileModel("input 6x6x2; a: conv 3 3x3; b: bn; output a b");
    expect(operators(await expectExportRuns(output))).toBe("Conv BatchNormalization");
  });
});

describe("the file's description", () => {
  const description: Omit<ModelDescription, "layout"> = {
    sourceName: "größe.cnn",
    sourceHash: "ab".repeat(32),
    languageVersion: 1,
    classNames: ["T-shirt/top", 'say "no"', "ß"],
    preprocessing: { scale: 1 / 255, offset: -0.5, colorOrder: "gray" },
  };

  it("comes back as it was given", () => {
    const model = exported("input 4x4x1; flatten; dense 3", {
      description,
      name: "lenet",
      docString: "For tests.",
    });
    expect(readDescription(model.metadata)).toEqual({ ...description, layout: "channels_first" });
    expect(model.graph.name).toBe("lenet");
    expect(model.docString).toBe("For tests.");
    expect([model.producerName, model.producerVersion]).toEqual(["cnn-lang", version]);
    expect(Object.keys(model.metadata).some((key) => /author/.test(key))).toBe(false);
    const last = exported("input 4x4x1; flatten; dense 3", { layout: "channels_last" });
    expect(readDescription(last.metadata)).toEqual({ layout: "channels_last" });
  });

  it("counts as missing where it is malformed", () => {
    expect(
      readDescription({
        "cnn.language": "one",
        "cnn.classes": '["a", 1]',
        "cnn.preprocessing": '{"scale": "1e400", "colorOrder": "rgb"}',
        "cnn.layout": "diagonal",
        "cnn.source.name": "x",
        other: "y",
      }),
    ).toEqual({ sourceName: "x" });
    for (const text of [
      "",
      "{",
      "null",
      "[]",
      "7",
      '{"scale": 1, "colorOrder": "cmyk"}',
      '{"scale": 1e400}',
    ]) {
      expect(readDescription({ "cnn.preprocessing": text })).toEqual({});
    }
    expect(readDescription({ "cnn.classes": "{}" })).toEqual({});
  });
});

describe("names", () => {
  it("of inputs, outputs, weights and nodes are the layers'", () => {
    const { graph } = exported(
      "input left 8x8x3; conv 4 3x3 relu; body: conv 2 3x3; bn; flatten; out: dense 2; output out",
    );
    expect(graph.inputs.map(({ name }) => name)).toEqual(["left"]);
    expect(graph.outputs.map(({ name }) => name)).toEqual(["out"]);
    expect(graph.initializers.map(({ name }) => name)).toEqual([
      "conv2d/kernel",
      "conv2d/bias",
      "body/kernel",
      "body/bias",
      "out/kernel",
      "out/bias",
    ]);
    expect(graph.nodes.map(({ name }) => name)).toEqual([
      "conv2d/Conv",
      "conv2d/Relu",
      "body/Conv",
      "flatten/Flatten",
      "out/Gemm",
    ]);
  });

  it("of the batch's dimension is batch; images are channels first unless asked otherwise", () => {
    const dims = (options: ExportOptions): unknown =>
      exported("input 8x6x3; conv 4 3x3", options).graph.inputs.map(({ type }) => type);
    const type = { kind: "tensor", dataType: "float32" };
    expect(dims({})).toEqual([{ ...type, dims: ["batch", 3, 8, 6] }]);
    expect(dims({ layout: "channels_last" })).toEqual([{ ...type, dims: ["batch", 8, 6, 3] }]);
  });

  it("of two outputs may stand for one value, and an output for an input", async () => {
    const sketchy = compileModel("input x 4; a: dense 2; output a x");
    await expectExportRuns(sketchy);
    const { graph, weights } = sketchy;
    const twice = {
      graph: {
        ...graph,
        outputs: [
          { name: "p", value: graph.outputs[0]!.value },
          { name: "q", value: graph.outputs[0]!.value },
        ],
      },
      weights,
    };
    await expectExportRuns(twice);
  });
});

it("stores what several layers share once", async () => {
  const model = await expectExportRuns(
    compileModel(`shared encoder { conv 4 3x3 relu; flatten; dense 5 }
      input left 6x6x2
      a: encoder
      input right 6x6x2
      b: encoder
      from a
      subtract b
      dense 1 sigmoid`),
  );
  expect(operators(model)).toBe("Conv Relu Flatten Gemm Conv Relu Flatten Gemm Sub Gemm Sigmoid");
  expect(model.graph.initializers.length).toBe(6);
});

it("takes time in proportion to the layers", () => {
  // The fastest of three, since other work on the machine only ever adds time.
  const timeOf = (layers: number): number => {
    const { graph, weights } = compileModel(`input 4; repeat ${layers} { dense 4 relu; bn; flatten }`);
    const times = [1, 2, 3].map(() => {
      const start = performance.now();
      exportOnnx(graph, weights);
      return performance.now() - start;
    });
    return Math.min(...times);
  };
  timeOf(50);
  const [few, many] = [timeOf(100), timeOf(800)];
  // Eight times the layers; with the square of that it would be 64.
  expect(many / Math.max(few, 2)).toBeLessThan(32);
});
