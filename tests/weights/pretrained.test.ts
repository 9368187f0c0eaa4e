import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { initializeWeights } from "../../src/weights/initialize.ts";
import { readModelWeights, startingWeights } from "../../src/weights/pretrained.ts";
import { writeSafetensors } from "../../src/weights/safetensors.ts";

const base = "model base { input 8x8x1; conv 2 3x3; bn; named: conv 3 3x3 }";
const transfer = `${base}
model whole { input 8x8x1; conv 1 3x3 same; body: base weights="base.safetensors"; flatten; dense 2 }
`;

function compileIn(folder: string, text: string, modelName: string) {
  const { model, diagnostics } = compile(new SourceFile(join(folder, "m.cnn"), text), { modelName });
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return model;
}

test("a used model starts from its file, the rest from the seed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "cnn-test-"));
  const trained = initializeWeights(compileIn(folder, base, "base"), 99);
  writeFileSync(
    join(folder, "base.safetensors"),
    Buffer.concat(writeSafetensors({ tensors: trained, metadata: {} })),
  );
  const model = compileIn(folder, transfer, "whole");
  const drawn = initializeWeights(model, 0);
  const weights = await startingWeights(model, 0);
  expect([...weights.keys()]).toEqual([...drawn.keys()]);
  const body = model.layers.filter(({ node }) => node.scope.some(({ label }) => label === "body"));
  const bodyKeys = body.flatMap(({ node, weights: specs }) =>
    specs.map(({ name }) => `${node.name}/${name}`),
  );
  expect(bodyKeys.map((key) => weights.get(key))).toEqual([...trained.values()]);
  for (const [key, value] of weights) if (!bodyKeys.includes(key)) expect(value).toEqual(drawn.get(key));
});

test.each([
  ["no file", undefined, /there is no such file/],
  [
    "another network's",
    "model base { input 8x8x1; conv 5 3x3; bn; named: conv 3 3x3 }",
    /is 3x3x1x5, the model's is 3x3x1x2/,
  ],
  ["too few weights", "model base { input 8x8x1; conv 2 3x3 }", /lacks/],
])("%s is told at the model that asks", async (_, text, message) => {
  const folder = mkdtempSync(join(tmpdir(), "cnn-test-"));
  if (text !== undefined) {
    const tensors = initializeWeights(compileIn(folder, text, "base"), 0);
    writeFileSync(
      join(folder, "base.safetensors"),
      Buffer.concat(writeSafetensors({ tensors, metadata: {} })),
    );
  }
  await expect(startingWeights(compileIn(folder, transfer, "whole"), 0)).rejects.toThrow(message);
});

test("a file may hold the model as a part of the one it was trained in", async () => {
  const folder = mkdtempSync(join(tmpdir(), "cnn-test-"));
  const pretraining = `${base}\nmodel pretraining { input 8x8x1; body: base; flatten; dense 3 }`;
  const trained = initializeWeights(compileIn(folder, pretraining, "pretraining"), 99);
  writeFileSync(
    join(folder, "base.safetensors"),
    Buffer.concat(writeSafetensors({ tensors: trained, metadata: {} })),
  );
  const weights = await startingWeights(compileIn(folder, transfer, "whole"), 0);
  const key = [...trained.keys()].find((name) => name.endsWith("named/kernel"))!;
  expect([...weights.entries()].find(([name]) => name.endsWith("named/kernel"))![1]).toEqual(
    trained.get(key),
  );
});

test("a tensor of PyTorch's that is no module's weight is taken whole, whatever axes it has", async () => {
  const folder = mkdtempSync(join(tmpdir(), "cnn-test-"));
  const positions = "flatten; rescale 0; layer_norm scale=no; reshape 4x3";
  const model = compileIn(folder, `model m { input 4x3; ${positions} }`, "m");
  writeFileSync(
    join(folder, "m.weights.json"),
    JSON.stringify({ torchvision: { names: [{ layers: { "layer_norm.0": "=encoder.pos_embedding" } }] } }),
  );
  const data = Float32Array.from({ length: 12 }, (_, index) => index);
  const path = join(folder, "m.safetensors");
  const save = (shape: number[]): void => {
    const tensors = new Map([["encoder.pos_embedding", { shape, data }]]);
    writeFileSync(path, Buffer.concat(writeSafetensors({ tensors, metadata: {} })));
  };
  save([1, 4, 3]);
  const { weights } = await readModelWeights(model, path);
  expect([...weights.values()]).toEqual([{ shape: [12], data }]);
});
