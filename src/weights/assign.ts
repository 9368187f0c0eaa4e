import type { ShapedGraph, ShapedLayer } from "../analyze/shaped-graph.ts";
import { InputError, type InputPlace } from "../diagnostics/input-error.ts";
import type { ModelOrigin } from "../graph/layer-graph.ts";
import { type WeightValue, type WeightValues, weightKey } from "../tensor/weight-values.ts";
import { type KerasLayer, renumberNames } from "./keras-file.ts";
import { layerPaths } from "./layer-paths.ts";
import { type Library, nameLayers, type NameTable, type NameTables } from "./name-table.ts";
import { inOneRow, reorderFlattenedRows, torchLayouts, withoutOnes } from "./torch-layouts.ts";
import type { WeightsFile } from "./weights-file.ts";

/** The layers that a file of weights is for. */
export interface Target {
  /** The whole graph that they stand in. */
  readonly model: ShapedGraph;
  /** Their own layers in order, those that share weights left out. */
  readonly layers: readonly ShapedLayer[];
  readonly origin: ModelOrigin | undefined;
  /** What the layers' names begin with, and how many frames their scopes, beyond a model of their own. */
  readonly namePrefix: string;
  readonly depth: number;
  readonly tables: NameTables;
}

/** A model by itself, all of whose weights come from one file. */
export function wholeModel(model: ShapedGraph, tables: NameTables): Target {
  const layers = model.layers.filter(({ node }) => node.sharesWeightsOf === undefined);
  return { model, layers, origin: model.graph.origin, namePrefix: "", depth: 0, tables };
}

/** The weights of a model out of a checkpoint of its own. @throws InputError as `assignWeights` does */
export function matchWeights(model: ShapedGraph, tensors: WeightValues, name: string): WeightValues {
  const file = { kind: "tensors", tensors, metadata: {} } as const;
  return assignWeights(wholeModel(model, {}), { file, name, place: { file: name } });
}

/** A file under its name, for messages, and where it is asked for. */
export interface NamedFile {
  readonly file: WeightsFile;
  readonly name: string;
  readonly place: InputPlace;
}

/**
 * The weights of layers out of a file of ours, of PyTorch's or of Keras': each there, each of its shape, and nothing left over
 * but what the target does without on purpose (`top=no`).
 *
 * @returns weights by their keys in the whole graph
 * @throws InputError that names the first weights that are missing, left over or of another shape, and the file's layout where the model has another
 */
export function assignWeights(target: Target, { file, name, place }: NamedFile): WeightValues {
  const assignment =
    file.kind === "keras"
      ? fromKeras(target, file.layers, { name, place })
      : isOwn(target, file.tensors)
        ? fromOwn(target, file.tensors)
        : fromTorch(target, file.tensors, { name, place });
  return complete(target, assignment, name, place);
}

/** What a file has for each weight, by the key in the whole graph, and the names in the file that are left over. */
interface Assignment {
  readonly found: ReadonlyMap<string, Found>;
  readonly superfluous: readonly string[];
}

/** A weight's name in the file, and its value; the shape alone where it has another. */
interface Found {
  readonly name: string;
  readonly value: WeightValue | undefined;
  readonly shape: readonly number[] | undefined;
}

interface FileName {
  readonly name: string;
  readonly place: InputPlace;
}

/** What the names of an optimizer's numbers begin with in a checkpoint; they are no weights. */
export const optimizerPrefix = "optimizer/";

// --- Our own files ----------------------------------------------------------------------------------------------------

function ownKey({ namePrefix }: Target, layer: ShapedLayer, weight: string): string {
  const { name } = layer.node;
  return weightKey(name.startsWith(namePrefix) ? name.slice(namePrefix.length) : name, weight);
}

/** Our files name weights as our layers do; one that is there tells them apart from others. */
function isOwn(target: Target, tensors: WeightValues): boolean {
  const keys = ownKeys(target);
  const label = labelInFile(keys, tensors);
  return keys.some((key) => tensors.has(label + key));
}

function ownKeys(target: Target): string[] {
  return target.layers.flatMap((layer) => layer.weights.map(({ name }) => ownKey(target, layer, name)));
}

/**
 * What stands before the names of a model's weights in a file: nothing where the model was trained by itself, its label where it
 * was trained as a part of another (`base/`).
 */
function labelInFile(keys: readonly string[], tensors: WeightValues): string {
  const [first] = keys;
  if (first === undefined || tensors.has(first)) return "";
  const labels = [...tensors.keys()]
    .filter((name) => name.endsWith(`/${first}`))
    .map((name) => name.slice(0, -first.length));
  const whole = labels.filter((label) => keys.every((key) => tensors.has(label + key)));
  // The optimizer's moments in a checkpoint go by a name of their own, and of two parts nobody can tell which is meant.
  return whole.length === 1 ? whole[0]! : "";
}

function fromOwn(target: Target, tensors: WeightValues): Assignment {
  const found = new Map<string, Found>();
  const used = new Set<string>();
  const label = labelInFile(ownKeys(target), tensors);
  for (const layer of target.layers) {
    for (const { name, shape } of layer.weights) {
      const key = label + ownKey(target, layer, name);
      const stored = tensors.get(key);
      const isSame = stored?.shape.join("x") === shape.join("x");
      used.add(key);
      found.set(weightKey(layer.node.name, name), {
        name: key,
        value: isSame ? stored : undefined,
        shape: stored?.shape,
      });
    }
  }
  // A model that is a part of another may come from a file that holds more.
  if (target.depth > 0) return { found, superfluous: [] };
  const superfluous = [...tensors.keys()].filter((key) => !used.has(key) && !key.startsWith(optimizerPrefix));
  return { found, superfluous };
}

// --- PyTorch's --------------------------------------------------------------------------------------------------------

/** Counts batches where a momentum is not given; no number of the network. */
const batchCount = /(?:^|\.)num_batches_tracked$/;

function fromTorch(target: Target, tensors: WeightValues, file: FileName): Assignment {
  const table = tableFor(target, "torchvision", file);
  const names = namesOf(target, table);
  const found = new Map<string, Found>();
  const used = new Set<string>();
  for (const [index, layer] of target.layers.entries()) {
    const layouts = torchLayouts[layer.node.kind] ?? {};
    for (const { name, shape } of layer.weights) {
      // `=encoder.pos_embedding` is a tensor's whole name: numbers that are no module's weight there.
      const given = names[index];
      const layout = given?.startsWith("=") === true ? { suffix: "", convert: inOneRow } : layouts[name];
      const key =
        given === undefined || layout === undefined
          ? `(${target.layers[index]!.node.name})`
          : layout.suffix === ""
            ? given.slice(1)
            : `${given}.${layout.suffix}`;
      const stored = tensors.get(key);
      const expected = shape.map((dim) => dim.value ?? 0);
      const converted = stored === undefined ? undefined : layout?.convert(stored, expected);
      const image = imageBefore(target.model, layer);
      const value =
        converted === undefined || image === undefined ? converted : reorderFlattenedRows(converted, image);
      used.add(key);
      found.set(weightKey(layer.node.name, name), { name: key, value, shape: stored?.shape });
    }
  }
  const superfluous = [...tensors.keys()].filter(
    (key) => !used.has(key) && !batchCount.test(key) && !isOptional(table, key),
  );
  return { found, superfluous };
}

/** For a dense layer whose input is an image, flattened: the image's shape, since PyTorch flattens in another order. */
function imageBefore(model: ShapedGraph, { node }: ShapedLayer): readonly number[] | undefined {
  if (node.kind !== "dense") return undefined;
  const keeping = new Set(["activation", "dropout", "gaussian_noise", "gaussian_dropout", "rescale"]);
  let [before] = node.inputs;
  while (before !== undefined && keeping.has(model.layer(before).node.kind)) {
    before = model.layer(before).node.inputs[0];
  }
  if (before === undefined) return undefined;
  const { node: flatten, inputShapes } = model.layer(before);
  const shape = flatten.kind === "flatten" ? inputShapes[0] : undefined;
  return shape === undefined || shape.length < 2 ? undefined : shape.map((dim) => dim.value ?? 0);
}

// --- Keras' -----------------------------------------------------------------------------------------------------------

function fromKeras(target: Target, layers: readonly KerasLayer[], file: FileName): Assignment {
  const table = target.tables.keras === undefined ? undefined : tableFor(target, "keras", file);
  const own = renumberNames(target.layers.map(({ node }) => node.name.slice(target.namePrefix.length)));
  const names = table === undefined ? own : namesOf(target, table);
  const stored = new Map<string, KerasLayer[]>();
  const storedNames = renumberNames(layers.map((layer) => layer.name));
  for (const [index, layer] of layers.entries()) {
    const name = storedNames[index]!;
    stored.set(name, [...(stored.get(name) ?? []), layer]);
  }
  const found = new Map<string, Found>();
  const used = new Set<string>();
  for (const [index, { node, weights }] of target.layers.entries()) {
    const name = names[index] ?? `(${node.name})`;
    const candidates = stored.get(name) ?? [];
    if (candidates.length > 1) {
      throw new InputError(
        `${file.name} has several layers called ${name}, and nothing says which is meant`,
        {
          place: file.place,
          code: "CNN603",
          help: "save the model that is meant alone",
        },
      );
    }
    used.add(name);
    // Keras keeps what is trained first.
    const ordered = [...weights].sort((a, b) => Number(b.trainable) - Number(a.trainable));
    for (const [place, { name: weight, shape }] of ordered.entries()) {
      const expected = shape.map((dim) => dim.value ?? 0);
      const value = candidates[0]?.values[place];
      found.set(weightKey(node.name, weight), {
        name: `${candidates[0]?.name ?? name}/${weight}`,
        value: value === undefined ? undefined : fromKerasValue(value, node.kind, expected),
        shape: value?.shape,
      });
    }
    const count = candidates[0]?.values.length;
    if (count !== undefined && count > weights.length) used.delete(name);
  }
  refuseOtherVariant(target, table, found, file);
  const superfluous = [...stored.keys()].filter((name) => !used.has(name) && !isOptional(table, name));
  return { found, superfluous };
}

/** How near numbers must be to a sign's: files hold float32, or float16. */
const signTolerance = 1e-3;

/** @throws InputError where the file's numbers show that it was made with another variant, whose weights have the same shapes */
function refuseOtherVariant(
  { model, layers, origin, depth }: Target,
  table: NameTable | undefined,
  found: ReadonlyMap<string, Found>,
  { name, place }: FileName,
): void {
  const paths = layerPaths(model.graph.layers, depth);
  for (const { layer, weight, values, variant } of table?.signs ?? []) {
    if (origin === undefined || origin.parameters["variant"] === variant) continue;
    const node = layers.find(({ node: { id } }) => paths.get(id) === layer)?.node;
    const data = node && found.get(weightKey(node.name, weight))?.value?.data;
    if (data?.length !== values.length) continue;
    if (!values.every((value, index) => Math.abs(value - data[index]!) < signTolerance)) continue;
    throw new InputError(
      `${name} was made with variant=${variant}: ${layer
        .split("/")
        .at(-1)!
        .replace(
          /\.\d+$/,
          "",
        )} has the ${weight} ${values.join(", ")} there; with variant=${origin.parameters["variant"] ?? "keras"} the same weights compute something else`,
      { place, code: "CNN605", help: `build ${origin.name} with variant=${variant}` },
    );
  }
}

/** The same numbers, but for a depthwise convolution that is written as one in groups: its filters are the channels there. */
function fromKerasValue(
  value: WeightValue,
  kind: string,
  expected: readonly number[],
): WeightValue | undefined {
  const grouped = [...expected.slice(0, -2), 1, expected.at(-2)!];
  const isGrouped = kind === "depthwise" && expected.at(-1) === 1 && value.shape.join() === grouped.join();
  return isGrouped ? { shape: expected, data: value.data } : withoutOnes(value, expected);
}

// --- What all share ---------------------------------------------------------------------------------------------------

function namesOf({ layers, origin, depth, model }: Target, table: NameTable): (string | undefined)[] {
  const paths = layerPaths(model.graph.layers, depth);
  const chosen = layers.map(({ node }) => paths.get(node.id)!);
  return origin === undefined ? chosen.map(() => undefined) : nameLayers(chosen, table, origin);
}

function isOptional(table: NameTable | undefined, name: string): boolean {
  return table?.optional?.some((start) => name.startsWith(start)) ?? false;
}

const libraryTitles: Readonly<Record<Library, string>> = { keras: "Keras", torchvision: "torchvision" };

/**
 * The table for a library's files. The layouts of a model may have the same weights and yet compute something else, so a file
 * for another layout than the model's is refused.
 *
 * @throws InputError
 */
function tableFor({ tables, origin }: Target, library: Library, { name, place }: FileName): NameTable {
  const table = tables[library];
  const model = origin?.name ?? "this model";
  if (table === undefined || !table.names.some(({ models }) => models?.includes(model) ?? true)) {
    const title = libraryTitles[library];
    throw new InputError(
      `${name} is not of this model: its weights have other names, and nothing says what ${title}'s are for ${model}`,
      {
        place,
        code: "CNN604",
        help: `use a checkpoint of this very model, or put a table of names beside its file: ${origin?.span.file.name.replace(/\.cnn$/, "")}.weights.json`,
      },
    );
  }
  const variant = origin?.parameters["variant"];
  if (variant !== undefined && table.variants !== undefined && !table.variants.includes(variant)) {
    throw new InputError(
      `${name} is laid out as in ${libraryTitles[library]}, but ${model} is built with variant=${variant}`,
      { place, code: "CNN605", help: `build it with variant=${table.variants[0]!}` },
    );
  }
  return table;
}

/** @throws InputError where a number is none, or infinite: layers that saturate would hide it, and so would frozen ones */
function refuseNonFinite({ data }: WeightValue, weight: string, { name, place }: FileName): void {
  const at = data.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  throw new InputError(
    `${name} holds weights that are no numbers: number ${at + 1} of ${weight} is ${data[at]!}`,
    {
      place,
      code: "CNN606",
      help: "what wrote them had gone beyond all numbers: take a file from before that",
    },
  );
}

function complete(
  target: Target,
  { found, superfluous }: Assignment,
  name: string,
  place: InputPlace,
): WeightValues {
  const values = new Map<string, WeightValue>();
  const missing: string[] = [];
  const different: string[] = [];
  for (const { node, weights } of target.layers) {
    for (const { name: weight, shape } of weights) {
      const key = weightKey(node.name, weight);
      const each = found.get(key);
      if (each?.value !== undefined) values.set(key, each.value);
      else if (each?.shape === undefined) missing.push(each?.name ?? key);
      else
        different.push(
          `${each.name} is ${each.shape.join("x") || "one number"}, the model's is ${shape.join("x")}`,
        );
    }
  }
  const hasTop = target.origin?.parameters["top"] !== "no";
  const left = hasTop ? superfluous : [];
  if (missing.length === 0 && different.length === 0 && left.length === 0) {
    for (const [key, value] of values) refuseNonFinite(value, found.get(key)!.name, { name, place });
    return values;
  }
  const list = (texts: readonly string[]): string =>
    texts.slice(0, 3).join(", ") + (texts.length > 3 ? `, … (${texts.length})` : "");
  const parts = [
    ...(different.length > 0 ? [list(different)] : []),
    ...(missing.length > 0 ? [`it lacks ${list(missing)}`] : []),
    ...(left.length > 0 && different.length === 0 ? [`the model has no ${list(left)}`] : []),
  ];
  const model = target.origin?.name ?? target.model.graph.name;
  throw new InputError(`${name} holds the weights of another network than ${model}: ${parts.join("; ")}`, {
    place,
    code: "CNN603",
    help:
      different.length > 0 && hasTop && target.origin?.parameters["top"] !== undefined
        ? "use the parameters that the file was made with; `top=no` takes a file's base without its classifier"
        : "use a file of this very model, with the same parameters",
  });
}
