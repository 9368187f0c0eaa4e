import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { applyFixes } from "../../src/diagnostics/edits.ts";
import { SourceFile } from "../../src/source/source-file.ts";

const image = "input 28x28x1\n";

function errorsOf(file: SourceFile): readonly Diagnostic[] {
  return compile(file).diagnostics.filter(({ severity }) => severity === "error");
}

/** The text as its errors' fixes leave it, the unsafe ones too. */
function mended(text: string): string {
  return applyFixes(new SourceFile("main.cnn", text), errorsOf, { allowUnsafe: true }).file.text;
}

describe("what other languages and libraries write is understood, told once, and mended", () => {
  test.each([
    ["conv 8 (3,3)", "conv 8 3x3"],
    ["conv 8 (3, 3) (2, 2)", "conv 8 3x3 (2, 2)"],
    ["conv 8 kernel_size=(3, 3) strides=[2, 2]", "conv 8 kernel_size=3x3 strides=2x2"],
    ["conv 8 3x3 padding='same' activation=\"relu\"", "conv 8 3x3 padding=same activation=relu"],
    ["pool max 2 stride 2", "pool max 2 stride=2"],
    ["dense 10 units", "dense 10"],
    ["dropout 50%", "dropout 0.5"],
    ["dropout 50", "dropout 0.5"],
    ["conv 8 3x3 s=2", "conv 8 3x3 stride=2"],
    ["linear 10", "dense 10"],
    ["activation relu", "relu"],
    ["globalaveragepooling", "global_pool avg"],
    ["conv 8 3*3", "conv 8 3x3"],
    ["conv 8 3 3", "conv 8 3x3"],
    ["pool 2", "pool max 2"],
    ["MaxPooling2D (2, 2)", "pool max 2x2"],
    ["dense 10 Softmax", "dense 10 softmax"],
  ])("%s becomes %s", (written, meant) => {
    expect(mended(image + written)).toBe(image + meant);
  });

  test.each([
    "input 28 28 1",
    "input 28, 28, 1",
    "input (28, 28, 1)",
    "input shape=28x28x1",
    "input 28*28*1",
    "input [28, 28, 1]",
  ])("%s becomes a shape", (written) => {
    expect(mended(`${written}\nconv 8 3x3`)).toBe("input 28x28x1\nconv 8 3x3");
  });

  test("a layer whose word was mistaken is checked as it was meant", () => {
    const file = new SourceFile("main.cnn", "input 2x2x1\nConv2d 8 3x3 same strid=2\nConv2D 8 3x3\n");
    expect(errorsOf(file).map(({ code, primary }) => [code, file.position(primary.span.start).line])).toEqual(
      [
        ["CNN110", 2],
        ["CNN120", 2],
        ["CNN110", 3],
      ],
    );
    const shapes = new SourceFile("main.cnn", "input 2x2x1\nConv2D 8 3x3\n");
    expect(errorsOf(shapes).map(({ code }) => code)).toEqual(["CNN110", "CNN200"]);
  });
});
