import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { InputError } from "../diagnostics/input-error.ts";
import { whyUnreadable } from "../files/unreadable.ts";
import type { KerasModel } from "../interop/import-model.ts";
import { parseModelJson } from "../interop/tfjs/model-json.ts";
import { readGroupWeights } from "../interop/tfjs/read-weights.ts";
import type { WeightValue } from "../tensor/weight-values.ts";
import { readKerasArchive } from "./keras-archive.ts";
import { readKerasLayers } from "./keras-file.ts";

/** A Keras model out of files: a model.json of TensorFlow.js with its weights, a `.keras` archive, or a configuration alone. */
export interface KerasModelFile extends KerasModel {
  /** The text that describes the layers, for the rows of messages. */
  readonly text: string;
  /** What TensorFlow.js itself opens, for a comparison: model.json and the bytes of all weights. */
  readonly layersModel?: { readonly json: string; readonly weights: Uint8Array };
}

/** What `model.save("model.keras")` calls the configuration. */
const configurationEntry = "config.json";

/** @throws InputError where a file is missing or damaged */
export async function readKerasModel(path: string): Promise<KerasModelFile> {
  const bytes = await read(path);
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) {
    const text = new TextDecoder().decode(await readKerasArchive(bytes, path, configurationEntry));
    const { topology } = parseModelJson(text, path);
    const layers = await readKerasLayers(await readKerasArchive(bytes, path), path);
    return { topology, weights: { kind: "layers", layers }, text };
  }
  const text = new TextDecoder().decode(bytes);
  const { topology, manifest } = parseModelJson(text, path);
  if (manifest === undefined) return { topology, weights: undefined, text };
  const weights = new Map<string, WeightValue>();
  const data: Uint8Array[] = [];
  for (const group of manifest) {
    const shards = await Promise.all(group.paths.map((name) => read(join(dirname(path), name), path)));
    const joined = Buffer.concat(shards);
    data.push(joined);
    for (const [name, value] of readGroupWeights(group, joined, path)) weights.set(name, value);
  }
  return {
    topology,
    weights: { kind: "named", tensors: weights },
    text,
    layersModel: { json: text, weights: Buffer.concat(data) },
  };
}

/** @param owner the file that names this one */
async function read(path: string, owner?: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const reason = whyUnreadable(cause);
    throw new InputError(
      owner === undefined ? `${path}: ${reason}` : `${owner} keeps weights in ${path}: ${reason}`,
      {
        place: { file: path },
        ...(owner === undefined ? {} : { help: "a model.json and its files of weights stay in one folder" }),
        cause,
      },
    );
  }
}
