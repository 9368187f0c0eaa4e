import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { InputError } from "../../src/diagnostics/input-error.ts";
import { loadOnnxModel } from "../../src/engine/inference.ts";
import { writeFilesTogether } from "../../src/files/atomic.ts";
import { DataFilesInFolder } from "../../src/files/data-files.ts";
import { exportOnnx } from "../../src/onnx/deploy/export.ts";
import { onnx } from "../../src/onnx/proto/onnx-schema.js";
import { readOnnx } from "../../src/onnx/read.ts";
import { writeOnnx, writeOnnxWithData } from "../../src/onnx/write.ts";
import { createRandom } from "../../src/random/random.ts";
import { compileModel } from "../onnx-deploy/compile-model.ts";

const network = compileModel("input 9x9x3; conv 32 3x3 relu; flatten; dense 5");
const model = exportOnnx(network.graph, network.weights, { name: "network" });
const { bytes, data } = writeOnnxWithData(model, "network.onnx.data");

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cnn-data-"));
  mkdirSync(join(folder, "model"));
  writeFileSync(join(folder, "secret"), new Uint8Array(1 << 20));
  writeFileSync(join(folder, "model/network.onnx"), bytes);
  writeFileSync(join(folder, "model/network.onnx.data"), Buffer.concat(data));
});
const modelFolder = (): string => join(folder, "model");

/** The model with the entries of its first tensor outside changed. */
function withEntries(entries: Readonly<Record<string, string>>): Uint8Array {
  const message = onnx.ModelProto.decode(bytes);
  const tensor = message.graph!.initializer.find(({ externalData }) => externalData.length > 0)!;
  const known = Object.fromEntries(tensor.externalData.map(({ key, value }) => [key, value]));
  const changed = Object.entries({ ...known, ...entries }).filter(([, value]) => value !== "");
  tensor.externalData = changed.map(([key, value]) => ({ key, value })) as typeof tensor.externalData;
  return onnx.ModelProto.encode(message).finish();
}

function refusal(file: Uint8Array): string {
  try {
    readOnnx(file, "network.onnx", new DataFilesInFolder(modelFolder()));
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  return "not refused";
}

describe("weights in a file beside the model", () => {
  it("are read back bit for bit, at offsets of whole pages", () => {
    const read = readOnnx(bytes, "network.onnx", new DataFilesInFolder(modelFolder()));
    const alone = readOnnx(writeOnnx(model), "network.onnx");
    expect(read.graph.initializers.map((tensor) => ({ ...tensor }))).toEqual(alone.graph.initializers);
    expect({ ...read.graph, initializers: [] }).toEqual({ ...alone.graph, initializers: [] });
    const offsets = onnx.ModelProto.decode(bytes).graph!.initializer.flatMap(({ externalData }) =>
      externalData.filter(({ key }) => key === "offset").map(({ value }) => Number(value)),
    );
    expect(offsets).toEqual([0, 4096]);
  });

  it("give what they give in the model, in ONNX Runtime", async () => {
    const input = new Float32Array(2 * 9 * 9 * 3);
    createRandom(0, "images").fillUniform(input, -1, 1);
    const beside = await loadOnnxModel(join(modelFolder(), "network.onnx"), { threads: 1 });
    const inside = await loadOnnxModel(writeOnnx(model), { threads: 1 });
    expect(await beside.run(input, 2)).toEqual(await inside.run(input, 2));
    await beside.dispose();
    await inside.dispose();
  });

  it("are refused where nobody says in which folder the model is", () => {
    expect(() => readOnnx(bytes, "network.onnx")).toThrow(
      /keeps its data in another file, which is not read/,
    );
  });
});

describe("a model's word for where its weights are", () => {
  it.each([
    "../secret",
    "/etc/passwd",
    "a/../../secret",
    "..",
    "C:\\secret",
    "c:secret",
    "\\\\host\\share",
    "..\\secret",
    "file:///etc/passwd",
    "https://example.org/x",
    "network.onnx.data\0",
  ])("%j leads to nothing outside of its folder", (location) => {
    expect(refusal(withEntries({ location }))).toMatch(/not a file in the model's own folder$/);
  });

  it("leads through no link out of its folder, to no folder and to nothing that is not there", () => {
    symlinkSync(join(folder, "secret"), join(modelFolder(), "link"));
    symlinkSync(folder, join(modelFolder(), "up"));
    expect(refusal(withEntries({ location: "link" }))).toMatch(/a link to a file outside/);
    expect(refusal(withEntries({ location: "up/secret" }))).toMatch(/a link to a file outside/);
    expect(refusal(withEntries({ location: "." }))).toMatch(/which is no file$/);
    expect(refusal(withEntries({ location: "gone" }))).toMatch(/there is no such file beside the model/);
    expect(refusal(withEntries({ location: "/dev/zero" }))).toMatch(/not a file in/);
  });

  it("fits the file and the tensor", () => {
    expect(refusal(withEntries({ offset: "999999" }))).toMatch(/but that file ends at/);
    for (const offset of ["-1", "1.5", "0x10", "1e3", "99999999999999999999", " 1"]) {
      expect(refusal(withEntries({ offset }))).toMatch(/^the offset of .* is no whole number$/);
    }
    expect(refusal(withEntries({ length: "12" }))).toMatch(
      /needs 3456 bytes of data, but says that there are 12$/,
    );
    expect(refusal(withEntries({ location: "" }))).toMatch(/but does not name it$/);
    writeFileSync(join(modelFolder(), "network.onnx.data"), Buffer.concat(data).subarray(0, 5000));
    expect(refusal(bytes)).toMatch(/but that file ends at 5000$/);
  });

  it("survives 500 changes of its bytes, reading nothing but what it may", () => {
    const random = createRandom(0, "mutants");
    for (let round = 0; round < 500; round++) {
      const mutant = bytes.slice();
      for (let change = random.integer(4); change >= 0; change--)
        mutant[random.integer(mutant.length)] = random.integer(256);
      try {
        const { graph } = readOnnx(mutant, "network.onnx", new DataFilesInFolder(modelFolder()));
        for (const tensor of graph.initializers) expect(tensor.data.length).toBeLessThan(1 << 20);
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
      }
    }
  });
});

describe("files that belong together", () => {
  const files = [
    { name: "n.onnx.data", contents: Uint8Array.of(1) },
    { name: "n.onnx", contents: Uint8Array.of(2) },
  ];

  it("are moved to their places when they were accepted", async () => {
    const seen = await writeFilesTogether(folder, files, (staged) =>
      Promise.resolve(readdirSync(staged).sort()),
    );
    expect(seen).toEqual(["n.onnx", "n.onnx.data"]);
    expect(readdirSync(folder).sort()).toEqual(["model", "n.onnx", "n.onnx.data", "secret"]);
  });

  it("leave the old ones alone, and nothing of their own, where they were not", async () => {
    await writeFilesTogether(folder, files, () => Promise.resolve());
    const changed = files.map(({ name }) => ({ name, contents: Uint8Array.of(9) }));
    const refused = writeFilesTogether(folder, changed, () => Promise.reject(new InputError("wrong")));
    await expect(refused).rejects.toThrow("wrong");
    expect([...readFileSync(join(folder, "n.onnx")), ...readFileSync(join(folder, "n.onnx.data"))]).toEqual([
      2, 1,
    ]);
    expect(readdirSync(folder)).toHaveLength(4);
  });

  it("take no folder's and no link's place", async () => {
    mkdirSync(join(folder, "n.onnx.data"));
    await expect(writeFilesTogether(folder, files, () => Promise.resolve())).rejects.toThrow(
      /it is a folder$/,
    );
    expect(existsSync(join(folder, "n.onnx"))).toBe(false);
  });
});
