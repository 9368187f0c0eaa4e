import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { runInNewContext } from "node:vm";
import { build } from "esbuild";
import { expect, it } from "vitest";

it("the generated codec is up to date", async () => {
  const run = promisify(execFile)(process.execPath, ["scripts/onnx-schema.mjs", "--check"]);
  await expect(run).resolves.toEqual({ stdout: "", stderr: "" });
});

it("the room runs in a browser: bundled, and without anything of Node", async () => {
  const source = `
    import { OnnxBuilder } from "./src/onnx/builder.ts";
    import { readOnnx } from "./src/onnx/read.ts";
    import { writeOnnx } from "./src/onnx/write.ts";
    const builder = new OnnxBuilder("g");
    const x = builder.input("x", "float32", ["N", 2]);
    builder.output("größe", builder.node("Add", [x, builder.scalar(0.5)]), "float32", ["N", 2]);
    const model = readOnnx(writeOnnx(builder.finish()), "x");
    globalThis.result = JSON.stringify([model.graph.outputs[0].name, [...model.graph.initializers[0].data]]);
  `;
  const bundle = await build({
    stdin: { contents: source, resolveDir: process.cwd() },
    bundle: true,
    write: false,
    minify: true,
    platform: "browser",
    format: "iife",
  });
  expect(bundle.warnings).toEqual([]);
  const browser: Record<string, unknown> = { TextDecoder, TextEncoder };
  browser.globalThis = browser;
  runInNewContext(bundle.outputFiles[0]!.text, browser);
  expect(browser.result).toBe('["größe",[0.5]]');
  expect(bundle.outputFiles[0]!.contents.length).toBeLessThan(120_000);
});
