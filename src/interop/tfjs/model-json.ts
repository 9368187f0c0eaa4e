import { InputError } from "../../diagnostics/input-error.ts";
import { isObject, type JsonObject, objectsIn, textOr } from "../keras/json.ts";

/** A weight as a manifest lists it. */
export interface ListedWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  /** Whole numbers that stand for others: value = number·scale + min; or half as many bits. */
  readonly quantization: { readonly dtype: string; readonly scale: number; readonly min: number } | undefined;
}

/** Files that are read one behind the other, and the weights that lie in them in this order. */
export interface WeightsGroup {
  readonly paths: readonly string[];
  readonly weights: readonly ListedWeight[];
}

/** What a file describes of a model, its layers as Keras writes them. */
export interface ModelJson {
  readonly topology: JsonObject;
  /** Undefined for a configuration alone (`model.to_json()`). */
  readonly manifest: readonly WeightsGroup[] | undefined;
}

/** Bytes of each number. */
export const bytesOf: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  float16: 2,
  uint16: 2,
  uint8: 1,
  bool: 1,
};

/**
 * Reads a model.json of TensorFlow.js, or a configuration of Keras alone.
 *
 * @param name the file, for messages
 * @throws InputError where the text is neither
 */
export function parseModelJson(text: string, name: string): ModelJson {
  const fail = (reason: string, help?: string): never => {
    throw new InputError(`${name} ${reason}`, {
      place: { file: name },
      ...(help === undefined ? {} : { help }),
    });
  };
  const root = parseJson(text, fail);
  if (
    root["format"] === "graph-model" ||
    (isObject(root["modelTopology"]) && "node" in root["modelTopology"])
  ) {
    return fail(
      "is a graph model of TensorFlow.js: operations without layers, which cannot be made layers again",
      "import the model that it was converted from: a model.json of format layers-model, a .keras file or model.to_json()",
    );
  }
  const topology = isObject(root["modelTopology"]) ? root["modelTopology"] : root;
  const model = isObject(topology["model_config"]) ? topology["model_config"] : topology;
  if (textOr(model["class_name"], "") === "" || model["config"] === undefined) {
    return fail(
      "describes no model of layers",
      "a model.json of tf.LayersModel, or what Keras' model.to_json() gives, does",
    );
  }
  const manifest = root["weightsManifest"];
  if (manifest === undefined || manifest === null) return { topology: model, manifest: undefined };
  return { topology: model, manifest: objectsIn(manifest).map((group) => readGroup(group, fail)) };
}

function parseJson(text: string, fail: (reason: string) => never): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return fail(`is no JSON: ${(cause as Error).message}`);
  }
  return isObject(value) ? value : fail("is no JSON object");
}

type Fail = (reason: string, help?: string) => never;

function readGroup(group: JsonObject, fail: Fail): WeightsGroup {
  const paths = Array.isArray(group["paths"]) ? (group["paths"] as unknown[]) : [];
  if (paths.length === 0 || !paths.every(isPlainName)) {
    fail(
      `lists files of weights by the names ${JSON.stringify(group["paths"] ?? null)}, and only files beside it are read`,
    );
  }
  return {
    paths: paths as string[],
    weights: objectsIn(group["weights"]).map((weight) => readListed(weight, fail)),
  };
}

/** A file in the same folder: no way out of it, and no address. */
function isPlainName(path: unknown): boolean {
  return typeof path === "string" && /^(?!\.)[^/\\:\0]+$/.test(path);
}

function readListed(weight: JsonObject, fail: Fail): ListedWeight {
  const name = textOr(weight["name"], "");
  const shape = weight["shape"];
  const isShape =
    Array.isArray(shape) &&
    shape.every((size) => typeof size === "number" && Number.isSafeInteger(size) && size >= 0);
  const dtype = textOr(weight["dtype"], "float32");
  const given = isObject(weight["quantization"]) ? weight["quantization"] : undefined;
  const quantization = given && {
    dtype: textOr(given["dtype"], ""),
    scale: typeof given["scale"] === "number" ? given["scale"] : 1,
    min: typeof given["min"] === "number" ? given["min"] : 0,
  };
  const stored = quantization?.dtype ?? dtype;
  if (!isShape) return fail(`lists the weight "${name}" with the shape ${JSON.stringify(shape) ?? "none"}`);
  if (!Object.hasOwn(bytesOf, stored))
    return fail(`keeps the weight "${name}" as ${stored}, which is not read`);
  return { name, shape: shape as number[], dtype, quantization };
}
