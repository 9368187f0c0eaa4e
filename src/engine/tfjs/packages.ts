import { createRequire } from "node:module";
import { constants } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import util from "node:util";
import type { TensorFlow } from "../../tfjs/tensorflow.ts";

/** Where a package was found that is no part of this program. */
export interface FoundPackage {
  readonly name: string;
  readonly path: string;
  readonly require: NodeJS.Require;
}

/** Looks for a package beside this program, in the folder where the command runs, and where CNN_TFJS_NODE says; that one first. */
export function findPackage(name: string): FoundPackage | undefined {
  for (const folder of searchedFolders()) {
    const require = createRequire(folder);
    try {
      return { name, path: require.resolve(name), require };
    } catch {
      continue;
    }
  }
  return undefined;
}

function searchedFolders(): readonly string[] {
  const named = process.env["CNN_TFJS_NODE"];
  return [
    ...(named === undefined || named === "" ? [] : [pathToFileURL(join(named, "package.json")).href]),
    import.meta.url,
    pathToFileURL(join(process.cwd(), "package.json")).href,
  ];
}

/** What was found of tfjs-node. */
export type NativeTensorFlow =
  | {
      readonly state: "loaded";
      readonly tf: TensorFlow;
      readonly description: string;
      readonly path: string;
      /** What is installed and does not load, so that the next was taken; or loads and does not find its GPU. */
      readonly broken: readonly string[];
    }
  | { readonly state: "absent"; readonly reason: string }
  /** `package` is what `npm rebuild` mends. */
  | { readonly state: "broken"; readonly reason: string; readonly package: string };

/** TensorFlow's own library, that for CUDA's GPUs first: whoever has installed it wants it. */
const nativePackages = ["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"];

let native: NativeTensorFlow | undefined;

/** Looks for tfjs-node, with a GPU or without, once. */
export function findNativeTensorFlow(): NativeTensorFlow {
  return (native ??= loadNative());
}

function loadNative(): NativeTensorFlow {
  const broken: string[] = [];
  let last = "";
  for (const name of nativePackages) {
    const found = findPackage(name);
    if (found === undefined) continue;
    last = name;
    try {
      prepareForNative();
      const tf = whileLibrariesStay(() => found.require(found.path) as TensorFlow);
      const lacks = name.endsWith("gpu") && !usesGpu(tf) ? [withoutGpu] : [];
      const description = describeNative(tf, name);
      return { state: "loaded", tf, description, path: found.path, broken: [...broken, ...lacks] };
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message.split("\n")[0]! : String(cause);
      broken.push(`${shortName(name)} does not load: ${reason}`);
    }
  }
  if (broken.length === 0) return { state: "absent", reason: whyAbsent() };
  forgetLoaded();
  return { state: "broken", reason: broken.join("; "), package: last };
}

/** The dynamic linker's word for a library that stays in memory once it is there (RTLD_NODELETE), which Node has no name for. */
const noDelete: Partial<Record<NodeJS.Platform, number>> = { linux: 0x1000, darwin: 0x80 };

/**
 * Loads native parts for as long as the process lives. When a worker thread ends, Node takes away the libraries that only it has
 * loaded, and TensorFlow's leaves behind what is called when the process ends: a segmentation fault.
 */
function whileLibrariesStay<Loaded>(load: () => Loaded): Loaded {
  const { dlopen } = process;
  process.dlopen = (module: object, file: string, flags: number = constants.dlopen.RTLD_LAZY) =>
    dlopen.call(process, module, file, flags | (noDelete[process.platform] ?? 0));
  try {
    return load();
  } finally {
    process.dlopen = dlopen;
  }
}

const withoutGpu =
  "tfjs-node-gpu finds no GPU (it needs NVIDIA's driver and the version of CUDA and cuDNN that its TensorFlow names), so it computes on the CPU";

function whyAbsent(): string {
  const named = process.env["CNN_TFJS_NODE"] ?? "";
  const elsewhere = named === "" ? "" : `, nor in the node_modules of ${named}, which CNN_TFJS_NODE names`;
  return `tfjs-node is not installed${elsewhere}`;
}

/**
 * TensorFlow.js keeps its kernels and engine in globals; those of a copy whose native part did not load would be warned of, one by one,
 * when the next copy brings its own.
 */
function forgetLoaded(): void {
  for (const name of ["_tfengine", "_tfGlobals"]) Reflect.deleteProperty(globalThis, name);
}

function shortName(name: string): string {
  return name.slice(name.indexOf("/") + 1);
}

/** tfjs-node 4.22 calls functions of Node's util that Node 23 took away; and TensorFlow is silent about what went well. */
function prepareForNative(): void {
  const restored = util as unknown as Record<string, unknown>;
  restored["isNullOrUndefined"] ??= (value: unknown) => value === null || value === undefined;
  restored["isArray"] ??= Array.isArray;
  process.env["TF_CPP_MIN_LOG_LEVEL"] ??= "2";
}

function describeNative(tf: TensorFlow, name: string): string {
  const { version } = tf as unknown as { readonly version: Readonly<Record<string, string>> };
  const backend = tf.backend() as unknown as {
    readonly binding?: { readonly TF_Version?: string };
  };
  const device = usesGpu(tf) ? "gpu" : "cpu";
  return `${shortName(name)} ${version["tfjs-core"]} on TensorFlow ${backend.binding?.TF_Version ?? "of unknown version"}, ${device}`;
}

function usesGpu(tf: TensorFlow): boolean {
  return (tf.backend() as unknown as { readonly isUsingGpuDevice?: boolean }).isUsingGpuDevice === true;
}
