import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/random/random.ts";
import { TensorBuilder } from "../../src/tensor/builder.ts";
import type { OpKind } from "../../src/tensor/tensor-graph.ts";
import { whyNoWebGpu } from "../webgpu.ts";
import { differenceFromReference } from "./harness.ts";
import { CaseMaker, operationCases } from "./operations.ts";

const missing = await whyNoWebGpu();
if (missing !== undefined) console.warn(`forms on WebGPU: ${missing}; skipped`);

const count = Number(process.env.CNN_WEBGPU_CASES ?? 3);

describe.skipIf(missing !== undefined)("forms on a WebGPU adapter, nothing on the CPU", () => {
  it.each(Object.keys(operationCases) as OpKind[])("%s", async (op) => {
    const builder = new TensorBuilder();
    const make = new CaseMaker(builder, createRandom(0, op));
    const values = Array.from({ length: count }, () => operationCases[op](make)).flat();
    const graph = builder.finish(Object.fromEntries(values.map((value, at) => [`out/${at}`, value])));
    const target = { provider: "webgpu" } as const;
    const { difference, output } = await differenceFromReference(graph, make.inputs, target, "webgpu");
    expect(difference, `${op} ${output}`).toBeLessThan(1e-4);
  });
});
