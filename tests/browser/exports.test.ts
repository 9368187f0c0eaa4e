import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { ShapedGraph } from "../../src/analyze/shaped-graph.ts";
import { compile } from "../../src/compile.ts";
import { createOrtEngine } from "../../src/engine/ort.ts";
import { tensorFlowForms, writeTensorFlowExport } from "../../src/engine/tfjs/export.ts";
import type { WeightValues } from "../../src/tensor/weight-values.ts";
import { limitsOfModel } from "../../src/tfjs/backend-limits.ts";
import { initializeWeights } from "../../src/weights/initialize.ts";
import { readImport } from "../../src/files/imports.ts";
import { readLibrary } from "../../src/files/library.ts";
import { expectNear, outputsOf } from "../interop/importing.ts";
import { numbersOf, shapedModel } from "../parity/compare-engines.ts";
import { randomWeights } from "../parity/random-weights.ts";
import { chromium, type PageResult, workInPage, writePage } from "./chromium.ts";
import { flatten, planOf } from "./take-steps.ts";

const models: Readonly<Record<string, string>> = {
  "Keras' layers alone": "input 8x8x1\nconv 4 3x3 relu; pool max 2; bn; flatten; dense 5 softmax\n",
  "layers of our own":
    "input 8x8x2\nconv 4 3x3 dilation=2 same gelu; lrn 3; group_norm 2; attention 2; global_pool avg; dense 3 softmax\n",
  "a residual block":
    "input 8x8x3\nconv 4 3x3 same bias=no; bn; relu\nadd { branch { conv 4 3x3 same; layer_scale 0.1 }; branch { } }\nglobal_pool avg; dense 2\n",
  "mobile blocks":
    "input 9x9x3\nconv 8 3x3 stride=2 same hard_swish; depthwise 3x3 same relu6; conv 4 1x1; separable 6 3x3 multiplier=2; global_pool max; dense 3\n",
  "an encoder and decoder":
    "input 8x8x1\nstem: conv 4 3x3 same\npool max 2; conv 6 3x3 same mish; upsample 2 bilinear; conv_transpose 4 3x3 same elu\nconcat stem; conv 1 1x1 sigmoid\n",
  "a sequence":
    "input 16x3\nconv 6 3 causal dilation=2 tanh; pool avg 2; instance_norm; depthwise 3; conv_transpose 4 3 stride=2; global_pool avg; dense 2 softmax\n",
  "a text": "input 12\nembedding 7 4; conv 5 3 selu; global_pool max; dense 1 sigmoid\n",
  "a volume": "input 5x5x5x1\nconv 3 3x3x3; pool max 2 same; pad 1; conv 2 2x2x2 relu; flatten; dense 2\n",
  "layers of our own on volumes":
    "input 5x6x4x2\nconv 4 3x3x3 pad=(1,0)x(0,1)x(2,1) groups=2 leaky_relu; bn; crop 0x1x0; hard_shrink 0.1; conv_transpose 3 2x2x2 stride=2 selu; prelu; layer_norm; pool max 3x2x1 stride=2x1x1; dense 5 hard_swish; layer_scale 0.5; global_pool max; dense 2\n",
  "groups and odd strides":
    "input 7x8x4\nconv 8 3x3 groups=2 pad=(1,0)x(2,1); pool sum 2x3 stride=1x2; crop 1x0; rms_norm; prelu; flatten; dense 2 log_softmax\n",
  "two inputs and two outputs":
    "model two\nshared side { conv 3 3x3 softplus; flatten; dense 4 }\ninput a 5x5x1\nx: side\ninput b 5x5x1\ny: side\ndot x normalize=yes\nnear: dense 1\noutput near x\n",
};

/** Networks that train on a page's backend as on ONNX Runtime in Node. */
const trained: Readonly<Record<string, string>> = {
  "a small network": "input 8x8x1\nconv 4 3x3 relu; pool max 2; flatten; dense 6 tanh; dense 3\n",
  "normalisation and dropout":
    "input 6x6x2\nconv 4 3x3 same bias=no; bn; gelu; dropout 0.3; global_pool avg; dense 2\n",
};

interface Case {
  readonly name: string;
  readonly form: (typeof tensorFlowForms)[number];
  readonly model: ShapedGraph;
  readonly weights: WeightValues;
  readonly place: string;
}

/** Networks of the library, opened in a page in `npm run verify`. */
const library =
  /^(lenet5|resnet20|cifar_densenet|mobilenet_v3_small|shufflenet_v2_x0_5|squeezenet1_1|mnasnet0_5|efficientnet_b0|text_cnn|fcn_timeseries|vit|conv_autoencoder)$/;

// In software the shaders of a network take a second to compile: all of them on every backend in `npm run verify`.
const isWhole = process.env["CNN_VERIFY"] !== undefined;
const backends = ["cpu", "webgl", "webgpu"] as const;
const isTaken = (index: number, backend: string): boolean =>
  backend === "cpu" || (isWhole ? index < Object.keys(models).length : index < 1);

const written = Object.entries(models).map(([name, text]) => {
  const model = shapedModel(text)!;
  return { name, model, weights: randomWeights(model) };
});
const named = readLibrary()
  .filter(({ name }) => isWhole && library.test(name))
  .map(({ name, file }) => {
    const { model } = compile(file, { modelName: name, readImport });
    return { name, model, weights: initializeWeights(model, 1) };
  });
const cases: readonly Case[] = [...written, ...named].flatMap((network, index) =>
  tensorFlowForms.map((form) => ({ ...network, form, place: `${form}-${index}` })),
);

describe.skipIf(chromium === undefined)("in a page in Chromium (skipped where there is none)", () => {
  const folder = mkdtempSync(join(tmpdir(), "cnn-browser-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

  it(`${cases.length / 2} exports in both forms give the reference's outputs; training gives that of ONNX Runtime`, async () => {
    await writePage(folder);
    const work: object[] = [];
    const checks: ((result: PageResult) => void)[] = [];
    for (const [index, { name, form, model, weights, place }] of cases.entries()) {
      const { value } = await writeTensorFlowExport(join(folder, place), {
        model,
        weights,
        metadata: {},
        form,
      });
      const scripts = value!.files.filter((file) => file.endsWith(".js"));
      expect(form === "graph" ? scripts : []).toEqual([]);
      const data = model.graph.inputs.map((id) => {
        return new Float32Array(numbersOf(model, id).reduce((product, size) => product * size, 1)).fill(0.5);
      });
      const expected = outputsOf(model, weights, data, 1).flatMap((values) => [...Array.from(values)]);
      const limits = limitsOfModel(model);
      const able = backends.filter((each) => !limits.has(each) && isTaken(Math.floor(index / 2), each));
      for (const backend of able) {
        work.push({ backend, folder: place, form, scripts });
        checks.push(({ numbers, error }) => {
          expect(error, `${name} (${form}, ${backend})`).toBeUndefined();
          expectNear(numbers!, expected, 1e-4);
        });
      }
    }
    for (const [index, [name, program]] of Object.entries(trained).entries()) {
      const item = { program, steps: 3 };
      const { plan, batch, rate } = planOf(item);
      const session = await createOrtEngine().createTrainingSession(plan);
      for (let step = 0; step < item.steps; step++) await session.step(batch, rate);
      const expected = flatten(await session.weights());
      await session.dispose();
      for (const backend of backends.filter((each) => isTaken(index, each))) {
        work.push({ backend, program, steps: isWhole ? 500 : 14, counted: true });
        checks.push(({ numbers, error }) => {
          expect(error, `${name} on ${backend}`).toBeUndefined();
          expect(numbers!.slice(2), `tensors held by ${name} on ${backend}`).toEqual(numbers!.slice(0, 2));
        });
        work.push({ backend, ...item });
        checks.push(({ numbers, error }) => {
          expect(error, `${name} on ${backend}`).toBeUndefined();
          expectNear(numbers!, expected, 1e-4);
        });
      }
    }
    const results = await workInPage(folder, work, isWhole ? 500_000 : 100_000);
    results.forEach((result, index) => checks[index]!(result));
  }, 600_000);
});
