import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { findBackendLimit, tensorFlowBackends } from "../../src/tfjs/backend-limits.ts";
import { commandPath, runCommand } from "../cli/run-command.ts";
import { shapedModel } from "../parity/compare-engines.ts";

const folder = mkdtempSync(join(tmpdir(), "cnn-backends-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Installs a package that is nothing but a script. */
function install(place: string, name: string, script: string): string {
  const root = join(folder, place);
  const home = join(root, "node_modules", name);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "index.js"), script);
  return root;
}

/** Looks like tfjs-node; it asks for what Node 23 took away, as the real one does. */
const native = (version: string, gpu: boolean): string => `
const util = require("util");
if (!util.isNullOrUndefined(null) || util.isNullOrUndefined(0) || !util.isArray([])) throw new Error("util lacks functions");
exports.version = { "tfjs-core": "${version}" };
exports.backend = () => ({ binding: { TF_Version: "2.9.1" }, isUsingGpuDevice: ${gpu} });
`;

async function engines(
  root: string,
  before = "",
): Promise<readonly { name: string; state: string; text: string }[]> {
  const preload = join(folder, "preload.cjs");
  writeFileSync(preload, before);
  const environment = { CNN_TFJS_NODE: root, NODE_OPTIONS: `--require ${preload}` };
  const { out } = await runCommand(["doctor", "--format", "json"], { environment });
  return (JSON.parse(out) as { engines: { name: string; state: string; text: string }[] }).engines;
}

describe("finding tfjs-node", () => {
  const nativeOf = async (...given: Parameters<typeof engines>): Promise<string> => {
    const found = (await engines(...given)).find(({ name }) => name === "tfjs (tfjs-node)")!;
    return `${found.state}: ${found.text}`;
  };

  it("takes that for GPUs first, and says why where it does not load", async () => {
    const root = install("both", "@tensorflow/tfjs-node", native("4.22.0", false));
    install("both", "@tensorflow/tfjs-node-gpu", native("4.22.0", true));
    expect(await nativeOf(root)).toBe("ready: tfjs-node-gpu 4.22.0 on TensorFlow 2.9.1, gpu");
    install("both", "@tensorflow/tfjs-node-gpu", native("4.22.0", false));
    expect(await nativeOf(root)).toMatch(
      /^ready: tfjs-node-gpu 4.22.0 on TensorFlow 2.9.1, cpu; tfjs-node-gpu finds no GPU/,
    );
    install("both", "@tensorflow/tfjs-node-gpu", 'throw new Error("libcudart.so is missing")');
    expect(await nativeOf(root)).toBe(
      "ready: tfjs-node 4.22.0 on TensorFlow 2.9.1, cpu; tfjs-node-gpu does not load: libcudart.so is missing",
    );
  });

  it("puts back the functions that Node 23 took away before it is loaded", async () => {
    const root = install("newer", "@tensorflow/tfjs-node", native("4.22.0", false));
    const without = 'const util = require("util"); delete util.isNullOrUndefined; delete util.isArray;';
    expect(await nativeOf(root, without)).toBe("ready: tfjs-node 4.22.0 on TensorFlow 2.9.1, cpu");
  });

  it("says what is broken, and what it has left behind disturbs nobody", async () => {
    // The JavaScript part of the real one is there before its native part is looked for.
    const core = JSON.stringify(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-cpu"));
    const root = install(
      "broken",
      "@tensorflow/tfjs-node",
      `require(${core}); throw new Error("no binding")`,
    );
    expect(await nativeOf(root)).toBe("broken: tfjs-node does not load: no binding");
    const { error } = await runCommand(["doctor"], { environment: { CNN_TFJS_NODE: root } });
    expect(error).toBe("");
  });

  it("says where it was looked for", async () => {
    expect(await nativeOf(join(folder, "nowhere"))).toContain("nowhere, which CNN_TFJS_NODE names");
  });
});

describe("what a backend cannot compute", () => {
  const many = shapedModel("input 64\nreshape 2x2x2x2x2x2; relu; flatten; dense 2\n")!;
  const refused = (backend: (typeof tensorFlowBackends)[number], training = true): readonly string[] =>
    many.layers.filter((layer) => findBackendLimit(layer, backend, training)).map(({ node }) => node.kind);

  it("is told for each layer, by trials", () => {
    expect(refused("cpu")).toEqual([]);
    expect(refused("tensorflow")).toEqual([]);
    expect(refused("webgl")).toEqual(["reshape", "activation", "flatten"]);
    expect(refused("webgpu")).toEqual(["reshape", "activation", "flatten"]);
    const deep = shapedModel("input 64\nreshape 2x2x2x2x2x2x1\nrelu\n")!.layers.at(-1)!;
    expect(findBackendLimit(deep, "tensorflow", true)?.help).toContain("plain JavaScript can");
    expect(findBackendLimit(deep, "tensorflow", false)).toBeUndefined();
  });

  it("is told at an export, and in its file", async () => {
    const program = join(folder, "many.cnn");
    writeFileSync(program, "input 64\nfold: reshape 2x2x2x2x2x2\nrelu; flatten; dense 2\n");
    const place = join(folder, "many-tfjs");
    const { code, error } = await runCommand(["export", program, place, "--to", "tfjs"]);
    expect(code, error).toBe(0);
    expect(error.replace(/\s+/g, " ")).toContain('TensorFlow.js on WebGL cannot compute "fold"');
    const { userDefinedMetadata } = JSON.parse(readFileSync(join(place, "model.json"), "utf8")) as {
      readonly userDefinedMetadata: Readonly<Record<string, string>>;
    };
    const limits = JSON.parse(userDefinedMetadata["cnn.limits"]!) as object;
    expect(Object.keys(limits)).toEqual(["webgl", "webgpu"]);
  });

  it.each([
    "input 8x8x2\nconv 3 3x3 same; pool max 2; pad 1; bn; flatten; dense 2\n",
    "input 5x5x5x2\nconv 3 3x3x3; bn; pad 1; flatten; dense 2\n",
  ])("images and volumes run everywhere: %j", (text) => {
    for (const backend of tensorFlowBackends) {
      const { layers } = shapedModel(text)!;
      expect(layers.filter((layer) => findBackendLimit(layer, backend, true))).toEqual([]);
    }
  });
});

// Real binaries of other versions, and a folder with the package `webgpu`, where they are at hand.
const nodes = (process.env["CNN_NODES"] ?? "").split(":").filter((path) => existsSync(path));
const tfjsNode = process.env["CNN_TFJS_NODE"] ?? "";

describe.skipIf(tfjsNode === "")(
  "tfjs-node in a run's thread (skipped where CNN_TFJS_NODE names none)",
  () => {
    it("what it refuses is shown in the program; the process ends in order, without a folder", async () => {
      const text = "input 28x28x1\nflatten; dense 64\nreshape 2x2x2x2x2x2x1\nflatten; dense 10 softmax\n";
      const run = join(folder, "refused");
      const call = ["train", "-e", text, "--data", "digits", "--engine", "tfjs", "--run", run];
      const { code, error } = await runCommand(call);
      expect(error).toContain('error[CNN411]: tfjs-node cannot compute "reshape"');
      expect(error).toMatch(/^ {2}│ \^{21}$/m);
      expect(code).toBe(1);
      expect(existsSync(run)).toBe(false);
    });
  },
);

describe.skipIf(nodes.length === 0)("other versions of Node (skipped where CNN_NODES names none)", () => {
  it.each(nodes)(
    "%s trains on TensorFlow.js",
    async (node) => {
      const run = join(folder, `run-${nodes.indexOf(node)}`);
      const program = join(folder, "small.cnn");
      writeFileSync(program, "input 28x28x1\npool avg 4; flatten; dense 10 softmax\n");
      const call = [
        "train",
        program,
        "--data",
        "digits",
        "--epochs",
        "1",
        "--batch",
        "512",
        "--engine",
        "tfjs",
      ];
      const { stdout, stderr } = await promisify(execFile)(node, [
        commandPath,
        ...call,
        "--run",
        run,
        "--no-report",
      ]);
      expect(stdout + stderr).toContain(tfjsNode === "" ? "plain JavaScript" : "tfjs-node");
      expect(readdirSync(run)).toContain("checkpoint.safetensors");
    },
    120_000,
  );
});
