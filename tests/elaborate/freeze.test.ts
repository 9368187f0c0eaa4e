import { describe, expect, test } from "vitest";
import { elaborateText, findingsOf } from "./elaborating.ts";

/** The names of the layers that are not trained. */
function frozenOf(text: string): string[] {
  const { graph, diagnostics } = elaborateText(text);
  if (diagnostics.length > 0) throw new Error(diagnostics.map(({ message }) => message).join("; "));
  return graph.layers.filter(({ trainable }) => !trainable).map(({ name }) => name);
}

const network = `block stage(n) { c: dense n; bn; relu }
input 8
one: stage 4
two: stage 4
head: dense 2
`;

describe("freezing", () => {
  test("a layer, a call, a part of a call; what comes later overrides", () => {
    expect(frozenOf(`${network}freeze head`)).toEqual(["head"]);
    expect(frozenOf(`${network}freeze one`)).toEqual(["one/c", "batch_normalization", "re_lu"]);
    expect(frozenOf(`${network}freeze one.c`)).toEqual(["one/c"]);
    expect(frozenOf(`${network}freeze one\nfreeze two\nunfreeze one.c`)).toEqual([
      "batch_normalization",
      "re_lu",
      "two/c",
      "batch_normalization_1",
      "re_lu_1",
    ]);
    expect(frozenOf(`${network}freeze one\nunfreeze one`)).toEqual([]);
  });

  test("unfreezing from a layer on, that one included", () => {
    const text = "block b { p: dense 2; q: dense 2; r: dense 2 }\ninput 8\nx: b\nfreeze x\n";
    expect(frozenOf(`${text}unfreeze x from q`)).toEqual(["x/p"]);
    expect(frozenOf(`${text}unfreeze x from x.q`)).toEqual(["x/p"]);
  });

  test("trainable=no on a layer, a call, a shared instance and a model", () => {
    expect(frozenOf("input 8\nx: dense 3 trainable=no\ndense 3 trainable=yes")).toEqual(["x"]);
    expect(frozenOf("block b(n) { dense n; relu }\ninput 8\nb 3 trainable=no\nb 3")).toEqual([
      "dense",
      "re_lu",
    ]);
    expect(frozenOf("shared e { dense 8 }\ninput 8\ne\ne trainable=no")).toEqual(["dense", "dense_use_2"]);
    expect(frozenOf("model a { input 8; dense 8 }\nmodel b { input 8; a trainable=no; dense 2 }")).toEqual([
      "a/dense",
    ]);
    expect(frozenOf("block b(trainable) { dense trainable }\ninput 8\nb trainable=3")).toEqual([]);
  });

  test("weights that are shared are frozen in every use", () => {
    expect(frozenOf("shared e { dense 8 }\ninput 8\na: e\nb: e\nfreeze b")).toEqual(["dense", "dense_use_2"]);
  });

  test("in a model that is only looked through `from` is no mistake", () => {
    const text = `model features { input 8x8x1; last: conv 2 3x3 }
model whole { input 8x8x1; base: features; freeze base; unfreeze base from last }`;
    expect(findingsOf(text, { modelName: "features" })).toEqual([]);
    expect(findingsOf(text, { modelName: "whole" })).toEqual([]);
  });

  test("a frozen layer has no trainable parameters", () => {
    const { graph, inference } = elaborateText("input 8\nx: dense 3\nfreeze x");
    expect(inference.infer(graph.layers[1]!).trainableParameters.value).toBe(0);
    expect(inference.infer(graph.layers[1]!).parameters.value).toBe(27);
  });

  test.each([
    [
      "freeze p",
      "CNN153 4:1 [freeze p] `p` has no weights to freeze — only layers with weights are frozen: convolutions, dense layers, normalisations",
    ],
    ["pool max 2 trainable=no", "CNN153 4:12 [trainable=no] `pool` has no weights to freeze"],
    ["freeze q", "CNN111 4:8 [q] there is no tensor `q`"],
    ["freeze z; z: relu", "CNN112 4:8 [z] `z` is defined later, at line 4"],
    ["let v = 3; freeze v", "CNN115 4:19 [v] `v` is a `let`, not a tensor"],
    ["d: conv 2 1x1; freeze d; unfreeze d from c", "CNN115 4:42 [c] `c` is not within `d`"],
    ["conv 2 1x1 trainable=3", "CNN125 4:22 [3] conv: trainable takes yes or no"],
  ])("%s", (statement, expected) => {
    const findings = findingsOf(`input 8x8x1\nc: conv 3 3x3\np: pool max 2\n${statement}`);
    expect(findings).toHaveLength(1);
    expect(findings[0]!.slice(0, expected.length)).toBe(expected);
  });
});
