import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { compile } from "../../src/compile.ts";
import { type ExampleProgram, exampleFileName } from "../../src/diagnostics/explanations.ts";
import { InputError } from "../../src/diagnostics/input-error.ts";
import { readImport } from "../../src/files/imports.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import type { WeightValue } from "../../src/tensor/weight-values.ts";
import { startingWeights } from "../../src/weights/pretrained.ts";
import { writeSafetensors } from "../../src/weights/safetensors.ts";

/** `conv2d/kernel 3x3x1x4 of NaN`: a tensor's name and shape, and its numbers if they are not zeros. */
const tensorLine = /^(\S+) (\d+(?:x\d+)*)(?: of (\S+))?$/;

/**
 * What is wrong with the files of weights that a page's program asks for, met as a run meets it. A file of which the page lists
 * the tensors is written; any other as it stands.
 */
export async function weightsMistakeOf({
  text,
  files = {},
}: ExampleProgram): Promise<InputError | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "cnn-page-"));
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), bytesOf(content));
    const { model } = compile(new SourceFile(join(folder, exampleFileName), text), { readImport });
    await startingWeights(model, 0);
    return undefined;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { message, help, place, code } = error;
    const plain = (words: string): string => words.replaceAll(folder + sep, "");
    return new InputError(plain(message), {
      ...(help === undefined ? {} : { help: plain(help) }),
      ...(code === undefined ? {} : { code }),
      place: { ...place, ...(place.file === undefined ? {} : { file: plain(place.file) }) },
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function bytesOf(content: string): Uint8Array {
  const listed = content
    .trim()
    .split("\n")
    .map((line) => tensorLine.exec(line));
  if (listed.includes(null)) return Buffer.from(content);
  const tensors = new Map(
    listed.map((match): [string, WeightValue] => {
      const [, name = "", sizes = "", value = "0"] = match!;
      const shape = sizes.split("x").map(Number);
      const data = new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(Number(value));
      return [name, { shape, data }];
    }),
  );
  return Buffer.concat(writeSafetensors({ tensors, metadata: {} }));
}
