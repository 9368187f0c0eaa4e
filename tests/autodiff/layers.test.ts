import { describe, expect, it } from "vitest";
import { examples } from "../../scripts/docs/keras-layers.ts";
import { buildTrainingGraphs } from "../../src/autodiff/training-step.ts";
import type { TrainingGraphs } from "../../src/autodiff/training-graphs.ts";
import { compile } from "../../src/compile.ts";
import { createRandom } from "../../src/random/random.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { initializeWeights } from "../../src/weights/initialize.ts";
import { numbersDrawn } from "./layer-inputs.ts";
import { run, scalar, unflatten, type Values } from "./sessions.ts";

/** All layers run in `npm run verify`, in the ordinary suite those on small inputs. */
const isFull = process.env["CNN_VERIFY"] !== undefined;
const mostNumbers = 500;

const batch = 3;
const move = 1e-6;
/** Numbers of each weight that are moved, at most. */
const each = 4;

/** Numbers of an example of a program's first input. */
function inputSize(text: string): number {
  const sizes = text.split("\n")[0]!.match(/\d+/g) ?? [];
  return sizes.reduce((product, size) => product * Number(size), 1);
}

/** A program with a dense layer after its first input, so that the layer's gradient with respect to its input is asked for. */
function behindDense(text: string): string {
  const [input = "", ...rest] = text.split("\n");
  return [input, `before: dense ${/(\d+)$/.exec(input)?.[1]}`, ...rest].join("\n");
}

function graphsOf(text: string): { graphs: TrainingGraphs; values: Values } | undefined {
  const { model, diagnostics } = compile(new SourceFile("layer.cnn", text));
  if (diagnostics.some(({ severity }) => severity === "error")) return undefined;
  const { value: graphs } = buildTrainingGraphs(model, {
    loss: { name: "mse", target: "values" },
    optimizer: { name: "sgd" },
    metrics: [],
    batch,
  });
  if (graphs === undefined) return undefined;
  const random = createRandom(1, text);
  const weights = initializeWeights(model, 1);
  const flat = (part: keyof TrainingGraphs["layout"]) => {
    const { slots, length } = graphs.layout[part];
    const data = new Float64Array(length);
    for (const { key, offset } of slots) data.set(weights.get(key)!.data, offset);
    return { shape: [length], data };
  };
  const drawn = [...graphs.data, ...graphs.targets].map(
    (port) => [port.name, numbersDrawn(port, random, text)] as const,
  );
  const values: Values = {
    ...Object.fromEntries(drawn),
    "flat/weights": flat("weights"),
    "flat/state": flat("state"),
    "flat/frozen": flat("frozen"),
    ...Object.fromEntries(
      graphs.scalars.map(({ name }) => [name, scalar(name.endsWith("per_example") ? 1 : 5)]),
    ),
    "scalar/learning_rate": scalar(1),
  };
  return { graphs, values };
}

function check(text: string): boolean {
  const made = graphsOf(text);
  if (made === undefined) return false;
  const { graphs, values } = made;
  const lossOf = (data: Float64Array): number => {
    const results = run(graphs.step, { ...values, "flat/weights": { shape: [data.length], data } });
    return results["result/loss"]!.data[0]! + (results["result/penalty"]?.data[0] ?? 0);
  };
  const before = values["flat/weights"]!.data as Float64Array;
  const after = run(graphs.step, values)["result/weights"]!;
  const gradients = unflatten(graphs.layout.weights, {
    ...after,
    data: before.map((value, at) => value - after.data[at]!),
  });
  const random = createRandom(2, text);
  for (const { key, offset, length } of graphs.layout.weights.slots) {
    for (let count = 0; count < Math.min(each, length); count++) {
      const at = length <= each ? count : random.integer(length);
      const moved = (by: number): number => {
        const data = Float64Array.from(before);
        data[offset + at]! += by;
        return lossOf(data);
      };
      const slope = (moved(move) - moved(-move)) / (2 * move);
      const gradient = gradients[key]![at]!;
      const tolerance = 1e-5 + 1e-3 * Math.abs(slope);
      expect(Math.abs(gradient - slope), `${key}[${at}]: ${gradient}, by differences ${slope}`).toBeLessThan(
        tolerance,
      );
    }
  }
  return true;
}

describe("gradients through every layer of the manual, in training form, against finite differences", () => {
  const texts = [...new Set(examples().map(({ text }) => text))].filter(
    (text) => isFull || inputSize(text) <= mostNumbers,
  );
  let checked = 0;

  it.each(texts)("%j", (text) => {
    const own = check(text);
    const through = text.includes("embedding") ? false : check(behindDense(text));
    if (own || through) checked += 1;
  });

  it("reach nearly all of them", () => {
    expect(checked / texts.length).toBeGreaterThan(0.9);
  });
});
