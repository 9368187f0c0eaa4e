import { describe, expect, it } from "vitest";
import { compile } from "../../src/compile.ts";
import { readImport } from "../../src/files/imports.ts";
import { readLibrary } from "../../src/files/library.ts";
import { SourceFile } from "../../src/source/source-file.ts";

/** The receptive field of the last layer. */
function fieldOf(text: string): readonly (number | "all")[] | undefined {
  const { model, diagnostics } = compile(new SourceFile("test.cnn", text), { readImport });
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return model.layers.at(-1)!.receptiveField;
}

describe("the receptive field where cells come to stand elsewhere", () => {
  it("goes with the axes that a permute moves and a reshape leaves alone", () => {
    const shuffle = "reshape 9x9x2x3; permute 1x2x4x3; reshape 9x9x6";
    expect(fieldOf(`input 11x11x3; conv 6 3x3; ${shuffle}; conv 2 3x3`)).toEqual([5, 5]);
    expect(
      fieldOf("input 11x9x3; conv 4 3x1; permute 3x1x2; crop (0,2)x(0,0); permute 2x3x1; conv 2 1x3"),
    ).toEqual([3, 3]);
    expect(fieldOf("input 11x9x3; conv 4 3x1; permute 2x1x3; permute 2x1x3; conv 2 5x1")).toEqual([7, 1]);
  });

  it("counts the words of a text", () => {
    const text = "input 500; embedding 20 8; conv 4 7 stride=3; conv 4 7 stride=3";
    expect(fieldOf(text)).toEqual([7 + 6 * 3]);
    expect(fieldOf(`${text}; global_pool max`)).toEqual(["all"]);
  });

  it("is not known where axes are joined, or something else works on axes out of order", () => {
    expect(fieldOf("input 9x9x2; conv 4 3x3; reshape 49x4; conv 2 3")).toBeUndefined();
    expect(fieldOf("input 9x9x2; conv 4 3x3; permute 2x1x3; conv 2 3x3")).toBeUndefined();
    expect(fieldOf("input 9x9x2; conv 4 3x3; permute 1x3x2; dense 5; permute 1x3x2")).toBeUndefined();
  });

  it("is everything after attention, also beside a part whose field is not known", () => {
    expect(fieldOf("input 9x9x4; reshape 81x4; add { branch {}; branch { attention 2 } }")).toEqual([
      "all",
      "all",
    ]);
  });

  it("of ShuffleNet's stages is that of its depthwise convolutions", () => {
    const { file } = readLibrary().find(({ name }) => name === "shufflenet_v2_x1_0")!;
    const { model } = compile(file, { modelName: "shufflenet_v2_x1_0", readImport });
    const ends = new Map<string, readonly (number | "all")[] | undefined>();
    for (const { node, receptiveField } of model.layers) ends.set(node.scope[1]?.label ?? "", receptiveField);
    // 7 after the pool, cells 4 apart; each unit adds 2 of its cells, the first of a stage with a stride of 2.
    const expected = [7 + 2 * 4 + 3 * 2 * 8, 63 + 2 * 8 + 7 * 2 * 16, 303 + 2 * 16 + 3 * 2 * 32];
    expect(["stage2", "stage3", "stage4"].map((stage) => ends.get(stage))).toEqual(
      expected.map((size) => [size, size]),
    );
  });
});
