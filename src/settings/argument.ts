import type { ForeignNames } from "../diagnostics/foreign-names.ts";
// settings/: what a section such as `train { … }` may say: settings and their arguments as tables, read with diagnostics.
import type { ArgumentValue } from "../graph/layer-graph.ts";

/** One argument of a setting. Its key in a table is its name in the program: `learningRate` is written `learning_rate`. */
export interface Argument<Value = unknown> {
  /** One phrase. */
  readonly summary: string;
  /** What it takes, in words: "a number from 0 to 1". */
  readonly takes: string;
  /** Whether it may stand without its name; such arguments are filled in the order of their table. */
  readonly positional: boolean;
  /** How it is written, where that is not its key. */
  readonly word?: string;
  /** Other spellings that are understood. */
  readonly aliases: readonly string[];
  readonly isRequired: boolean;
  /** Whether it is a path or a name of any form, which a command line need not quote. */
  readonly isPath?: true;
  /** Whether it is yes or no, so that its name alone means yes. */
  readonly isFlag?: true;
  /** What other libraries write, by what is written here for it. */
  readonly foreign?: ForeignNames;
  /** The words that it takes, where they are few. */
  readonly words?: readonly string[];
  /** How many parts make a whole where the number is a share that others give in parts: 360 degrees. */
  readonly whole?: number;
  /** What other libraries call the argument. */
  readonly elsewhere: readonly string[];
  /** The value where nothing is said; of no meaning where the argument is required. */
  readonly default: Value;
  /** What a written value stands for; undefined where it is not what the argument takes. */
  accept(value: ArgumentValue): { readonly value: Value } | undefined;
}

export type ArgumentTable = Readonly<Record<string, Argument>>;

/** What the arguments of a table come to. */
export type ArgumentsOf<Table extends ArgumentTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Argument<infer Value> ? Value : never;
};

interface Details<Value> {
  readonly default?: Value;
  readonly positional?: boolean;
  readonly word?: string;
  readonly aliases?: readonly string[];
  readonly foreign?: ForeignNames;
  readonly words?: readonly string[];
  readonly whole?: number;
  readonly elsewhere?: readonly string[];
}

interface Range {
  readonly minimum?: number;
  readonly maximum?: number;
  /** The limits themselves are not allowed. */
  readonly above?: number;
  readonly below?: number;
}

/** A number within a range; the limits are said in words as well. */
export function number(summary: string, details: Details<number> & Range = {}): Argument<number> {
  return argument(summary, details, `a number${rangeText(details)}`, (value) =>
    typeof value === "number" && isWithin(value, details) ? value : undefined,
  );
}

/** A number, or nothing where it is left out. */
export function optionalNumber(
  summary: string,
  details: Omit<Details<number>, "default"> & Range = {},
): Argument<number | undefined> {
  return { ...number(summary, details), isRequired: false, default: undefined };
}

/** A whole number, of at least 1 unless `minimum` says otherwise. */
export function count(summary: string, details: Details<number> & Range = {}): Argument<number> {
  const range = { minimum: 1, ...details };
  return argument(summary, details, `a whole number${rangeText(range)}`, (value) =>
    Number.isInteger(value) && isWithin(value as number, range) ? (value as number) : undefined,
  );
}

export function optionalCount(
  summary: string,
  details: Omit<Details<number>, "default"> & Range = {},
): Argument<number | undefined> {
  return { ...count(summary, details), isRequired: false, default: undefined };
}

/** `yes` or `no`; no where nothing is said. */
export function flag(
  summary: string,
  { default: value = false, ...details }: Details<boolean> = {},
): Argument<boolean> {
  const accept = (given: ArgumentValue): boolean | undefined =>
    typeof given === "boolean" ? given : undefined;
  const foreign = { yes: ["true", "on", "1"], no: ["false", "off", "0", "none"] };
  return {
    ...argument(summary, { default: value, foreign, ...details }, "`yes` or `no`", accept),
    isFlag: true,
  };
}

/** `yes` or `no`, or nothing where it is left out. */
export function optionalFlag(
  summary: string,
  details: Omit<Details<boolean>, "default"> = {},
): Argument<boolean | undefined> {
  return { ...flag(summary, details), default: undefined };
}

/** One word of a few. */
export function choice<const Word extends string>(
  summary: string,
  words: readonly Word[],
  details: Details<Word> = {},
): Argument<Word> {
  return argument(summary, { ...details, words }, words.map((word) => `\`${word}\``).join(", "), (value) =>
    words.find((word) => word === value),
  );
}

/** A name, or a text in quotation marks. */
export function text(summary: string, takes: string, details: Details<string> = {}): Argument<string> {
  const accept = (value: ArgumentValue): string | undefined =>
    typeof value === "string" ? value : undefined;
  return argument(summary, details, takes, accept);
}

/** A name, or a path in quotation marks; the command line need not quote it. */
export function path(summary: string, takes: string, details: Details<string> = {}): Argument<string> {
  return { ...text(summary, takes, details), isPath: true };
}

/** A name or text, or nothing where it is left out. */
export function optionalText(
  summary: string,
  takes: string,
  details: Omit<Details<string>, "default"> = {},
): Argument<string | undefined> {
  return { ...text(summary, takes, details), isRequired: false, default: undefined };
}

/** `[1, 2.5]`, each number within the range; one number alone is a list of one. */
export function numbers(
  summary: string,
  details: Details<readonly number[]> & Range = {},
): Argument<readonly number[]> {
  return argument(summary, details, `numbers${rangeText(details)} in brackets`, (value) => {
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    const isSound = list.every((each) => typeof each === "number" && isWithin(each, details));
    return isSound ? (list as readonly number[]) : undefined;
  });
}

/** An argument of any other sort: `accept` gives undefined for what it does not take. */
export function argument<Value>(
  summary: string,
  details: Details<Value>,
  takes: string,
  accept: (value: ArgumentValue) => Value | undefined,
): Argument<Value> {
  const {
    default: value,
    positional = false,
    aliases = [],
    elsewhere = [],
    word,
    foreign,
    words,
    whole,
  } = details;
  return {
    summary,
    takes,
    positional,
    aliases,
    elsewhere,
    isRequired: value === undefined,
    default: value as Value,
    ...(word === undefined ? {} : { word }),
    ...(foreign === undefined ? {} : { foreign }),
    ...(words === undefined ? {} : { words }),
    ...(whole === undefined ? {} : { whole }),
    accept(given) {
      const accepted = accept(given);
      return accepted === undefined ? undefined : { value: accepted };
    },
  };
}

function isWithin(value: number, { minimum, maximum, above, below }: Range): boolean {
  return (
    Number.isFinite(value) &&
    (minimum === undefined || value >= minimum) &&
    (maximum === undefined || value <= maximum) &&
    (above === undefined || value > above) &&
    (below === undefined || value < below)
  );
}

function rangeText({ minimum, maximum, above, below }: Range): string {
  const low = minimum === undefined ? (above === undefined ? "" : ` above ${above}`) : ` from ${minimum}`;
  if (maximum !== undefined) return `${low} to ${maximum}`;
  return below === undefined ? low : `${low === "" ? "" : `${low},`} below ${below}`;
}

/** How a key is written in a program: `weightDecay` → `weight_decay`, `beta1` → `beta_1`. */
export function wordOf(key: string, { word }: Pick<Argument, "word"> = {}): string {
  return word ?? key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/\d+/g, "_$&");
}
