// Whole processes, cold: what `cnn check` and `cnn summary` cost beside a bare Node, alternating, medians and ratios.
import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const command = "dist/cli/main.js";

/** A model of so many layers: convolutions, batch norms and activations in turn. */
function deepModel(layers) {
  const lines = ["model deep", "input 64x64x3"];
  while (lines.length - 2 < layers - 2)
    lines.push(["conv 16 3x3 same bias=no", "bn", "relu"][(lines.length - 2) % 3]);
  return [...lines, "global_pool avg", "dense 10 softmax", ""].join("\n");
}

function milliseconds(args) {
  const started = process.hrtime.bigint();
  const { status, stderr } = spawnSync(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
  if (status !== 0) throw new Error(`node ${args.join(" ")} ended with ${status}: ${stderr}`);
  return Number(process.hrtime.bigint() - started) / 1e6;
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

function benchStartup(rounds) {
  const deep = join(mkdtempSync(join(tmpdir(), "cnn-bench-")), "deep.cnn");
  writeFileSync(deep, deepModel(200));
  const cases = {
    "bare node": ["-e", "0"],
    "cnn check, 10 layers": [command, "check", "examples/fashion_mnist.cnn"],
    "cnn check, 200 layers": [command, "check", deep],
    "cnn summary, 10 layers": [command, "summary", "examples/fashion_mnist.cnn"],
    "cnn export, 93,322 parameters": [
      command,
      "export",
      "examples/fashion_mnist.cnn",
      join(tmpdir(), "cnn-bench.onnx"),
    ],
  };
  const times = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [name, args] of Object.entries(cases)) {
      const time = milliseconds(args);
      // The first round warms the disk's cache.
      if (round > 0) times[name].push(time);
    }
  }
  const bare = median(times["bare node"]);
  console.log("\nstart-up, whole processes (median of %d, milliseconds; ratio to bare node)", rounds);
  for (const [name, values] of Object.entries(times)) {
    console.log(
      `  ${name.padEnd(32)} ${median(values).toFixed(0).padStart(6)}   ${(median(values) / bare).toFixed(2)}`,
    );
  }
}

benchStartup(process.argv.includes("--quick") ? 5 : 15);
