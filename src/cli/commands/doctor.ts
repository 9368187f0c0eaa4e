import { arch, availableParallelism, cpus, platform } from "node:os";
import { InputError } from "../../diagnostics/input-error.ts";
import { importOnnxRuntime } from "../../engine/onnx-runtime.ts";
import { loadPlainTensorFlow, nativeHelp } from "../../engine/tfjs/load.ts";
import { findNativeTensorFlow } from "../../engine/tfjs/packages.ts";
import { openWebGpu, webGpuHelp } from "../../engine/tfjs/web-gpu.ts";
import { version } from "../../version.ts";
import type { ExitCode } from "../exit.ts";
import { writeOut } from "../terminal.ts";

/** One thing that a run may need. */
interface Finding {
  readonly name: string;
  readonly state: "ready" | "missing" | "broken";
  /** Versions and devices, or why it does not work. */
  readonly text: string;
  readonly help?: string;
}

/** `cnn doctor`: what is there to run models on; it fails where there is nothing. */
export async function runDoctor({ format }: { readonly format: string }): Promise<ExitCode> {
  const findings = [await examineOnnxRuntime(), examineNative(), await examinePlain(), await examineWebGpu()];
  const machine = {
    cnn: version,
    node: process.versions.node,
    system: `${platform()} ${arch()}`,
    processor: cpus()[0]?.model.trim() ?? "unknown",
    threads: availableParallelism(),
  };
  if (format === "json") {
    writeOut(`${JSON.stringify({ ...machine, engines: findings }, undefined, 2)}\n`);
  } else {
    writeOut(
      `cnn ${machine.cnn}, Node ${machine.node}, ${machine.system}\n${machine.processor}, ${machine.threads} threads\n\n`,
    );
    for (const { name, state, text, help } of findings) {
      writeOut(`${state.padEnd(8)}${name}: ${text}\n${help === undefined ? "" : `        ${help}\n`}`);
    }
  }
  return findings.some(({ state }) => state === "ready") ? 0 : 1;
}

async function examineOnnxRuntime(): Promise<Finding> {
  const name = "ort (ONNX Runtime)";
  try {
    const { env, listSupportedBackends } = await importOnnxRuntime();
    const named = (bundled: boolean): string =>
      listSupportedBackends()
        .filter((backend) => backend.bundled === bundled)
        .map((backend) => backend.name)
        .join(", ");
    const others = named(false) === "" ? "" : ` (${named(false)} where NVIDIA's libraries are installed)`;
    const known = env.versions.node ?? env.versions.common;
    return { name, state: "ready", text: `${known}, providers ${named(true)}${others}; the default` };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const help = error.help === undefined ? {} : { help: error.help };
    return { name, state: "missing", text: error.message, ...help };
  }
}

function examineNative(): Finding {
  const name = "tfjs (tfjs-node)";
  const found = findNativeTensorFlow();
  if (found.state === "loaded") {
    return { name, state: "ready", text: [found.description, ...found.broken].join("; ") };
  }
  if (found.state === "absent") {
    return {
      name,
      state: "missing",
      text: `${found.reason}; --engine tfjs takes the next`,
      help: nativeHelp,
    };
  }
  return { name, state: "broken", text: found.reason, help: `npm rebuild ${found.package}` };
}

/** Two copies of TensorFlow.js in one process share their registers, so that this one is not loaded beside tfjs-node. */
async function examinePlain(): Promise<Finding> {
  const name = "tfjs (plain JavaScript)";
  if (findNativeTensorFlow().state === "loaded") {
    return { name, state: "ready", text: "part of this program; runs where tfjs-node is absent; slow" };
  }
  const { version_core: known } = await loadPlainTensorFlow();
  return { name, state: "ready", text: `${known}, part of this program; slow` };
}

async function examineWebGpu(): Promise<Finding> {
  const name = "tfjs (WebGPU)";
  try {
    return { name, state: "ready", text: `${await openWebGpu()}; --engine tfjs --device webgpu` };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { name, state: "missing", text: error.message, help: webGpuHelp };
  }
}
