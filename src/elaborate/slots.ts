import type { ArgumentSpec, ArgumentTable } from "../layers/definition.ts";
import type { Value } from "./values.ts";
import { bareWordsOf, wordsOf } from "./words.ts";

/** An argument of a table. */
export type TableEntry = readonly [name: string, spec: ArgumentSpec];

/** What is looked up in a table for each statement; worked out once. */
export interface TableView {
  readonly entries: readonly TableEntry[];
  /** Each argument by its name and by its other spellings. */
  readonly named: ReadonlyMap<string, TableEntry>;
  /** The arguments that must be given. */
  readonly required: readonly TableEntry[];
  /** The arguments that numbers in positional place fill, in order. */
  readonly numeric: readonly TableEntry[];
  /** The words that may stand alone: modes, paddings, activations, flags. */
  readonly bareWords: readonly string[];
}

const views = new WeakMap<ArgumentTable, TableView>();

export function viewOf(table: ArgumentTable): TableView {
  let view = views.get(table);
  if (view === undefined) {
    const entries = Object.entries(table);
    view = {
      entries,
      named: byName(entries),
      required: entries.filter(([, spec]) => spec.default === "required"),
      numeric: entries.filter(([, spec]) => takesNumber(spec)),
      bareWords: bareWordsOf(table),
    };
    views.set(table, view);
  }
  return view;
}

function byName(entries: readonly TableEntry[]): ReadonlyMap<string, TableEntry> {
  const named = new Map(entries.map((entry) => [entry[0], entry]));
  for (const entry of entries) {
    for (const alias of entry[1].aliases) if (!named.has(alias)) named.set(alias, entry);
  }
  return named;
}

/** The argument of a name or one of its other spellings. */
export function slotNamed(table: ArgumentTable, name: string): TableEntry | undefined {
  return viewOf(table).named.get(name);
}

/** Whether a value other than a number may stand for an argument in positional place. */
export function takesValue(name: string, spec: ArgumentSpec, value: Value): boolean {
  if (spec.role === "flag") return value.kind === "word" && value.word === name;
  if (!spec.positional) return false;
  switch (value.kind) {
    case "word":
      return wordsOf(spec).includes(value.word);
    case "activation":
      return spec.role === "activation";
    case "text":
      return spec.role === "text";
    case "window":
      return takesWindow(spec, value.items);
    case "tuple":
    case "list":
      // `(3, 3)` for a window is reported where it is converted; its slot stands before that of the padding.
      return spec.role === "padding" || takesNumbers(spec);
    case "dimension":
      return takesNumber(spec);
    default:
      return false;
  }
}

function takesWindow(spec: ArgumentSpec, items: readonly Value[]): boolean {
  if (items.some((item) => item.kind === "tuple")) return spec.role === "padding";
  if (spec.role === "padding") return spec.default === "required";
  return takesNumbers(spec);
}

function takesNumbers({ role }: ArgumentSpec): boolean {
  return role === "window" || role === "shape";
}

/** Whether a plain number in positional place may stand for an argument. */
export function takesNumber({ role, positional, default: value }: ArgumentSpec): boolean {
  if (!positional) return false;
  if (role === "padding") return value === "required";
  return role === "count" || role === "number" || role === "window" || role === "shape" || role === "axis";
}

/** Whether an argument takes values of this sort by its name, which need not stand in positional place. */
export function couldTake({ role }: ArgumentSpec, { kind }: Value): boolean {
  switch (kind) {
    case "window":
      return role === "window" || role === "shape" || role === "padding";
    case "tuple":
      return role === "padding";
    case "truth":
      return role === "flag";
    case "activation":
      return role === "activation";
    case "text":
      return role === "text";
    default:
      return false;
  }
}
