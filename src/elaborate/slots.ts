import type { ArgumentSpec, ArgumentTable } from "../layers/definition.ts";
import type { Value } from "./values.ts";
import { bareWordsOf, wordsOf } from "./words.ts";

/** What is looked up in a table for each statement; worked out once. */
export interface TableView {
  readonly entries: readonly (readonly [name: string, spec: ArgumentSpec])[];
  /** The arguments that numbers in positional place fill, in order. */
  readonly numeric: readonly (readonly [name: string, spec: ArgumentSpec])[];
  /** The words that may stand alone: modes, paddings, activations, flags. */
  readonly bareWords: readonly string[];
}

const views = new WeakMap<ArgumentTable, TableView>();

export function viewOf(table: ArgumentTable): TableView {
  let view = views.get(table);
  if (view === undefined) {
    const entries = Object.entries(table);
    const numeric = entries.filter(([, spec]) => takesNumber(spec));
    view = { entries, numeric, bareWords: bareWordsOf(table) };
    views.set(table, view);
  }
  return view;
}

/** The argument of a name or one of its other spellings. */
export function slotNamed(table: ArgumentTable, name: string): readonly [string, ArgumentSpec] | undefined {
  if (Object.hasOwn(table, name)) return [name, table[name]!];
  return viewOf(table).entries.find(([, { aliases }]) => aliases.includes(name));
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
