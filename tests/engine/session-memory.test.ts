import { describe, expect, it } from "vitest";
import { sessionMemory } from "../../src/engine/memory/session-memory.ts";
import { int } from "../../src/onnx/attributes.ts";
import { OnnxBuilder } from "../../src/onnx/builder.ts";

const megabyte = 2 ** 20;
const dims = [1024, 1024];

/** Sine, an operator twice, and a sum: three values of 4 MB where none may be overwritten. */
function chainOf(opType: string, more: readonly string[] = []): OnnxBuilder {
  const model = new OnnxBuilder("chain");
  for (const name of ["x", ...more]) model.input(name, "float32", dims);
  let value = "x";
  for (const next of ["Sin", opType, opType]) {
    value = model.node(next, next === opType ? [value, ...more] : [value], {}, { unique: true });
    model.describe(value, "float32", dims);
  }
  const sum = model.node("ReduceSum", [value], { keepdims: int(0) });
  model.output("sum", sum, "float32", []);
  return model;
}

// What ONNX Runtime 1.30 wrote to its log for the same models: "Extending BFCArena" with the bytes that were wanted.
describe("a session's memory is that of ONNX Runtime's arena", () => {
  it("where an operator writes over its operand: 4 MB", () => {
    const { arena } = sessionMemory(chainOf("Relu").finish(), true);
    expect(arena / megabyte).toBeCloseTo(4, 2);
  });

  it("where it does not: 4, 4, and in the second run 8 at once", () => {
    const { arena } = sessionMemory(chainOf("Add", ["y"]).finish(), true);
    expect(arena / megabyte).toBeCloseTo(16, 2);
  });

  it("without a plan the second run takes what the first has freed: 8 MB", () => {
    const { arena } = sessionMemory(chainOf("Add", ["y"]).finish(), false);
    expect(arena / megabyte).toBeCloseTo(8, 2);
  });
});
