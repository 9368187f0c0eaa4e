// Where a training step's time goes: ONNX Runtime's profile of one lane's whole step on one thread, by operator, by form or by
// layer.
//
//     node bench/profile.mjs NETWORK [--batch 32] [--by operator|node|layer] [--top 25] [--steps 5] [--parts]
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { networks } from "./networks.mjs";

const folder = dirname(fileURLToPath(import.meta.url));
const cache = join(folder, "../node_modules/.cache/bench");

const groupings = {
  operator: (event) => event.args.op_name,
  node: (event) => `${event.args.op_name} ${event.name.replace(/_kernel_time$/, "")}`,
  layer: (event) => event.name.split("/")[0],
  size: (event) => `${event.args.op_name} ${shapesOf(event)}`,
};

const shapesOf = ({ args }) =>
  (args.input_type_shape ?? []).map((each) => Object.values(each)[0].join("x")).join(" ");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    batch: { type: "string" },
    by: { type: "string", default: "operator" },
    top: { type: "string", default: "25" },
    steps: { type: "string", default: "5" },
    parts: { type: "boolean" },
  },
});
const network = networks[positionals[0]];
const groupOf = groupings[values.by];
if (network === undefined || groupOf === undefined) {
  throw new Error(`networks are ${Object.keys(networks)}, groupings ${Object.keys(groupings)}`);
}
mkdirSync(cache, { recursive: true });
const outfile = join(cache, `profile-step-${process.pid}.mjs`);
await build({
  entryPoints: [join(folder, "profile-step.ts")],
  bundle: true,
  platform: "node",
  format: "esm",
  packages: "external",
  outfile,
  logLevel: "error",
});
const { profileStep } = await import(pathToFileURL(outfile).href);
rmSync(outfile);
const batch = Number(values.batch ?? network.batches[0]);
const steps = Number(values.steps);
const file = await profileStep(network, batch, steps, join(cache, "profile"), values.parts);
const events = JSON.parse(readFileSync(file, "utf8")).filter(
  ({ cat, name }) => cat === "Node" && name.endsWith("_kernel_time"),
);
rmSync(file);
// The first run warms up. Of each node the least time of all steps counts, which other processes disturb least.
const perRun = events.length / (steps + 1);
const least = new Map();
for (const event of events.slice(perRun)) {
  const known = least.get(event.name);
  if (known === undefined || event.dur < known.dur) least.set(event.name, event);
}
const groups = new Map();
for (const event of least.values()) {
  const key = groupOf(event);
  const group = groups.get(key) ?? { time: 0, count: 0 };
  groups.set(key, { time: group.time + event.dur, count: group.count + 1 });
}
const total = [...groups.values()].reduce((sum, { time }) => sum + time, 0);
console.log(`${positionals[0]}, batch ${batch}: ${perRun} nodes, ${(total / 1000).toFixed(2)} ms a step`);
for (const [key, { time, count }] of [...groups]
  .sort((a, b) => b[1].time - a[1].time)
  .slice(0, Number(values.top))) {
  const [milliseconds, share] = [time / 1000, (100 * time) / total];
  console.log(
    `${milliseconds.toFixed(3).padStart(9)} ms ${share.toFixed(1).padStart(5)} % ${String(count).padStart(5)}  ${key}`,
  );
}
