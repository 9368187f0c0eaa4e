import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/random/random.ts";
import { TensorBuilder } from "../../src/tensor/builder.ts";
import type { OpKind } from "../../src/tensor/tensor-graph.ts";
import { differenceFromReference } from "./harness.ts";
import { CaseMaker, operationCases } from "./operations.ts";

const windowOps: readonly string[] = [
  "conv",
  "convInputGradient",
  "convKernelGradient",
  "maxPool",
  "maxPoolGradient",
];
const tolerance = 4e-6;

describe.each(["cpu", "webgpu"] as const)("forms for %s", (provider) => {
  it.each(Object.keys(operationCases) as OpKind[])("%s", async (op) => {
    const count = windowOps.includes(op) ? 24 : op === "random" ? 2 : 6;
    for (let index = 0; index < count; index++) {
      const builder = new TensorBuilder();
      const make = new CaseMaker(builder, createRandom(index, op));
      const values = operationCases[op](make);
      const graph = builder.finish(Object.fromEntries(values.map((value, at) => [`out/${at}`, value])));
      const { difference, output } = await differenceFromReference(graph, make.inputs, { provider });
      expect(difference, `${op} ${index} ${output}`).toBeLessThan(tolerance);
    }
  });
});
