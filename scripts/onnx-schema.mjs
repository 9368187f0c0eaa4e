// Makes src/onnx/proto/onnx-schema.js and onnx-schema.d.ts from src/onnx/proto/onnx.proto.
//
//   node scripts/onnx-schema.mjs           writes both files
//   node scripts/onnx-schema.mjs --check   exits with 1 where a committed file is out of date
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import prettier from "prettier";
import pbjs from "protobufjs-cli/pbjs.js";

const folder = fileURLToPath(new URL("../src/onnx/proto/", import.meta.url));
const pbjsOptions = [
  ...["--target", "static-module", "--wrap", "esm", "--root", "cnn-onnx"],
  ...["--dependency", "protobufjs/minimal.js"],
  ...["--no-create", "--no-verify", "--no-convert", "--no-delimited", "--no-service", "--no-typeurl"],
];
const header = "// Made from onnx.proto by scripts/onnx-schema.mjs; do not edit.\n";

/** Runs pbjs into `out`. */
function runPbjs(options, out) {
  return new Promise((resolve, reject) => {
    pbjs.main([...pbjsOptions, ...options, "--out", out, join(folder, "onnx.proto")], (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

/** The two files' text. */
async function generateSchema() {
  const scratch = await mkdtemp(join(tmpdir(), "onnx-schema-"));
  try {
    const out = join(scratch, "onnx-schema.js");
    await runPbjs(["--dts"], out);
    const types = await readFile(join(scratch, "onnx-schema.d.ts"), "utf8");
    await runPbjs(["--no-comments"], out);
    const code = await readFile(out, "utf8");
    return {
      "onnx-schema.js": header + leanCode(code),
      "onnx-schema.d.ts": await formatTypes(header + decodedTypes(bigintTypes(types))),
    };
  } finally {
    await rm(scratch, { recursive: true });
  }
}

/**
 * Repeated fields stay the prototype's shared empty list until they hold something: an empty message then costs a fifth of
 * the memory, which matters for files made to exhaust it. Absent 64-bit fields are plain zeros.
 */
function leanCode(code) {
  return code
    .replaceAll(/^ +this\.\w+ = \[\];\n/gm, "")
    .replaceAll("$util.Long ? $util.Long.fromBits(0,0,false) : 0", "0")
    .replaceAll("$util.Long ? $util.Long.fromBits(0,0,true) : 0", "0");
}

/** The readers and writers of wire.ts take and give bigints where a number is not exact. */
function bigintTypes(types) {
  return types.replace('import Long = require("long");\n', "").replaceAll("number|Long", "number|bigint");
}

/** The fields of a decoded message hold decoded messages, not the looser literals that the encoders take. */
function decodedTypes(types) {
  return types.replaceAll(/^( *)class [^]*?^\1\}/gm, (declaration) =>
    declaration.replaceAll(/^( +\w+\??: .*)\.\$Properties/gm, "$1"),
  );
}

async function formatTypes(types) {
  const config = await prettier.resolveConfig(join(folder, "onnx-schema.d.ts"));
  return prettier.format(types, { ...config, parser: "typescript" });
}

const check = process.argv.includes("--check");
for (const [name, text] of Object.entries(await generateSchema())) {
  const path = join(folder, name);
  if (!check) await writeFile(path, text);
  else if ((await readFile(path, "utf8").catch(() => "")) !== text) {
    console.error(`src/onnx/proto/${name} is out of date: run node scripts/onnx-schema.mjs`);
    process.exitCode = 1;
  }
}
