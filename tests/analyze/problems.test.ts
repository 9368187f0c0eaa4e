import { describe, expect, it } from "vitest";
import { analyze } from "../../src/analyze/analyze.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { applyEdits } from "../../src/diagnostics/edits.ts";
import { renderDiagnostics } from "../../src/diagnostics/render.ts";
import type { ScopeFrame } from "../../src/graph/layer-graph.ts";
import { spanText } from "../../src/source/source-file.ts";
import { GraphBuilder } from "./graph-builder.ts";

function diagnose(builder: GraphBuilder): readonly Diagnostic[] {
  return analyze(builder.graph()).diagnostics;
}

/** The source after a diagnostic's fix. */
function mended(builder: GraphBuilder, { fix }: Diagnostic): string {
  return applyEdits(builder.file, fix!.edits).text;
}

const conv3 = (filters: number) => ({
  arguments: { filters, kernel: [3, 3] },
  argumentTexts: { filters: String(filters), kernel: "3x3" },
});

describe("a mistake", () => {
  it("reads as in the tour of the language", () => {
    const builder = new GraphBuilder(
      "model tiny\n\n\ninput 3x3x32\nconv 64 3x3 relu\n\npool max 2\n",
      "tiny.cnn",
    );
    builder.input("3x3x32", "input 3x3x32");
    builder.layer("conv", { ...conv3(64), at: "conv 64 3x3 relu" });
    builder.layer("pool", { arguments: { mode: "max" }, at: "pool max 2" });
    expect(renderDiagnostics(diagnose(builder)))
      .toBe(`error[CNN204]: pool max 2x2 needs at least 2x2, but its input is 1x1x64
  ┌─ tiny.cnn:7:1
  │
5 │ conv 64 3x3 relu        3x3x32 → 1x1x64   (3 - 3)/1 + 1 = 1
  │ ---------------- this layer made it 1x1
7 │ pool max 2
  │ ^^^^^^^^^^ nothing is left to pool
  │
  = help: remove this pooling, or keep the size in line 5 with \`same\`
  = fix: line 5: conv 64 3x3 same relu
  = explain: cnn explain CNN204
`);
  });

  it("does not cascade, and does not hide mistakes that need no shape", () => {
    const builder = new GraphBuilder(
      "input 2x2x3\nconv 8 3x3\nflatten\ndense 5\nconv 8 3x3 stride=2 dilation=2\n",
    );
    builder.input("2x2x3", "input 2x2x3");
    builder.layer("conv", { ...conv3(8), at: "conv 8 3x3" });
    builder.layer("flatten", { at: "flatten" });
    builder.layer("dense", { arguments: { units: 5 }, at: "dense 5" });
    builder.layer("conv", {
      arguments: { filters: 8, kernel: [3], stride: [2], dilation: [2] },
      at: "conv 8 3x3 stride=2 dilation=2",
    });
    const { value, diagnostics } = analyze(builder.graph());
    expect(diagnostics.map(({ code }) => code)).toEqual(["CNN200", "CNN205"]);
    expect(value.layers.slice(1).map(({ shape }) => shape)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(diagnostics[0]!.message).toBe("conv 3x3 needs at least 3x3, but its input is 2x2x3");
    expect(diagnostics[0]!.primary.arithmetic).toBe("(2 - 3)/1 + 1 = 0");
    expect(mended(builder, diagnostics[0]!)).toContain("\nconv 8 3x3 same\n");
  });

  it("removes a statement from the middle of a line", () => {
    const builder = new GraphBuilder("input 1x1x3; pool max 2; flatten");
    builder.input("1x1x3", "input 1x1x3");
    builder.layer("pool", { arguments: { mode: "max" }, at: "pool max 2" });
    const [diagnostic] = diagnose(builder);
    expect(diagnostic!.help).toBe("remove this pooling");
    expect(mended(builder, diagnostic!)).toBe("input 1x1x3; flatten");
  });

  it("removes a statement with its line, its last line too", () => {
    const builder = new GraphBuilder("input 1x1x3\n  pool max 2\nflatten");
    builder.input("1x1x3", "input 1x1x3");
    builder.layer("pool", { arguments: { mode: "max" }, at: "pool max 2" });
    expect(mended(builder, diagnose(builder)[0]!)).toBe("input 1x1x3\nflatten");
  });

  it("replaces an argument that was given, by name or not", () => {
    const text = "input 50x8\nconv 8 3x3\nconv 8 kernel=3x3\n";
    const builder = new GraphBuilder(text);
    builder.input("50x8", "input 50x8");
    builder.layer("conv", { ...conv3(8), at: "conv 8 3x3" });
    builder.layer("conv", {
      arguments: { filters: 8, kernel: [3, 3] },
      at: "conv 8 kernel=3x3",
      argumentTexts: { kernel: "kernel=3x3" },
      inputs: [0],
    });
    const diagnostics = diagnose(builder);
    expect(diagnostics.map(({ code }) => code)).toEqual(["CNN201", "CNN201"]);
    expect(diagnostics[0]!.message).toBe(
      "conv: `kernel` is 3x3, which has 2 axes, but its input 50x8 has 1 (length)",
    );
    expect(spanText(diagnostics[0]!.primary.span)).toBe("3x3");
    expect(mended(builder, diagnostics[0]!)).toContain("conv 8 3\n");
    expect(mended(builder, diagnostics[1]!)).toContain("conv 8 kernel=3\n");
  });

  it("of a merge labels the layers that made its tensors differ, through layers that changed nothing", () => {
    const builder = new GraphBuilder("input a 28x28x8\nconv 8 3x3\nbn\nrelu\nadd a\n");
    builder.input("28x28x8", "input a 28x28x8");
    builder.layer("conv", { ...conv3(8), at: "conv 8 3x3", name: "conv2d" });
    builder.layer("bn", { at: "bn" });
    builder.layer("activation", { arguments: { name: "relu" }, at: "relu", name: "re_lu" });
    builder.layer("add", { inputs: [3, 0], at: "add a" });
    const [diagnostic] = diagnose(builder);
    expect(diagnostic!.message).toBe("add: re_lu (26x26x8) and input_0 (28x28x8) do not fit together");
    expect(diagnostic!.labels.map(({ span, text }) => `${spanText(span)}: ${text}`)).toEqual([
      "conv 8 3x3: this layer made its height 26",
      "input a 28x28x8: this makes its height 28",
    ]);
    expect(mended(builder, diagnostic!)).toContain("conv 8 3x3 same\n");
  });

  it("offers no fix that would not help", () => {
    const builder = new GraphBuilder("input 7x7x8\nconv 8 7x7 stride=7\npool max 2\n");
    builder.input("7x7x8", "input 7x7x8");
    builder.layer("conv", { arguments: { filters: 8, kernel: [7], stride: [7] }, at: "conv 8 7x7 stride=7" });
    builder.layer("pool", { arguments: { mode: "max" }, at: "pool max 2" });
    const [diagnostic] = diagnose(builder);
    expect(diagnostic!.help).toBe("remove this pooling");
  });

  it("of shared weights is the later use's", () => {
    const builder = new GraphBuilder("input a 28x28x1\nx: encoder\ninput b 28x28x3\ny: encoder\n");
    builder.input("28x28x1", "input a 28x28x1");
    const first = builder.layer("conv", { ...conv3(8), at: "x: encoder" });
    builder.input("28x28x3", "input b 28x28x3");
    builder.layer("conv", { ...conv3(8), at: "y: encoder", sharesWeightsOf: first });
    const [diagnostic] = diagnose(builder);
    expect(diagnostic!.code).toBe("CNN212");
    expect(diagnostic!.message).toBe(
      "the kernel that this use shares is 3x3x1x8, but its input asks for 3x3x3x8",
    );
    expect(spanText(diagnostic!.primary.span)).toBe("y: encoder");
  });

  it("is a tensor too large to count", () => {
    const builder = new GraphBuilder("input 99999999x99999999x3\n");
    builder.input("99999999x99999999x3", "input 99999999x99999999x3");
    expect(diagnose(builder).map(({ code }) => code)).toEqual(["CNN213"]);
  });
});

describe("a mistake in a block", () => {
  const source = `block unit(k) {
  conv 8 k
}
input 5x5x3
unit(3x3)
unit(5x5)
`;
  const frame = (builder: GraphBuilder, call: string, instance: number): ScopeFrame => ({
    kind: "block",
    name: "unit",
    label: undefined,
    span: builder.span(call),
    instance,
  });

  function build(kernels: readonly number[]): GraphBuilder {
    const builder = new GraphBuilder(source);
    builder.input("5x5x3", "input 5x5x3");
    kernels.forEach((kernel, index) => {
      const call = index === 0 ? "unit(3x3)" : "unit(5x5)";
      const scope = [frame(builder, call, index)];
      builder.layer("conv", { arguments: { filters: 8, kernel: [kernel] }, at: "conv 8 k", scope });
    });
    return builder;
  }

  it("that one call alone makes is that call's", () => {
    const builder = build([3, 5]);
    const [diagnostic, ...others] = diagnose(builder);
    expect(others).toEqual([]);
    expect(spanText(diagnostic!.primary.span)).toBe("unit(5x5)");
    expect(diagnostic!.labels.map(({ span }) => spanText(span))).toEqual(["conv 8 k"]);
    expect(diagnostic!.message).toBe("conv 5x5 needs at least 5x5, but its input is 3x3x8");
    expect(diagnostic!.fix).toBeUndefined();
  });

  it("that every call makes is the line's, told once, with the call beside it", () => {
    const builder = new GraphBuilder(source);
    builder.input("5x5x3", "input 5x5x3");
    for (const call of ["unit(3x3)", "unit(5x5)"]) {
      const given = { filters: 8, kernel: [9] };
      builder.layer("conv", {
        arguments: given,
        at: "conv 8 k",
        inputs: [0],
        scope: [frame(builder, call, 0)],
      });
    }
    const [diagnostic, ...others] = diagnose(builder);
    expect(others).toEqual([]);
    expect(spanText(diagnostic!.primary.span)).toBe("conv 8 k");
    expect(diagnostic!.labels.map(({ span, text }) => `${spanText(span)}: ${text}`)).toEqual([
      "input 5x5x3: this makes it 5x5",
      "unit(3x3): called from here",
    ]);
  });

  it("of another file is the call's", () => {
    const library = new GraphBuilder("block unit(k) {\n  conv 8 k\n}\n", "library.cnn");
    const builder = new GraphBuilder("use library\ninput 2x2x3\nunit(3x3)\n");
    builder.input("2x2x3", "input 2x2x3");
    builder.layer("conv", {
      arguments: { filters: 8, kernel: [3] },
      scope: [frame(builder, "unit(3x3)", 1)],
    });
    builder.layers[1] = { ...builder.layers[1]!, span: library.span("conv 8 k") };
    const [diagnostic] = diagnose(builder);
    expect(spanText(diagnostic!.primary.span)).toBe("unit(3x3)");
    expect(diagnostic!.labels[0]!.span.file.name).toBe("library.cnn");
  });
});

describe("conditions on open dimensions", () => {
  it("are told once, the strongest", () => {
    const builder = new GraphBuilder("input ?xWx3\nconv 8 3x3\npool max 2\nbn\nconv 9 3x3\n");
    builder.input("?xWx3", "input ?xWx3");
    builder.layer("conv", { ...conv3(8), at: "conv 8 3x3" });
    builder.layer("pool", { arguments: { mode: "max" }, at: "pool max 2" });
    builder.layer("conv", { ...conv3(9), at: "conv 9 3x3" });
    const [diagnostic, ...others] = diagnose(builder);
    expect(others).toEqual([]);
    expect(diagnostic!.severity).toBe("warning");
    expect(spanText(diagnostic!.primary.span)).toBe("conv 9 3x3");
    // ((H - 2)/2 - 3)/1 + 1 >= 1 asks for H - 2 >= 6
    expect(diagnostic!.primary.text).toBe("right only where W >= 8 and the input's height is at least 8");
  });
});
