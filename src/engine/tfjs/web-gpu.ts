import { pathToFileURL } from "node:url";
import { InputError } from "../../diagnostics/input-error.ts";
import { findPackage } from "./packages.ts";

/** How to get WebGPU in Node. */
export const webGpuHelp =
  "npm install webgpu (Dawn, Chromium's WebGPU) beside cnn-lang or where the command runs; on Linux it needs a Vulkan driver, which VK_ICD_FILENAMES may name";

/** What the package `webgpu` offers. */
interface Dawn {
  create(options: readonly string[]): Gpu;
  readonly globals: object;
}

interface Gpu {
  requestAdapter(): Promise<{
    readonly info?: { readonly description?: string; readonly device?: string };
  } | null>;
}

/** Held for good: Dawn must not be collected while a device of it is in use. */
let opened: Promise<string> | undefined;

/**
 * Puts WebGPU where TensorFlow.js looks for it, as a page has it: `navigator.gpu`.
 *
 * @returns the GPU's name
 * @throws InputError where there is none
 */
export function openWebGpu(): Promise<string> {
  return (opened ??= open());
}

async function open(): Promise<string> {
  const found = findPackage("webgpu");
  if (found === undefined) throw new InputError("the package webgpu is not installed", { help: webGpuHelp });
  let gpu: Gpu;
  let adapter: Awaited<ReturnType<Gpu["requestAdapter"]>>;
  try {
    const dawn = (await import(pathToFileURL(found.path).href)) as Dawn;
    Object.assign(globalThis, dawn.globals);
    gpu = dawn.create([]);
    adapter = await gpu.requestAdapter();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split("\n")[0]! : String(cause);
    throw new InputError(`the package webgpu does not load: ${reason}`, { help: webGpuHelp, cause });
  }
  if (adapter === null) throw new InputError("WebGPU finds no GPU", { help: webGpuHelp });
  const navigator = { gpu, userAgent: "Node.js" };
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
  const { description, device } = adapter.info ?? {};
  return [device, description].find((name) => name !== undefined && name !== "") ?? "a GPU";
}
