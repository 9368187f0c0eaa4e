import { InputError } from "../diagnostics/input-error.ts";
import type { WeightValue } from "../tensor/weight-values.ts";

/** A layer of a Keras model with its numbers, in Keras' order: what it trains first, then running statistics. */
export interface KerasLayer {
  readonly name: string;
  readonly values: readonly WeightValue[];
}

type Library = typeof import("h5wasm");
type Group = InstanceType<Library["Group"]>;
type Dataset = InstanceType<Library["Dataset"]>;
type Entity = ReturnType<Group["get"]>;

/** Groups within one another in the files of Keras: a layer in a model in a model, a few for each. */
const deepest = 40;
const mostGroups = 200_000;
/** Names that Keras gives by itself to layers with weights. */
const automaticName =
  /^((?:depthwise_|separable_)?conv[123]d(?:_transpose)?|dense|(?:batch|layer|group|rms)_normalization|normalization|embedding|p_re_lu|multi_head_attention)(?:_(\d+))?$/;
/** The layers within Keras' attention in the order of its weights: their groups in the files of Keras 3, and their names. */
const attentionGroups = ["query_dense", "key_dense", "value_dense", "output_dense"];
const attentionParts = ["query", "key", "value", "attention_output"];

/**
 * The layers of a Keras file that hold weights: `model.weights.h5` as Keras 3 writes it, or a whole model or its weights in the
 * older form (`.h5`).
 *
 * @param name the file, for messages
 * @throws InputError where the bytes are no such file, or describe more numbers than they hold
 */
export async function readKerasLayers(bytes: Uint8Array, name: string): Promise<readonly KerasLayer[]> {
  const library = await import("h5wasm");
  const module = await library.ready;
  const { FS } = module;
  // Else the library prints what it finds wrong.
  module.activate_throwing_error_handler();
  const path = "/weights.h5";
  const fail = (reason: string, cause?: unknown): never => {
    throw new InputError(`${name} is not a sound file of Keras weights: ${reason}`, {
      code: "CNN601",
      place: { file: name },
      cause,
    });
  };
  let file: InstanceType<Library["File"]> | undefined;
  try {
    FS.writeFile(path, bytes);
    file = new library.File(path, "r");
    const reader = new LayerReader(library, bytes.length, fail);
    const layers = reader.read(file);
    if (layers.length === 0) fail("no layer in it has weights");
    return layers;
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    return fail(`HDF5 cannot read it (${reasonOf(cause)})`, cause);
  } finally {
    file?.close();
    FS.unlink(path);
  }
}

/** HDF5 tells its whole stack of calls, the cause last: `minor: File has been truncated`. */
function reasonOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  const [, reason] = [...text.matchAll(/minor: (.+)/g)].at(-1) ?? [];
  return (reason ?? text.split("\n")[0]!).trim().toLowerCase();
}

class LayerReader {
  readonly #library: Library;
  readonly #fail: (reason: string) => never;
  #bytesLeft: number;
  #groupsLeft = mostGroups;

  constructor(library: Library, size: number, fail: (reason: string) => never) {
    this.#library = library;
    this.#bytesLeft = size;
    this.#fail = fail;
  }

  read(file: Group): KerasLayer[] {
    const older = this.#isGroup(file.get("model_weights")) ? (file.get("model_weights") as Group) : file;
    const layers = "layer_names" in older.attrs ? this.#readOlder(older) : this.#readNested(file, "", 0);
    return layers.filter(({ values }) => values.length > 0);
  }

  /** Keras 3: a group `vars` for each layer, however deep, with the layer's name; the numbers in it are called 0, 1 … */
  #readNested(group: Group, ownName: string, depth: number): KerasLayer[] {
    if (depth > deepest || --this.#groupsLeft < 0) this.#fail("its groups are nested without end");
    const keys = group.keys();
    if (attentionGroups.every((part) => keys.includes(part))) {
      const parts = attentionGroups.flatMap((part) =>
        this.#readNested(group.get(part) as Group, part, depth + 1),
      );
      return [
        { name: this.#nameOf(group.get("vars"), ownName), values: parts.flatMap(({ values }) => values) },
      ];
    }
    return keys.flatMap((key) => {
      const child = group.get(key);
      if (!this.#isGroup(child)) return [];
      if (key !== "vars") return this.#readNested(child, key, depth + 1);
      const name = this.#nameOf(child, ownName);
      const numbers = child.keys().sort((a, b) => Number(a) - Number(b));
      const values = numbers.map((each) => this.#readValue(child.get(each), `${name}/${each}`));
      return [{ name, values }];
    });
  }

  /** What the layer of a group `vars` is called; its groups' names are made from the classes of layers. */
  #nameOf(vars: Entity, otherwise: string): string {
    return this.#isGroup(vars) ? String(vars.attrs["name"]?.value ?? otherwise) : otherwise;
  }

  /** Before: a group a layer, whose `weight_names` say where its numbers are and in which order. */
  #readOlder(group: Group): KerasLayer[] {
    return textsOf(group, "layer_names").flatMap((layer) => {
      const child = group.get(layer);
      if (!this.#isGroup(child)) return this.#fail(`it has no layer ${layer}`);
      const own = new Map<string, WeightValue[]>();
      const paths = textsOf(child, "weight_names");
      for (const path of paths) {
        const owner = ownerOf(path, paths) ?? layer;
        const values = own.get(owner) ?? [];
        own.set(owner, values);
        values.push(this.#readValue(child.get(path), path));
      }
      return [...own].map(([name, values]) => ({ name, values }));
    });
  }

  /** Every size is compared with the file's before anything is read: datasets may neither be packed nor lie on one another. */
  #readValue(entity: Entity, path: string): WeightValue {
    if (!(entity instanceof this.#library.Dataset)) return this.#fail(`${path} holds no numbers`);
    const dataset: Dataset = entity;
    const { shape, dtype } = dataset;
    if (shape === null || typeof dtype !== "string" || !/^[<>|]?[fiBbhHIlLqQed]/.test(dtype))
      return this.#fail(`${path} holds no numbers`);
    if (dataset.filters.length > 0) this.#fail(`${path} is packed, which Keras does not do`);
    const count = shape.reduce((product, size) => product * size, 1);
    this.#bytesLeft -= count * dataset.metadata.size;
    if (this.#bytesLeft < 0) this.#fail(`${path} of ${shape.join("x")} has more numbers than the file holds`);
    const value = dataset.value as ArrayLike<number> | number | bigint | ArrayLike<bigint>;
    if (value instanceof Float32Array) return { shape, data: value };
    const list = typeof value === "object" ? Array.from(value as ArrayLike<number | bigint>) : [value];
    return { shape, data: Float32Array.from(list, Number) };
  }

  #isGroup(entity: Entity): entity is Group {
    return entity instanceof this.#library.Group;
  }
}

/**
 * `model/conv1/kernel:0` is a weight of conv1, `attention/query/kernel` one of attention; a name alone has no owner but the layer
 * that it stands with.
 */
function ownerOf(path: string, paths: readonly string[]): string | undefined {
  const outer = path.split("/").slice(0, -1);
  const last = outer.pop();
  const isPart = (part: string): boolean =>
    paths.some((each) => each.startsWith([...outer, part, ""].join("/")));
  return attentionParts.includes(last!) && outer.length > 0 && attentionParts.every(isPart)
    ? outer.at(-1)
    : last;
}

/** The texts of an attribute; a long list is kept in pieces, `layer_names0`, `layer_names1` and so on. */
function textsOf({ attrs }: Group, name: string): string[] {
  const parts = [name, ...Array.from({ length: 1000 }, (_, index) => `${name}${index}`)];
  const found: string[] = [];
  for (const [index, part] of parts.entries()) {
    const value: unknown = attrs[part]?.value;
    if (value === undefined && index > 0) break;
    if (Array.isArray(value)) found.push(...value.map(String));
  }
  return found;
}

/**
 * Names that Keras has given by itself, counted from 0 as in a model that is built first: `conv2d_95`, `conv2d_96` become
 * `conv2d_0`, `conv2d_1`, since the numbers go on through all models of a program. Other names stay as they are.
 */
export function renumberNames(names: readonly string[]): string[] {
  const parts = names.map((name) => automaticName.exec(name));
  const numbers = new Map<string, number[]>();
  for (const part of parts) {
    if (part === null) continue;
    const [, base, number = 0] = part as unknown as [string, string, string?];
    numbers.set(
      base,
      [...(numbers.get(base) ?? []), Number(number)].sort((a, b) => a - b),
    );
  }
  return parts.map((part, index) => {
    if (part === null) return names[index]!;
    const [, base, number = 0] = part as unknown as [string, string, string?];
    return `${base}_${numbers.get(base)!.indexOf(Number(number))}`;
  });
}
