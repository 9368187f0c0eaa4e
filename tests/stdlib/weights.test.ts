import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { exportModel } from "../../src/engine/export-model.ts";
import { loadOnnxModel } from "../../src/engine/inference.ts";
import type { ShapedGraph } from "../../src/analyze/shaped-graph.ts";
import { writeOnnx } from "../../src/onnx/write.ts";
import type { WeightValues } from "../../src/tensor/weight-values.ts";
import { assignWeights, wholeModel } from "../../src/weights/assign.ts";
import { renumberNames } from "../../src/weights/keras-file.ts";
import { layerPaths } from "../../src/weights/layer-paths.ts";
import { nameLayers, parseNameTables } from "../../src/weights/name-table.ts";
import { readModelWeights } from "../../src/weights/pretrained.ts";
import { torchLayouts } from "../../src/weights/torch-layouts.ts";
import { compileCase, fileOf, imageOf, type PublishedCase, readCases } from "./published-weights.ts";

const cases = readCases(new URL("cases/published-weights.json.gz", import.meta.url));
const titled = (list: readonly PublishedCase[]) =>
  list.map((each): [string, PublishedCase] => [`${each.library} ${each.model} ${each.set}`, each]);

/** Larger models take seconds to fill and to run: all of them with `npm run verify`. */
const isFull = process.env["CNN_VERIFY"] !== undefined;
const mostNumbers = 4_500_000;
const countOf = ({ weights }: PublishedCase): number =>
  weights.reduce((sum, [, , shape]) => sum + shape.reduce((product, size) => product * size, 1), 0);

function targetOf(model: ShapedGraph) {
  const origin = model.graph.origin!;
  const path = origin.span.file.name.replace(/\.cnn$/, ".weights.json");
  const tables = parseNameTables(readFileSync(path, "utf8"), path);
  return wholeModel(model, tables);
}

describe("a table names every weight of the file, and no other", () => {
  test.each(titled(cases))("%s", (_, each) => {
    const { layers, tables, model } = targetOf(compileCase(each));
    const paths = layerPaths(model.graph.layers);
    const weighted = layers.filter(({ weights }) => weights.length > 0);
    const names = nameLayers(
      weighted.map(({ node }) => paths.get(node.id)!),
      tables[each.library]!,
      model.graph.origin!,
    );
    const found = weighted.flatMap(({ node, weights }, index) =>
      weights.map(({ name }, place) => {
        const given = names[index] ?? `nothing for ${paths.get(node.id)}`;
        if (each.library === "keras") return `${given}/${place}`;
        if (given.startsWith("=")) return given.slice(1);
        return `${given}.${torchLayouts[node.kind]![name]!.suffix}`;
      }),
    );
    const keys = each.weights.map(([key]) => key);
    const layerNames = renumberNames([...new Set(keys.map((key) => key.slice(0, key.lastIndexOf("/"))))]);
    const distinct = [...new Set(keys.map((key) => key.slice(0, key.lastIndexOf("/"))))];
    const renumbered = new Map(distinct.map((name, index) => [name, layerNames[index]!]));
    const expected =
      each.library === "torchvision"
        ? keys
        : keys.map((key) => {
            const cut = key.lastIndexOf("/");
            return `${renumbered.get(key.slice(0, cut))}${key.slice(cut)}`;
          });
    expect([...new Set(found)].sort()).toEqual([...expected].sort());
  });
});

async function expectLogits(each: PublishedCase, model: ShapedGraph, weights: WeightValues): Promise<void> {
  const { value } = exportModel(model, weights, {});
  const session = await loadOnnxModel(writeOnnx(value!.exported.model), { threads: 1 });
  const output = await session.run(imageOf(each).data, 1);
  await session.dispose();
  const logs = Array.from(output, Math.log);
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  const largest = Math.max(...logs.map((log, index) => Math.abs(log - mean - each.logits[index]!)));
  expect(largest).toBeLessThan(1e-4 * Math.max(1, ...each.logits.map(Math.abs)));
}

describe("the weights give the logits of their library", () => {
  test.each(titled(cases.filter((each) => isFull || countOf(each) < mostNumbers)))("%s", async (_, each) => {
    const model = compileCase(each);
    const file = { file: fileOf(each, true), name: "file", place: {} };
    await expectLogits(each, model, assignWeights(targetOf(model), file));
  });
});

/** A folder that cases/published_weights.py has filled with the files of the real libraries. */
const folder = process.env["CNN_PUBLISHED_WEIGHTS"];
describe.skipIf(folder === undefined)("a real file gives the logits of its library", () => {
  const real = folder === undefined ? [] : readCases(join(folder, "cases.json.gz"));
  test.each(titled(real))("%s", async (_, each) => {
    const model = compileCase(each);
    const { weights } = await readModelWeights(model, join(folder!, each.file!));
    await expectLogits(each, model, weights);
  });
});
