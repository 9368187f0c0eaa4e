import { InferenceSession, Tensor } from "onnxruntime-node";
import { selectForms, type SelectionTarget } from "../../src/onnx/select/select.ts";
import { writeOnnx } from "../../src/onnx/write.ts";
import { evaluateTensorGraph, type NumericTensor } from "../../src/tensor/reference/evaluate.ts";
import type { TensorGraph } from "../../src/tensor/tensor-graph.ts";

type Inputs = ReadonlyMap<string, NumericTensor>;

/** Where a graph runs: forms for WebGPU run on the CPU too, which is how they are tested on machines without a GPU. */
export type Adapter = "cpu" | "webgpu";

const providers = {
  cpu: { executionProviders: ["cpu"] },
  webgpu: {
    executionProviders: ["webgpu"],
    // An operation that falls back to the CPU is a mistake of its form.
    extra: { session: { disable_cpu_ep_fallback: "1" } },
  },
} as const satisfies Record<Adapter, InferenceSession.SessionOptions>;

/** Runs a graph in its selected forms on ONNX Runtime. */
export async function runSelected(
  graph: TensorGraph,
  inputs: Inputs,
  target: SelectionTarget = { provider: "cpu" },
  adapter: Adapter = "cpu",
): Promise<ReadonlyMap<string, NumericTensor>> {
  const session = await InferenceSession.create(writeOnnx(selectForms(graph, target)), {
    ...providers[adapter],
    intraOpNumThreads: 1,
    logSeverityLevel: 4,
    // Thousands of small graphs: the time would go into optimising them.
    graphOptimizationLevel: "disabled",
  });
  const feeds: Record<string, Tensor> = {};
  for (const name of session.inputNames) {
    const { shape, data } = inputs.get(name)!;
    const node = graph.nodes.find(
      (candidate) => candidate.op === "input" && candidate.attributes.name === name,
    )!;
    feeds[name] =
      node.dataType === "int32"
        ? new Tensor("int32", Int32Array.from(data), shape)
        : new Tensor("float32", Float32Array.from(data), shape);
  }
  const results = await session.run(feeds);
  await session.release();
  return new Map(
    Object.entries(results).map(([name, { dims, data }]) => [
      name,
      { shape: dims, data: Float64Array.from(data as ArrayLike<number>, Number) },
    ]),
  );
}

/**
 * The largest difference of any output from the float64 reference, relative to the output's largest number where that is
 * above 1; with the output's name for messages.
 */
export async function differenceFromReference(
  graph: TensorGraph,
  inputs: Inputs,
  target?: SelectionTarget,
  adapter?: Adapter,
): Promise<{ readonly difference: number; readonly output: string }> {
  const rounded = new Map(
    [...inputs].map(([name, { shape, data }]) => [
      name,
      { shape, data: Float64Array.from(data, Math.fround) },
    ]),
  );
  const expected = evaluateTensorGraph(graph, rounded);
  const actual = await runSelected(graph, rounded, target, adapter);
  let worst = { difference: 0, output: "" };
  for (const [name, { shape, data }] of expected) {
    const given = actual.get(name)!;
    let difference = given.shape.join("x") === shape.join("x") ? 0 : Infinity;
    let scale = 1;
    for (const value of data) if (Number.isFinite(value)) scale = Math.max(scale, Math.abs(value));
    data.forEach((value, index) => {
      const other = given.data[index]!;
      if (Object.is(value, other) || value === other) return;
      const gap = Math.abs(value - other) / scale;
      difference = Number.isNaN(gap) ? Infinity : Math.max(difference, gap);
    });
    if (difference > worst.difference) worst = { difference, output: name };
  }
  return worst;
}
