import { expect } from "vitest";
import type { ShapedGraph } from "../../src/analyze/shaped-graph.ts";
import { compile } from "../../src/compile.ts";
import { readImport } from "../../src/files/imports.ts";
import { readLibrary } from "../../src/files/library.ts";
import { createRandom } from "../../src/random/random.ts";

/** Every model with `npm run verify`; else those that are quick. */
export const isFull = process.env["CNN_VERIFY"] !== undefined;
export const library = readLibrary();

/** The input of a model that works on images of any size: no larger than it must be. */
const smallInputs: Readonly<Record<string, string>> = {
  inception_v3: "96x96x3",
  inception_resnet_v2: "96x96x3",
  xception: "96x96x3",
  unet: "188x188x1",
  unet_same: "32x32x3",
  unet_xception: "32x32x3",
  yolo_v3_tiny: "64x64x3",
  tiny_darknet: "64x64x3",
  m3: "8000x1",
  m5: "8000x1",
  m11: "8000x1",
  m18: "8000x1",
  m5_speech_commands: "8000x1",
  fcn_timeseries: "64x1",
};
/** Families whose own input is 224x224 or more and may be smaller. */
const anySize =
  /^(resnet\d+(_v2)?|wide_resnet\d|resnext|se_resnet|densenet\d|mobilenet|mnasnet|efficientnet|regnet|convnext|shufflenet|squeezenet|googlenet)/;
const isCifar = /^(resnet(20|32|44|56|110|1202)|densenet_bc)/;

/** A model of the library by its name, on a small input where it takes one. */
export function compileSmall(name: string, parameters: readonly string[] = []): ShapedGraph {
  const small = smallInputs[name] ?? (anySize.test(name) && !isCifar.test(name) ? "64x64x3" : undefined);
  return compileModel(name, { parameters, ...(small === undefined ? {} : { inputs: [small] }) });
}

export function compileModel(
  modelName: string,
  options: { readonly inputs?: readonly string[]; readonly parameters?: readonly string[] },
): ShapedGraph {
  const { file } = library.find(({ name }) => name === modelName)!;
  const { model, diagnostics } = compile(file, { modelName, readImport, ...options });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  expect(errors.map(({ message }) => message)).toEqual([]);
  return model;
}

export interface Candidate {
  readonly name: string;
  readonly weights: number;
  readonly products: number;
}

export const candidates: readonly Candidate[] = library.map(({ name }) => {
  const { parameters, multiplyAccumulates } = compileSmall(name).totals;
  return { name, weights: parameters.value!, products: multiplyAccumulates.value! };
});

/**
 * The names of those candidates whose turn it is: with CNN_PORTION=2/5 each fifth from the second on, the smallest first, so that
 * all portions take about as long; else all.
 */
export function namesInPortion(chosen: readonly Candidate[]): string[] {
  const [which = 1, parts = 1] = (process.env["CNN_PORTION"] ?? "").split("/").filter(Boolean).map(Number);
  const bySize = [...chosen].sort((left, right) => left.weights - right.weights);
  return bySize.filter((_, index) => index % parts === which - 1).map(({ name }) => name);
}

/** Numbers that suit a model's inputs: indices for an embedding, bytes for a model that rescales, else around 0. */
export function inputsOf(model: ShapedGraph, count: number): Record<string, Float32Array> {
  const random = createRandom(3, "inputs");
  return Object.fromEntries(
    model.graph.inputs.map((id) => {
      const { node, shape } = model.layer(id);
      const data = new Float32Array(count * shape!.reduce((product, dim) => product * dim.value!, 1));
      const next = model.layers.find((layer) => layer.node.inputs.includes(id))!.node.kind;
      if (next === "embedding")
        for (let index = 0; index < data.length; index++) data[index] = random.integer(100);
      else random.fillUniform(data, next === "rescale" ? 0 : -1, next === "rescale" ? 255 : 1);
      return [node.name, data];
    }),
  );
}
