import type { Fix, TextEdit } from "../diagnostics/diagnostic.ts";
import { nativeName } from "../diagnostics/foreign-names.ts";
import { suggestName } from "../diagnostics/suggest.ts";
import type { ArgumentValue } from "../graph/layer-graph.ts";
import type { ArgumentSpec, ArgumentTable, LayerDefinition } from "../layers/definition.ts";
import { layerDefinition, layerWords } from "../layers/index.ts";
import type { LayerWord } from "../layers/index.ts";
import { spanText } from "../source/source-file.ts";
import type { Argument, LayerStatement, Word } from "../syntax/ast.ts";
import { activationNames } from "../layers/activations.ts";
import { flag } from "../layers/arguments.ts";
import { missingLayers, shortNames } from "./foreign-words.ts";
import { didYouMean, replacement } from "./lookup.ts";
import { viewOf } from "./slots.ts";
import { beginningWords } from "./words.ts";

const trainable = flag(true, "Whether training changes the layer's weights.");

const tables = new WeakMap<ArgumentTable, ArgumentTable>();

/** What a layer's word takes: its own arguments and those of every layer. */
export function argumentTableOf({ arguments: own }: LayerWord): ArgumentTable {
  let table = tables.get(own);
  if (table === undefined) {
    table = { ...own, trainable };
    tables.set(own, table);
  }
  return table;
}

const defaults = new WeakMap<LayerWord, Readonly<Record<string, ArgumentValue>>>();

/** The values of a word's own arguments where nothing is given, with what the word presets. */
export function defaultsOf(layer: LayerWord): Readonly<Record<string, ArgumentValue>> {
  let values = defaults.get(layer);
  if (values === undefined) {
    const own = Object.entries(layer.arguments).map(
      ([name, { default: value }]) => [name, value === "required" ? undefined : value] as const,
    );
    values = { ...Object.fromEntries(own), ...layer.preset };
    defaults.set(layer, values);
  }
  return values;
}

/** How a statement of a layer may look: `conv 32 3x3`. */
export function exampleOf(word: string, table: ArgumentTable): string {
  const needed = Object.entries(table).filter(([, spec]) => spec.default === "required");
  const parts = needed.map(([name, spec]) => {
    const sample = sampleOf(spec);
    return spec.positional ? sample : `${name}=${sample}`;
  });
  return [word, ...parts].join(" ");
}

function sampleOf({ role, words = [], minimum = 0, maximum }: ArgumentSpec): string {
  switch (role) {
    case "count":
      return "32";
    case "number":
      return maximum === undefined ? String(Math.max(minimum, 1)) : String((minimum + maximum) / 2);
    case "window":
      return "3x3";
    case "shape":
      return "7x7x64";
    case "padding":
      return "1x1";
    case "activation":
      return "relu";
    case "axis":
      return "channels";
    case "flag":
      return "yes";
    case "mode":
      return words[0] ?? "";
    case "text":
      return '"file"';
  }
}

let foreign: ReadonlyMap<string, string> | undefined;

/** How a layer is written here that another library calls `name`: `pool max` for `MaxPooling2D`. */
export function nativeSpelling(name: string): string | undefined {
  foreign ??= collectForeignNames();
  const key = foreignKey(name);
  return (
    nativeName(shortNames, key) ??
    foreign.get(key) ??
    foreign.get(`${key}2d`) ??
    foreign.get(key.replace(/[123]d$/, ""))
  );
}

/** The same for a long name that is nearly another library's: short ones are near to much. */
function nearForeignName(name: string): string | undefined {
  if (name.length < 8 || foreign === undefined) return undefined;
  const near = suggestName(foreignKey(name), foreign.keys());
  return near === undefined ? undefined : foreign.get(near);
}

/** Without the module in front, in small letters, `_` and `-` left out. */
function foreignKey(name: string): string {
  return name.replace(/^.*\./, "").toLowerCase().replace(/[_-]/g, "");
}

function collectForeignNames(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const add = (name: string, spelling: string) => {
    if (!found.has(foreignKey(name))) found.set(foreignKey(name), spelling);
  };
  // The names of Keras' classes say exactly which word and mode is meant, so they come first.
  for (const { word, kind, preset, arguments: table } of layerWords.values()) {
    const definition = layerDefinition(kind);
    for (const { spelling, values } of spellings(word, table, preset)) {
      for (const rank of [2, 3, 4]) {
        const kerasClass = definition.kerasClass(values, rank);
        // Keras' Activation is any of them: its argument says which.
        if (kerasClass !== "Activation") add(kerasClass, spelling);
      }
    }
  }
  for (const { word, kind, preset, arguments: table } of layerWords.values()) {
    for (const name of layerDefinition(kind).foreignNames) {
      const fitting = spellings(word, table, preset).find(({ mode }) => name.toLowerCase().includes(mode));
      if (fitting !== undefined && isOwnWord(layerDefinition(kind), word, name)) add(name, fitting.spelling);
    }
  }
  return found;
}

/** A kind of several words has foreign names for each of them; only a like-named word is meant. */
function isOwnWord({ words }: LayerDefinition, word: string, foreignName: string): boolean {
  return words.length === 1 || foreignKey(foreignName) === foreignKey(word);
}

interface Spelling {
  readonly spelling: string;
  readonly mode: string;
  readonly values: Readonly<Record<string, ArgumentValue>>;
}

/** The word with each of its required modes: `pool max`, `pool avg`; the word alone where it has none. */
function spellings(
  word: string,
  table: ArgumentTable,
  preset: Readonly<Record<string, ArgumentValue>>,
): readonly Spelling[] {
  const defaults = Object.entries(table).map(([name, spec]) => [
    name,
    spec.default === "required" ? undefined : spec.default,
  ]);
  const values = { ...Object.fromEntries(defaults), ...preset } as Record<string, ArgumentValue>;
  const mode = Object.entries(table).find(([, spec]) => spec.role === "mode" && spec.default === "required");
  if (mode === undefined) return [{ spelling: word, mode: "", values }];
  const [name, { words = [] }] = mode;
  return words.map((each) => ({
    spelling: `${word} ${each}`,
    mode: each,
    values: { ...values, [name]: each },
  }));
}

/** What an unknown word at the head of a statement may have meant. */
export interface StatementSuggestion {
  readonly help?: string;
  /** Where only the word changes. */
  readonly fix?: Fix;
  /** The statement as it was meant, where that is a layer beyond doubt. */
  readonly meant?: LayerStatement;
}

/**
 * `max pool 2`, `batch norm`, `depthwise conv 3x3`: a layer's name in several words, written here in one or otherwise. The words
 * that belong to the name are at most two after the first.
 */
export function layerInWords({ name, arguments: given }: LayerStatement): LayerInWords | undefined {
  const words: Word[] = [];
  for (const { name: own, value } of given.slice(0, 2)) {
    if (own !== undefined || value.kind !== "word") break;
    words.push(value);
  }
  for (; words.length > 0; words.pop()) {
    const joined = [name, ...words].map((each) => each.name).join("_");
    const native = layerWords.has(joined) ? joined : nativeSpelling(joined);
    const last = words.at(-1)!;
    // `relu conv 3x3` is two layers, and `dense softmax` one with its activation.
    if (native !== undefined)
      return { written: joined.replaceAll("_", " "), native, count: words.length, end: last.span.end };
  }
  return undefined;
}

/** A layer's name in several words. */
export interface LayerInWords {
  readonly written: string;
  readonly native: string;
  /** How many arguments are words of the name. */
  readonly count: number;
  readonly end: number;
}

/** @param channels how many numbers the last axis of the current tensor has, where that is known */
export function suggestStatement(
  statement: LayerStatement,
  names: Iterable<string>,
  channels: number | undefined,
): StatementSuggestion {
  const { name, span } = statement.name;
  const key = foreignKey(name);
  if (key === "activation") return suggestActivation(statement);
  const why = missingLayers.get(key);
  if (why !== undefined) return { help: why };
  // `view 784` says the shape, `view` alone flattens.
  const native = key === "view" && statement.arguments.length > 0 ? "reshape" : nativeSpelling(name);
  const near =
    native ?? suggestName(name, [...names, ...layerWords.keys(), ...beginningWords]) ?? nearForeignName(name);
  if (near === undefined) return {};
  const suggestion = didYouMean({ name, span }, [near]);
  const fix = suggestion.fix ?? replacement(span, near);
  const help = `did you mean \`${near}\`?`;
  const [word = "", ...modes] = near.split(" ");
  const layer = layerWords.get(word);
  if (fix.isUnsafe === true || layer === undefined) return { help, fix };
  const words = modes.map(
    (mode) => ({ name: undefined, value: { kind: "word", name: mode, span }, span }) as const,
  );
  const told = native === undefined ? undefined : inputTold(statement, argumentTableOf(layer), channels);
  const step =
    native === undefined || told !== undefined ? undefined : strideTold(statement, argumentTableOf(layer));
  const given = statement.arguments
    .filter((argument) => argument !== told)
    .map((argument) =>
      argument === step ? { ...argument, name: { name: "stride", span: argument.span } } : argument,
    );
  const edits = [
    ...fix.edits,
    ...(told === undefined ? [] : [removal(statement, told)]),
    ...(step === undefined ? [] : [{ span: { ...step.span, end: step.span.start }, text: "stride=" }]),
  ];
  return {
    help,
    fix: { ...fix, edits },
    meant: { ...statement, name: { name: word, span }, arguments: [...words, ...given] },
  };
}

/** `BatchNorm2d 8`, `Linear 128 64`: a number too many, which tells a layer what comes in, or that all cells become one. */
function inputTold(
  { arguments: given }: LayerStatement,
  table: ArgumentTable,
  channels: number | undefined,
): Argument | undefined {
  const numbers = given.filter(({ name, value }) => name === undefined && value.kind === "number");
  const first = numbers[0];
  const { numeric } = viewOf(table);
  if (first?.value.kind !== "number" || numbers.length <= numeric.length) return undefined;
  const number = Number(first.value.text);
  return number === channels || (numeric.length === 0 && number === 1) ? first : undefined;
}

/** `MaxPool2d 2 2`: a number too many, which is the stride where another library's layer takes it by position. */
function strideTold({ arguments: given }: LayerStatement, table: ArgumentTable): Argument | undefined {
  const numbers = given.filter(({ name, value }) => name === undefined && value.kind === "number");
  const { numeric } = viewOf(table);
  const isWindow = numeric.at(-1)?.[1].role === "window";
  const hasStride = Object.hasOwn(table, "stride") && given.every(({ name }) => name?.name !== "stride");
  return isWindow && hasStride && numbers.length === numeric.length + 1 ? numbers.at(-1) : undefined;
}

function removal({ name, arguments: given }: LayerStatement, argument: Argument): TextEdit {
  const before = given[given.indexOf(argument) - 1]?.span ?? name.span;
  return { span: { ...argument.span, start: before.end }, text: "" };
}

/** `activation relu`, `Activation("relu")`: an activation is a statement of its own. */
function suggestActivation(statement: LayerStatement): StatementSuggestion {
  const help = "an activation stands alone, `relu`, or behind its layer: `conv 32 3x3 relu`";
  const { name, headSpan, arguments: given } = statement;
  const value = given[0]?.value;
  const word = value?.kind === "word" ? value.name : value?.kind === "text" ? value.value : "";
  const meant = layerWords.has(word) ? word : suggestName(word, activationNames);
  if (given.length !== 1 || meant === undefined || !layerWords.has(meant)) return { help };
  const span = { ...headSpan, start: name.span.start };
  return {
    help,
    // Where parentheses or quotes stand around it, these are reported by themselves.
    ...(spanText(span) === `${name.name} ${word}` ? { fix: replacement(span, meant) } : {}),
    meant: { ...statement, name: { name: meant, span: name.span }, arguments: [] },
  };
}
