import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { modelFile, runCommand, temporaryFolder } from "./run-command.ts";

const withBias = "input 28x28x1\nconv 8 3x3  # eight filters\nbn; relu\nflatten\ndense 10 softmax\n";
const withoutBias = withBias.replace("3x3 ", "3x3 bias=no ");

describe("check: formats", () => {
  test("sarif is a log of version 2.1.0 with this file's findings", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "a b.cnn"), withBias);
    const { code, out } = await runCommand(["check", "a b.cnn", "--format", "sarif"], { folder });
    expect(code).toBe(0);
    const log = JSON.parse(out) as { version: string; runs: { results: object[] }[] };
    expect(log.version).toBe("2.1.0");
    expect(log.runs[0]!.results).toMatchObject([
      {
        ruleId: "CNN520",
        level: "warning",
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: "a%20b.cnn" },
              region: { startLine: 2, startColumn: 1, endLine: 2, endColumn: 11 },
            },
          },
        ],
      },
    ]);
  });

  test("--target tells what keeps a sound model from running there", async () => {
    const shared = `shared edges { conv 4 3x3 dilation=2 same relu; global_pool avg }
input large 32x32x3
a: edges
input small 16x16x3
edges
concat a
dense 2 softmax
`;
    const file = modelFile(shared);
    expect(await runCommand(["check", file])).toMatchObject({ code: 0 });
    expect(await runCommand(["check", file, "--target", "onnx"])).toMatchObject({ code: 0 });
    const tfjs = await runCommand(["check", file, "--target", "tfjs"]);
    expect(tfjs.code).toBe(1);
    expect(tfjs.out).toMatch(/^error\[CNN410\]/);
    const open = await runCommand([
      "check",
      modelFile("input HxWx3\nconv 4 3x3; relu\n"),
      "--target",
      "onnx",
    ]);
    expect(open.out.match(/CNN402\]/g)).toHaveLength(1);
  });

  test("a target that the file names is judged, with its line, and once for the layers that fail alike", async () => {
    const deep = "input 64\nreshape 2x2x2x2x2x2\nrelu\nflatten\ndense 2\n";
    const file = modelFile(`${deep}require target tfjs onnx webgl\n`);
    const { code, out } = await runCommand(["check", file, "--format", "json"]);
    const { diagnostics } = JSON.parse(out) as {
      diagnostics: {
        code: string;
        start: object;
        labels: { text: string; start: object }[];
        notes: string[];
      }[];
    };
    expect(code).toBe(1);
    expect(diagnostics).toMatchObject([
      {
        code: "CNN411",
        notes: ['it cannot compute "re_lu" and "flatten" either'],
        labels: [{ text: "must run here" }],
      },
    ]);
    expect((await runCommand(["summary", file])).code).toBe(1);
    // The command line's target beside that of the file; a slip that a fix mends is judged after it.
    expect((await runCommand(["check", file, "--target", "webgpu"])).out.match(/CNN411\]/g)).toHaveLength(2);
    expect((await runCommand(["check", modelFile(`${deep}require target onnx tfjs\n`)])).code).toBe(0);
    // A file without an input is judged with the sizes that it gets.
    const part = modelFile("conv 4 3x3; relu\nflatten\ndense 2\nrequire target onnx\n");
    expect((await runCommand(["check", part])).code).toBe(0);
    expect((await runCommand(["check", part, "--input", "8x8x1"])).code).toBe(0);
  });

  test("a misspelt target is mended, and judged then", async () => {
    const slip = modelFile("input 8x8x1\nconv 4 3x3; relu\nflatten\ndense 2\nrequire target wbgpu\n");
    expect(await runCommand(["check", slip, "--fix"])).toMatchObject({
      code: 0,
      out: expect.stringContaining("CNN157 line 5: write `webgpu`") as string,
    });
  });

  test("github is a workflow command a finding", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "m.cnn"), withBias);
    const { out } = await runCommand(["check", join(folder, "m.cnn"), "--format", "github"], { folder });
    expect(out).toMatch(
      /^::warning file=m\.cnn,line=2,col=1,endLine=2,endColumn=10,title=CNN520::[^\n]*%0Ahelp: [^\n]*\n$/,
    );
  });

  test("--deny-warnings makes a warning end with 1; what is allowed is none", async () => {
    const file = modelFile(withBias);
    expect((await runCommand(["check", file])).code).toBe(0);
    expect((await runCommand(["check", file, "--deny-warnings"])).code).toBe(1);
    const allowed = modelFile(withBias.replace("# eight", "# allow CNN520: the weights have it; eight"));
    expect((await runCommand(["check", allowed, "--deny-warnings"])).code).toBe(0);
  });
});

test("a file of weights is looked for beside the program, from wherever it is checked", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "models"));
  const parts =
    'model base { input 8x8x1; flatten; dense 4 }\nmodel all { input 8x8x1; base weights="w.h5"; dense 3 }\n';
  writeFileSync(join(folder, "models", "m.cnn"), parts);
  writeFileSync(join(folder, "w.h5"), "");
  const missing = await runCommand(["check", "models/m.cnn"], { folder });
  expect(missing.code).toBe(1);
  expect(missing.out).toContain('error[CNN600]: there is no file of weights "w.h5"');
  expect(missing.out).toContain("models/m.cnn:2:39");
  writeFileSync(join(folder, "models", "w.h5"), "");
  expect(await runCommand(["check", "models/m.cnn"], { folder })).toMatchObject({ code: 0 });
});

describe("check: several files", () => {
  test("a folder with links in a circle, a folder called like a file, and odd names", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "dir.cnn"));
    symlinkSync(".", join(folder, "again"));
    symlinkSync("self.cnn", join(folder, "self.cnn"));
    for (const name of ["a b#c%20?.cnn", "模型.cnn", "dir.cnn/new\nline.cnn"])
      writeFileSync(join(folder, name), "\ufeffinput 3\r\nfoo\r\n");
    const { code, out, error } = await runCommand(["check", "."], { folder });
    expect(code).toBe(1);
    expect(out.match(/┌─ .*/g)).toEqual([
      "┌─ a b#c%20?.cnn:2:1",
      "┌─ dir.cnn/new␊line.cnn:2:1",
      "┌─ 模型.cnn:2:1",
    ]);
    expect(error).toBe("error: self.cnn cannot be read (ELOOP)\n");
  });

  test("folders and files at once, each file once", async () => {
    const file = modelFile(withBias);
    writeFileSync(join(dirname(file), "b.cnn"), "input 3\nfoo\n");
    const { code, out } = await runCommand(["check", file, dirname(file), "--format", "json"]);
    const { files, errors, warnings } = JSON.parse(out) as {
      files: string[];
      errors: number;
      warnings: number;
    };
    expect(code).toBe(1);
    expect([files.length, errors, warnings]).toEqual([2, 1, 1]);
  });

  test("a used file's findings are told once", async () => {
    const blocks = modelFile("block unit { conv 8 wrong }\n", "blocks.cnn");
    const use = 'use "blocks.cnn"\ninput 8x8x3\nunit\n';
    for (const name of ["one.cnn", "two.cnn"]) writeFileSync(join(dirname(blocks), name), use);
    const { out } = await runCommand(["check", dirname(blocks), "--format", "json"]);
    const { diagnostics } = JSON.parse(out) as {
      diagnostics: { primary: { file: string; start: object } }[];
    };
    const places = diagnostics.map(({ primary }) => JSON.stringify(primary));
    expect(new Set(places).size).toBe(places.length);
  });

  test("a file of blocks alone is no mistake, and its own mistakes are told", async () => {
    expect(await runCommand(["check", modelFile("block unit { conv 8 3x3 relu }\n")])).toMatchObject({
      code: 0,
    });
    expect((await runCommand(["check", modelFile("block unit { cnov 8 3x3 relu }\n")])).out).toContain(
      "CNN110",
    );
  });

  test("every model of a file is checked", async () => {
    const text = "model a { input 784; dense 1 softmax }\nmodel b { input 3x3x1; conv 8 5x5 relu }\n";
    const { out } = await runCommand(["check", modelFile(text), "--format", "json"]);
    const { diagnostics } = JSON.parse(out) as { diagnostics: { code: string }[] };
    expect(diagnostics.map(({ code }) => code)).toEqual(["CNN513", "CNN200"]);
  });
});

describe("check --fix", () => {
  test("mends what is beyond doubt and leaves the network as it is; --unsafe-fixes does the rest", async () => {
    const text = "input 28x28x1\ncnov 8 3x3\nbn; relu; relu\nflatten\ndense 10 softmax; softmax\n";
    const file = modelFile(text);
    const first = await runCommand(["check", "--fix", file]);
    expect(first.code).toBe(0);
    expect(first.out).toContain("2 fixes applied\n  CNN110 line 2: write `conv`\n  CNN511 line 3: remove");
    expect(first.out).toMatch(/\n2 fixes held back, to be looked at first: --unsafe-fixes applies all\n$/);
    expect(readFileSync(file, "utf8")).toBe(
      "input 28x28x1\nconv 8 3x3\nbn; relu\nflatten\ndense 10 softmax; softmax\n",
    );
    const { out } = await runCommand(["check", "--format", "json", file]);
    const { diagnostics } = JSON.parse(out) as { diagnostics: { fix?: { applicability: string } }[] };
    expect(diagnostics.map(({ fix }) => fix?.applicability)).toEqual(["unsafe", "unsafe"]);
    await runCommand(["check", "--unsafe-fixes", file]);
    expect((await runCommand(["check", "--deny-warnings", file])).code).toBe(0);
  });

  test("says without it what each of them would do", async () => {
    const { out } = await runCommand(["check", "-e", "input 8x8x1; cnov 2 3x3; flatten; dense 1 softmax"]);
    expect(out).toMatch(/\n--fix applies 1 fix\n$/);
    const error = await runCommand(["check", "-e", "input 2x2x1; conv 2 3x3"]);
    expect(error.out).toMatch(/\n--unsafe-fixes applies 1 that may change the network: look at it first\n$/);
  });

  test("mends the file, says what it did, and finds nothing then", async () => {
    const file = modelFile(withBias);
    chmodSync(file, 0o640);
    const first = await runCommand(["check", "--unsafe-fixes", file]);
    expect(first.code).toBe(0);
    expect(first.out).toContain("1 fix applied\n  CNN520 line 2: leave the bias out\n");
    expect(readFileSync(file, "utf8")).toBe(withoutBias);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect((await runCommand(["check", "--deny-warnings", file])).code).toBe(0);
  });

  test("goes on until none is left: a spelling first, then what it hid", async () => {
    const file = modelFile("input 28x28x1\ncnov 8 3x3\nbn; relu; relu\nflaten\ndense 10 softmax; softmax\n");
    const { code, out } = await runCommand(["check", "--unsafe-fixes", "--format", "json", file]);
    expect(code).toBe(0);
    const { fixed } = JSON.parse(out) as { fixed: { code: string }[] };
    expect(fixed.map((each) => each.code).sort()).toEqual(["CNN110", "CNN110", "CNN511", "CNN512", "CNN520"]);
    expect(readFileSync(file, "utf8")).toBe(
      "input 28x28x1\nconv 8 3x3 bias=no\nbn; relu\nflatten\ndense 10 softmax\n",
    );
  });

  test("a byte order mark and line ends stay", async () => {
    const file = modelFile(`\uFEFF${withBias.replaceAll("\n", "\r\n")}`);
    await runCommand(["check", "--unsafe-fixes", file]);
    expect(readFileSync(file, "utf8")).toBe(`\uFEFF${withoutBias.replaceAll("\n", "\r\n")}`);
  });

  test("a file without fixes is not written", async () => {
    const file = modelFile("input 784\ndense 10 softmax\n");
    const before = statSync(file);
    await runCommand(["check", "--unsafe-fixes", file]);
    expect(statSync(file).mtimeMs).toBe(before.mtimeMs);
    expect(statSync(file).ino).toBe(before.ino);
  });

  test("leaves out a fix that would lead to an error", async () => {
    // With `same` the convolution gives 3x3x8 in place of 2x2x8. The budget is an error that stays.
    const text = "input 7x7x16\nconv 8 3x3 stride=3 relu\nreshape 32\ndense 8 softmax\nrequire params < 1K\n";
    const file = modelFile(text);
    const before = readFileSync(file, "utf8");
    const { out } = await runCommand(["check", "--unsafe-fixes", file]);
    expect(readFileSync(file, "utf8")).toBe(before);
    expect(out).toContain("left out CNN500 line 2: pad with `same`");
  });

  test("leaves out a fix that would lead to an error in another of the files", async () => {
    // 27·4 + 4 biases + 16 of bn, 256·2 + 2: without the biases the other file's count is wrong.
    const blocks = modelFile(
      "block unit(f) {\n  conv f 3x3 same\n  bn\n  relu\n}\nmodel m { input 8x8x3; unit 4 }\n",
      "blocks.cnn",
    );
    const user = join(dirname(blocks), "user.cnn");
    writeFileSync(user, 'use "blocks.cnn"\ninput 8x8x3\nunit 4\nflatten\ndense 2\nrequire params == 642\n');
    expect((await runCommand(["check", user])).code).toBe(0);
    const before = readFileSync(blocks, "utf8");
    const { out } = await runCommand(["check", "--unsafe-fixes", blocks, user]);
    expect(readFileSync(blocks, "utf8")).toBe(before);
    expect(out).toContain("left out CNN520 line 2");
    await runCommand(["check", "--unsafe-fixes", blocks]);
    expect(readFileSync(blocks, "utf8")).not.toBe(before);
  });

  test("standard input comes out mended, findings on standard error", async () => {
    const { code, out, error } = await runCommand(["check", "--unsafe-fixes", "-"], { input: withBias });
    expect({ code, out }).toEqual({ code: 0, out: withoutBias });
    expect(error).toContain("1 fix applied");
  });

  test("a file that cannot be written is told, and stays", async () => {
    const file = modelFile(withBias);
    chmodSync(file, 0o444);
    const { code, error } = await runCommand(["check", "--unsafe-fixes", file]);
    if (process.getuid?.() === 0) return; // root may write anything
    expect(code).toBe(1);
    expect(error).toContain("cannot write");
    expect(readFileSync(file, "utf8")).toBe(withBias);
  });
});

describe("fmt", () => {
  const loose =
    "input   28x28x1\nconv  8 kernel_size=3x3   strides=2 use_bias=no\nflatten;dense 10 softmax\n";
  const neat = "input 28x28x1\nconv 8 kernel=3x3 stride=2 bias=no\nflatten; dense 10 softmax\n";

  test("writes files in their one form, once", async () => {
    const file = modelFile(loose);
    expect(await runCommand(["fmt", file])).toMatchObject({ code: 0, error: `${file}: formatted\n` });
    expect(readFileSync(file, "utf8")).toBe(neat);
    expect(await runCommand(["fmt", file])).toMatchObject({ code: 0, error: "", out: "" });
  });

  test("--check lists what would change, and writes nothing", async () => {
    const file = modelFile(loose);
    writeFileSync(join(dirname(file), "neat.cnn"), neat);
    expect(await runCommand(["fmt", "--check", dirname(file)])).toMatchObject({ code: 1, out: `${file}\n` });
    expect(readFileSync(file, "utf8")).toBe(loose);
    expect(await runCommand(["fmt", "--check", join(dirname(file), "neat.cnn")])).toMatchObject({
      code: 0,
      out: "",
    });
  });

  test("--diff shows what would change, and writes nothing", async () => {
    const file = modelFile(loose);
    writeFileSync(join(dirname(file), "neat.cnn"), neat);
    expect(await runCommand(["fmt", "--diff", dirname(file)])).toMatchObject({
      code: 1,
      out: `--- ${file}\n+++ ${file}\n@@ -1,3 +1,3 @@\n${loose.replace(/^/gm, "-").slice(0, -1)}${neat.replace(/^/gm, "+").slice(0, -1)}`,
    });
    expect(readFileSync(file, "utf8")).toBe(loose);
    expect(await runCommand(["fmt", "--diff", "-"], { input: neat })).toMatchObject({ code: 0, out: "" });
  });

  test("standard input comes out formatted", async () => {
    expect(await runCommand(["fmt", "-"], { input: loose })).toMatchObject({ code: 0, out: neat });
  });

  test("a file with syntax errors is left alone", async () => {
    const text = "input 28x28x1\nconv (8 3x3\n";
    const file = modelFile(text);
    const { code, error } = await runCommand(["fmt", file]);
    expect(code).toBe(1);
    expect(error).toContain("left as it is");
    expect(readFileSync(file, "utf8")).toBe(text);
  });
});

test("the pre-commit hooks call commands that exist", async () => {
  const hooks = readFileSync(new URL("../../.pre-commit-hooks.yaml", import.meta.url), "utf8");
  const entries = [...hooks.matchAll(/entry: cnn (\w+)/g)].map((match) => match[1]!);
  expect(entries).toEqual(["check", "fmt"]);
  for (const entry of entries) expect((await runCommand([entry, "--help"])).code).toBe(0);
  expect(existsSync(new URL("../../package.json", import.meta.url))).toBe(true);
});
