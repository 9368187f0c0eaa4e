import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import util from "node:util";
import { InputError } from "../diagnostics/input-error.ts";
import type { TensorFlow } from "../tfjs/tensorflow.ts";

/** How TensorFlow.js computes: with TensorFlow's own library, or in plain JavaScript. */
export type TensorFlowBackend = "tensorflow" | "cpu";

/** TensorFlow.js, ready to compute. */
export interface LoadedTensorFlow {
  readonly tf: TensorFlow;
  readonly backend: TensorFlowBackend;
  /** `tfjs-node 4.22.0 on TensorFlow 2.9.1`. */
  readonly description: string;
  /** Why it is not the faster one, and what to do about that; undefined where it is. */
  readonly note: string | undefined;
}

/** What was found of tfjs-node. */
export type NativeTensorFlow =
  | { readonly state: "loaded"; readonly tf: TensorFlow; readonly description: string; readonly path: string }
  | { readonly state: "absent" }
  | { readonly state: "broken"; readonly reason: string };

/** How to get TensorFlow's own library. */
export const nativeHelp =
  "npm install @tensorflow/tfjs-node (its install script downloads TensorFlow's library; where that cannot be reached, the library of a TensorFlow wheel does as well)";

let native: NativeTensorFlow | undefined;
let plain: TensorFlow | undefined;

/**
 * TensorFlow.js: tfjs-node where it is installed and loads, else the pure JavaScript backend, which is part of this program and
 * slow.
 *
 * @param backend the only one that is wanted
 * @throws InputError where tfjs-node is wanted and is not there
 */
export async function loadTensorFlow(backend?: TensorFlowBackend): Promise<LoadedTensorFlow> {
  const found = backend === "cpu" ? undefined : findNativeTensorFlow();
  if (found?.state === "loaded") {
    return { tf: found.tf, backend: "tensorflow", description: found.description, note: undefined };
  }
  const reason =
    found === undefined || found.state === "absent"
      ? "tfjs-node is not installed"
      : `tfjs-node does not load: ${found.reason}`;
  if (backend === "tensorflow") throw new InputError(reason, { help: nativeHelp });
  const tf = await loadPlainTensorFlow();
  return {
    tf,
    backend: "cpu",
    description: `TensorFlow.js ${tf.version_core}, plain JavaScript`,
    note: `${reason}, so TensorFlow.js computes in plain JavaScript, which is slow; ${nativeHelp}`,
  };
}

/** The pure JavaScript backend. */
export async function loadPlainTensorFlow(): Promise<TensorFlow> {
  plain ??= (await import("../tfjs/plain.ts")).tensorFlow;
  // Else it prints an advertisement for tfjs-node.
  plain.enableProdMode();
  await plain.setBackend("cpu");
  return plain;
}

/** Looks for tfjs-node beside this program, in the folder where the command runs, and where CNN_TFJS_NODE says. */
export function findNativeTensorFlow(): NativeTensorFlow {
  return (native ??= loadNative());
}

/** Folders from whose node_modules tfjs-node may come. */
function searchedFolders(): readonly string[] {
  const named = process.env["CNN_TFJS_NODE"];
  return [
    ...(named === undefined || named === "" ? [] : [pathToFileURL(join(named, "package.json")).href]),
    import.meta.url,
    pathToFileURL(join(process.cwd(), "package.json")).href,
  ];
}

function loadNative(): NativeTensorFlow {
  for (const folder of searchedFolders()) {
    const require = createRequire(folder);
    const path = resolveOptional(require, "@tensorflow/tfjs-node");
    if (path === undefined) continue;
    try {
      prepareForNative();
      const tf = require(path) as TensorFlow;
      return { state: "loaded", tf, description: describeNative(tf), path };
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message.split("\n")[0]! : String(cause);
      return { state: "broken", reason };
    }
  }
  return { state: "absent" };
}

function resolveOptional(require: NodeJS.Require, name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    return undefined;
  }
}

/** tfjs-node 4.22 calls functions of Node's util that Node 23 took away; and TensorFlow is silent about what went well. */
function prepareForNative(): void {
  const restored = util as unknown as Record<string, unknown>;
  restored["isNullOrUndefined"] ??= (value: unknown) => value === null || value === undefined;
  restored["isArray"] ??= Array.isArray;
  process.env["TF_CPP_MIN_LOG_LEVEL"] ??= "2";
}

function describeNative(tf: TensorFlow): string {
  const { version } = tf as unknown as { readonly version: Readonly<Record<string, string>> };
  const backend = tf.backend() as unknown as {
    readonly binding?: { readonly TF_Version?: string };
    readonly isUsingGpuDevice?: boolean;
  };
  const device = backend.isUsingGpuDevice === true ? "gpu" : "cpu";
  return `tfjs-node ${version["tfjs-core"]} on TensorFlow ${backend.binding?.TF_Version ?? "of unknown version"}, ${device}`;
}
