// Which columns of a table are what: the label, or the values of inputs and targets by their names.
import { isSinglePair, type WantedColumns, type WantedTarget } from "./columns.ts";

/** Columns that belong together: those of an input or of a target. */
export interface ColumnGroup {
  readonly name: string;
  /** Places of the columns, from 0, in their order. */
  readonly places: readonly number[];
  /** What they are to be, where they are a target. */
  readonly target: WantedTarget | undefined;
}

export interface TableRoles {
  /** The place of the label, from 0; undefined where examples have targets in place of a class. */
  readonly label: number | undefined;
  /** The first input, the other inputs, then the targets. */
  readonly groups: readonly ColumnGroup[];
}

/** What a table says of its columns. */
export interface TableHead {
  readonly count: number;
  /** The names in the first line, where it has names. */
  readonly names: readonly string[] | undefined;
  /** The only column with words in a table without names. */
  readonly wordsAt: number | undefined;
}

/** What is asked of a table. */
export interface AskedColumns {
  /** Names or numbers of the label's columns. */
  readonly label: readonly string[] | undefined;
  readonly wanted: WantedColumns | undefined;
}

/** Why a table does not have the columns that are asked for. */
export class MissingColumn extends Error {
  readonly help: string;

  constructor(message: string, help: string) {
    super(message);
    this.help = help;
  }
}

const labelNames = ["label", "labels", "class", "target", "y", "species", "category"];

/**
 * Tells the columns of a table apart. Of one input and one target the label's columns are those that are named, else the one called
 * `label`, `class` or so, else the only one with words, else the first; all others are the example. Several inputs and targets go
 * by the names of their columns: `left`, or `left_1`, `left_2`, ….
 *
 * @throws MissingColumn
 */
export function findRoles(head: TableHead, { label, wanted }: AskedColumns): TableRoles {
  if (wanted !== undefined && !isSinglePair(wanted)) return rolesByName(head, wanted);
  const target = wanted?.targets[0];
  const asked = label?.map((each) => placeOf(head, each));
  const isNumeric =
    target !== undefined && (target.kind === "either" ? (asked?.length ?? 1) > 1 : target.kind !== "class");
  if (!isNumeric) {
    if (asked !== undefined && asked.length > 1)
      throw new MissingColumn(
        `${asked.length} columns are named for the label, but the model gives one class`,
        "name one column",
      );
    const place = asked?.[0] ?? labelPlace(head);
    return { label: place, groups: [{ name: "", target: undefined, places: allBut(head, [place]) }] };
  }
  const places = asked ?? targetPlaces(head, target);
  return {
    label: undefined,
    groups: [
      { name: "", target: undefined, places: allBut(head, places) },
      { name: target.name, target, places },
    ],
  };
}

function labelPlace({ names, wordsAt }: TableHead): number {
  if (names === undefined) return wordsAt ?? 0;
  const place = names.findIndex((name) => labelNames.includes(name.toLowerCase()));
  return place < 0 ? 0 : onlyOne(names, place);
}

/** @throws MissingColumn where another column has the same name */
function onlyOne(names: readonly string[], place: number): number {
  const second = names.indexOf(names[place]!, place + 1);
  if (second < 0) return place;
  throw new MissingColumn(
    `two columns are called ${names[place]!}, the ${place + 1}th and the ${second + 1}th`,
    `say which by its number: --label ${second + 1}`,
  );
}

/** Numbers to learn look like all others: their columns are not guessed. */
function targetPlaces(head: TableHead, target: WantedTarget): readonly number[] {
  const own = placesUnder(head, target.name);
  if (own.length > 0) return own;
  const named = head.names?.findIndex((name) => labelNames.includes(name.toLowerCase())) ?? -1;
  if (named >= 0) return [named];
  throw new MissingColumn(
    "which column holds the numbers to learn?",
    `name it, e.g. --label ${head.names === undefined ? head.count : JSON.stringify(head.names.at(-1))}${known(head)}`,
  );
}

function rolesByName(head: TableHead, { inputs, targets }: WantedColumns): TableRoles {
  if (head.names === undefined)
    throw new MissingColumn(
      "the table has no head, but the model has several inputs or outputs",
      `name the columns in the first line: ${[...inputs, ...targets].map(({ name }) => name).join(", ")}`,
    );
  const group = (name: string, target: WantedTarget | undefined): ColumnGroup => {
    const places = placesUnder(head, name);
    if (places.length > 0) return { name, target, places };
    throw new MissingColumn(
      `there is no column for ${name}`,
      `call it ${name}, or ${name}_1, ${name}_2 and so on where it is several${known(head)}`,
    );
  };
  return {
    label: undefined,
    groups: [
      ...inputs.map(({ name }) => group(name, undefined)),
      ...targets.map((target) => group(target.name, target)),
    ],
  };
}

/** The column of that name, else those whose names are it with a number. */
export function placesUnder({ names = [] }: TableHead, name: string): readonly number[] {
  const exact = names.indexOf(name);
  if (exact >= 0) return [exact];
  return names.flatMap((each, place) => {
    const isNumbered = each.startsWith(name) && /^[_.]?\d+$/.test(each.slice(name.length));
    return isNumbered ? [place] : [];
  });
}

function placeOf(head: TableHead, label: string): number {
  const place = head.names?.indexOf(label) ?? -1;
  if (place >= 0) return onlyOne(head.names!, place);
  const number = Number(label);
  if (Number.isInteger(number) && number >= 1 && number <= head.count) return number - 1;
  throw new MissingColumn(
    `there is no column ${label} for the label among ${head.count}`,
    head.names === undefined ? "it has no head, say a number" : `there are ${listed(head.names)}`,
  );
}

function allBut({ count }: TableHead, places: readonly number[]): readonly number[] {
  return Array.from({ length: count }, (_, place) => place).filter((place) => !places.includes(place));
}

function known({ names }: TableHead): string {
  return names === undefined ? "" : `; there are ${listed(names)}`;
}

function listed(names: readonly string[]): string {
  return names.length > 10 ? `${names.slice(0, 9).join(", ")} …` : names.join(", ");
}
