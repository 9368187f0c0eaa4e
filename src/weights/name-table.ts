import { InputError } from "../diagnostics/input-error.ts";
import type { ModelOrigin } from "../graph/layer-graph.ts";
import { compilePattern, fillName } from "./name-pattern.ts";

/** Whose files a table is for. */
export type Library = "keras" | "torchvision";

/** Paths of layers, as `layerPaths` gives them, with the layer's name there; a list names one layer after the other. */
type Rules = Readonly<Record<string, string | readonly string[]>>;

/** What a model's layers are called in the files of one library. */
export interface NameTable {
  /** The values of `variant` for which the model is laid out as there; any where it is left out. */
  readonly variants?: readonly string[];
  /** Parts of a file that the model may lack: the names that begin so. */
  readonly optional?: readonly string[];
  /** Numbers that show which variant a file was made with, where layers and shapes are the same in others. */
  readonly signs?: readonly VariantSign[];
  /** Rules for all models of the file, or for those that are named; the first that matches a layer names it. */
  readonly names: readonly { readonly models?: readonly string[]; readonly layers: Rules }[];
}

/** A weight of the layer at this path that has these numbers only in files of this variant. */
export interface VariantSign {
  readonly layer: string;
  readonly weight: string;
  readonly values: readonly number[];
  readonly variant: string;
}

/** `resnet.weights.json` beside `resnet.cnn`. */
export type NameTables = Readonly<Partial<Record<Library, NameTable>>>;

/** @throws InputError where the text is no such table */
export function parseNameTables(text: string, name: string): NameTables {
  try {
    const value = JSON.parse(text) as NameTables | null;
    const isSound = !Array.isArray(value) && Object.values(value ?? { none: undefined }).every(isTable);
    if (isSound) return value!;
  } catch {
    // told below
  }
  throw new InputError(`${name} is no table of layers' names`, {
    place: { file: name },
    help: 'a table begins `{ "keras": { "names": [{ "layers": { "conv.0": "conv1" } }] } }`',
  });
}

function isTable(table: unknown): boolean {
  const { names, variants = [], optional = [], signs = [] } = (table ?? {}) as Partial<NameTable>;
  const isTexts = (texts: unknown): boolean =>
    Array.isArray(texts) && texts.every((each) => typeof each === "string");
  return (
    Array.isArray(names) &&
    isTexts(variants) &&
    isTexts(optional) &&
    Array.isArray(signs) &&
    signs.every(({ layer, weight, variant }) => isTexts([layer, weight, variant])) &&
    signs.every(({ values }) => Array.isArray(values) && values.every(Number.isFinite)) &&
    names.every(
      ({ layers, models = [] }: Partial<NameTable["names"][number]>) =>
        isTexts(models) &&
        Object.values(layers ?? { none: 0 }).every((name) => typeof name === "string" || isTexts(name)),
    )
  );
}

/** The names of layers there, in the order of their paths; undefined for a layer that no rule knows. */
export function nameLayers(
  paths: readonly string[],
  table: NameTable,
  { name }: ModelOrigin,
): (string | undefined)[] {
  const rules = table.names
    .filter(({ models }) => models?.includes(name) ?? true)
    .flatMap(({ layers }) => Object.entries(layers))
    .map(([pattern, given]) => ({ match: compilePattern(pattern), given, count: 0 }));
  return paths.map((path) => {
    for (const rule of rules) {
      const captures = rule.match(path);
      if (captures === undefined) continue;
      const template = typeof rule.given === "string" ? rule.given : rule.given[rule.count];
      const rank = rule.count;
      rule.count += 1;
      return template === undefined ? undefined : fillName(template, { ...captures, model: name }, rank);
    }
    return undefined;
  });
}
