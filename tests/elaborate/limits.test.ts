import { describe, expect, test } from "vitest";
import { elaborateText, findingsOf } from "./elaborating.ts";

/** Every finding's code, and the milliseconds that the text took. */
function measure(text: string): { codes: string[]; layers: number; time: number } {
  const start = performance.now();
  const { graph, diagnostics } = elaborateText(text);
  return {
    codes: diagnostics.map(({ code }) => code),
    layers: graph.layers.length,
    time: performance.now() - start,
  };
}

/** Blocks that each call the next twice: 2^60 calls of the last. */
function doubling(last: string): string {
  const blocks = Array.from({ length: 60 }, (_, index) => `block b${index} { b${index + 1}; b${index + 1} }`);
  return `input 8\n${blocks.join("\n")}\nblock b60 { ${last} }\nb0`;
}

describe("limits", () => {
  test("loops and ranges that are too long", () => {
    expect(findingsOf("input 8\nrepeat 1000000000 { relu }")).toEqual([
      "CNN106 2:8 [1000000000] a loop of 1,000,000,000 passes is longer than the compiler carries out — a loop has at most 200,000 passes",
    ]);
    expect(findingsOf("input 8\nfor i in 1..1000000000 { relu }")).toEqual([
      "CNN106 2:10 [1..1000000000] the range 1..1000000000 is longer than the compiler goes through — a loop has at most 200,000 passes",
    ]);
  });

  test.each([
    [
      "layers of nested loops",
      "input 8x8x3\nrepeat 400 { repeat 400 { add { branch { relu }; branch { } } } }",
    ],
    ["empty nested loops", "input 8\nrepeat 100000 { repeat 100000 { } }"],
    ["calls that double", doubling("relu")],
    ["calls that double and make nothing", doubling("")],
  ])("%s end with one diagnostic", (_, text) => {
    const { codes, time } = measure(text);
    expect(codes).toEqual(["CNN106"]);
    expect(time).toBeLessThan(10_000);
  });

  test("calls nested too deep", () => {
    const blocks = Array.from({ length: 5000 }, (_, index) => `block b${index} { b${index + 1} }`);
    expect(measure(`input 8\n${blocks.join("\n")}\nblock b5000 { relu }\nb0`).codes).toEqual(["CNN106"]);
    const deep = `${"if yes { ".repeat(90)}b$ ${"} ".repeat(90)}`;
    const nested = [1, 2, 3, 4].map((index) => `block b${index} { ${deep.replace("$", String(index + 1))} }`);
    expect(measure(`input 8\n${nested.join("\n")}\nblock b5 { relu }\nb1`).codes).toEqual(["CNN106"]);
  });

  test("deep enough nesting is carried out", () => {
    expect(measure(`input 8\n${"repeat 1 { ".repeat(90)}relu${" }".repeat(90)}`)).toMatchObject({
      codes: [],
      layers: 2,
    });
  });

  test("as many layers as the text has, in linear time", () => {
    const small = measure(`input 8x8x3\n${"conv 8 3x3 same\n".repeat(1000)}`);
    const large = measure(`input 8x8x3\n${"conv 8 3x3 same\n".repeat(10000)}`);
    expect(large).toMatchObject({ codes: [], layers: 10001 });
    expect(large.time).toBeLessThan(40 * Math.max(small.time, 100));
  });

  test("many labels and many mistakes, in linear time", () => {
    const many = (count: number, line: (index: number) => string) =>
      Array.from({ length: count }, (_, index) => line(index)).join("\n");
    expect(measure(`input 8\n${many(5000, (index) => `a${index}: relu`)}`)).toMatchObject({
      codes: [],
      layers: 5001,
    });
    const unknown = measure(
      `input 8\n${many(5000, (index) => `from b${index}`)}\n${many(5000, (index) => `b${index}: relu`)}`,
    );
    expect(unknown.codes).toHaveLength(100);
    expect(unknown.time).toBeLessThan(10_000);
    expect(measure(`input 8\n${"repeat 2 { c: relu }\n".repeat(5000)}`)).toMatchObject({
      codes: [],
      layers: 10001,
    });
  });

  test("a long name is cut in messages", () => {
    const [finding] = elaborateText(`input 8\n${"a".repeat(1_000_000)}`).diagnostics;
    expect(finding!.code).toBe("CNN110");
    expect(finding!.message.length).toBeLessThan(120);
  });
});
