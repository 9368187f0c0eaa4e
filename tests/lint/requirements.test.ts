import { describe, expect, test } from "vitest";
import { spanText } from "../../src/source/source-file.ts";
import { lintsOf } from "./linting.ts";

// 28x28x1: conv (9 + 1)·8 = 80; 26·26·8 = 5,408; pool 13·13·8 = 1,352; dense (1,352 + 1)·10 = 13,530. MACs 26·26·9·8 + 13,520.
const model = "input 28x28x1\nconv 8 3x3 relu\npool max 2\nflatten\ndense 10 softmax\n";
const parameters = 80 + 13_530;
const macs = 48_672 + 13_520;
const cells = 784 + 5_408 + 1_352 + 1_352 + 10;

function budget(requirement: string, text = model) {
  return lintsOf(`${text}require ${requirement}\n`).filter(({ code }) => code.startsWith("CNN59"));
}

describe("a budget", () => {
  test.each([
    `params < ${parameters + 1}`,
    `params <= ${parameters}`,
    `params == ${parameters}`,
    `params >= ${parameters}`,
    `params > ${parameters - 1}`,
    `params < 0.1M`,
    `macs <= ${macs}`,
    `macs < 62.2K`,
    `size <= ${4 * parameters}`,
    `memory <= ${4 * (parameters + cells)}B`,
    `trainable_params == ${parameters}`,
    `receptive_field >= 4`,
    `receptive_field == 4`,
    `receptive_field < 5`,
  ])("%s is kept", (requirement) => {
    expect(budget(requirement)).toEqual([]);
  });

  test.each([
    [`params < ${parameters}`, `the model has 13,610 parameters`],
    ["params < 10K", "the model has 13,610 parameters: 3,610 too many"],
    [`params > ${parameters}`, "the model has 13,610 parameters"],
    ["params == 13K", "the model has 13,610 parameters"],
    ["macs >= 1M", "the model has 62,192 multiply-accumulates: 937,808 too few"],
    ["size < 50KB", "the model has 54.44 KB of weights: 4.44 KB too many"],
    ["size < 50KiB", "the model has 53.16 KiB of weights: 3.164 KiB too many"],
    [
      `memory < ${4 * (parameters + cells)}`,
      "the model has 90,064 bytes of weights and tensors of one example",
    ],
    ["receptive_field >= 5", "the last feature map sees 4x4 cells of the input"],
    ["receptive_field < 4", "the last feature map sees 4x4 cells of the input"],
  ])("%s is not kept: %s", (requirement, message) => {
    expect(budget(requirement)).toMatchObject([{ code: "CNN590", severity: "error", message }]);
  });

  test("marks the lines that take the most, with their shares", () => {
    const [{ labels, primary }] = budget("params < 1K") as [ReturnType<typeof budget>[number]];
    expect(spanText(primary.span)).toBe("require params < 1K");
    expect(labels.map(({ span, text }) => [spanText(span), text])).toEqual([
      ["dense 10 softmax", "13,530, 99 %"], // the convolution's 80 are below 1 %
    ]);
  });

  test("counts a line that runs several times once, with its sum", () => {
    const text = "input 8x8x8\nrepeat 3 { conv 8 3x3 same relu }\nflatten; dense 4\n";
    const [{ labels }] = budget("macs < 1K", text) as [ReturnType<typeof budget>[number]];
    // 3·64·72·8 = 110,592 of 112,640
    expect(labels[0]).toMatchObject({ text: "110,592, 98 %, in 3 layers" });
  });

  test("shared weights count once", () => {
    const text = "shared e { dense 4 }\ninput a 8\nx: e\ninput b 8\ny: e\nadd x\ndense 2\n";
    expect(budget("params == 46", text)).toEqual([]); // 36 + 10
  });

  test("that open sizes decide is a warning; one that they cannot change is decided", () => {
    const open = "input HxWx3\nconv 8 3x3 same relu\nglobal_pool avg\ndense 2\n";
    expect(budget("macs < 600M", open)).toMatchObject([{ code: "CNN591", severity: "warning" }]);
    expect(budget("params < 1K", open)).toEqual([]);
    // at least 216 for one pixel, and 16
    expect(budget("macs < 200", open)).toMatchObject([{ code: "CNN590" }]);
  });
});
