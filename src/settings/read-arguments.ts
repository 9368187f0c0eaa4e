import type { DiagnosticSink, Fix } from "../diagnostics/diagnostic.ts";
import { type ForeignNames, nativeName } from "../diagnostics/foreign-names.ts";
import { suggestName, suggestRelatedName } from "../diagnostics/suggest.ts";
import type { Setting } from "../graph/layer-graph.ts";
import { type Span, spanText } from "../source/source-file.ts";
import { type Argument, type ArgumentsOf, type ArgumentTable, wordOf } from "./argument.ts";

type Given = Setting["positional"][number];

interface Reading {
  readonly sink: DiagnosticSink;
  /** What the arguments belong to, for messages: the setting, or the kind that it chose. */
  readonly of: string;
}

/** A table's values where nothing is said. */
export function defaultsOf<Table extends ArgumentTable>(table: Table): ArgumentsOf<Table> {
  return Object.fromEntries(
    Object.entries(table).map(([key, argument]) => [key, argument.default]),
  ) as unknown as ArgumentsOf<Table>;
}

/**
 * The values of a statement's arguments, defaults filled in.
 *
 * @returns undefined where a required one is missing or wrong; a wrong one that has a default is reported, and keeps it
 */
export function readArguments<Table extends ArgumentTable>(
  table: Table,
  setting: Setting,
  { sink, of }: Reading,
): ArgumentsOf<Table> | undefined {
  const given = assign(table, withNames(table, setting, { sink, of }), { sink, of });
  const values: Record<string, unknown> = defaultsOf(table);
  let isWhole = true;
  for (const [key, argument] of Object.entries(table)) {
    const found = given.get(key);
    const accepted = found === undefined ? undefined : argument.accept(found.value);
    if (accepted !== undefined) {
      values[key] = accepted.value;
      continue;
    }
    if (found === undefined && !argument.isRequired) continue;
    isWhole &&= !argument.isRequired;
    const name = argumentName(key, argument, of, setting.name);
    const message =
      found === undefined
        ? `${name} needs ${argument.takes}`
        : `${name} takes ${argument.takes}, not ${describe(found.value)}`;
    sink.report("CNN301", message, found?.span ?? setting.span, {
      ...shareHelp(key, argument, found),
      ...wordHelp(argument, found),
    });
  }
  return isWhole ? (values as unknown as ArgumentsOf<Table>) : undefined;
}

const shares: ReadonlySet<string> = new Set(["share", "amount", "probability", "labelSmoothing"]);

/** `validation 20`, `rotation 10`: a share in percent or degrees. */
function shareHelp(
  key: string,
  { accept, whole = shares.has(key) ? 100 : 1 }: Argument,
  found: Given | undefined,
): { help?: string; fix?: Fix } {
  const { value } = found ?? {};
  if (typeof value !== "number" || value < 2 || value > whole) return {};
  const share = Number((value / whole).toPrecision(2));
  const text = String(share);
  if (accept(share) === undefined) return {};
  return {
    help: `did you mean ${text}?`,
    fix: { ...replacement(valuePlace(found!.span), text)!, isUnsafe: true },
  };
}

/** `precision mixed_float16`, `flip horizontaly`: the word of another library, or a word misspelt. */
function wordHelp(
  { foreign = {}, words = [] }: Argument,
  found: Given | undefined,
): { help?: string; fix?: Fix } {
  if (found === undefined) return {};
  const said = String(found.value);
  const native = nativeName(foreign, said);
  const word = native ?? suggestRelatedName(said, words);
  if (word === undefined) return {};
  const fix = replacement(valuePlace(found.span), word)!;
  return { help: native === undefined ? `did you mean \`${word}\`?` : `that is \`${word}\` here`, fix };
}

/** `momentum 0.9` for `momentum=0.9`, `batch size 32`: reported, and read as it was meant. */
function withNames(table: ArgumentTable, setting: Setting, { sink, of }: Reading): Setting {
  const positional: Given[] = [];
  const named: Record<string, Given> = { ...setting.named };
  const slots = Object.values(table).filter(({ positional: isSlot }) => isSlot);
  const isTaken = (value: Given["value"]): boolean => slots.some(({ accept }) => accept(value) !== undefined);
  for (let index = 0; index < setting.positional.length; index++) {
    const value = setting.positional[index]!;
    const next = setting.positional[index + 1];
    const key = Object.keys(table).find(
      (name) => typeof value.value === "string" && spellings(name, table[name]!).includes(value.value),
    );
    const isNamed = key !== undefined && next !== undefined && table[key]!.accept(next.value) !== undefined;
    if (next === undefined || (isTaken(value.value) && !isNamed)) positional.push(value);
    else if (isNamed && table[key]!.isFlag !== true) {
      const gap = { ...value.span, start: value.span.end, end: next.span.start };
      const word = String(value.value);
      sink.report("CNN301", `\`${word}\` of \`${of}\` and its value are joined by \`=\``, value.span, {
        help: `write \`${word}=${describe(next.value)}\``,
        fix: { title: "write `=`", edits: [{ span: gap, text: "=" }] },
      });
      named[word] = next;
      index += 1;
    } else if (typeof value.value === "string" && index === 0 && slots.length === 1 && isTaken(next.value)) {
      const span = { ...value.span, end: next.span.start };
      sink.report("CNN301", `\`${of}\` takes no word \`${value.value}\``, value.span, {
        help: `write \`${of === setting.name ? of : `${setting.name} ${of}`} ${describe(next.value)}\``,
        fix: { title: "leave it out", edits: [{ span, text: "" }] },
      });
    } else positional.push(value);
  }
  return { ...setting, positional, named };
}

/** The value alone where a name stands before it: `True` of `from_logits=True`. */
function valuePlace(span: Span): Span {
  const name = /^[A-Za-z_]\w*\s*=\s*/.exec(spanText(span))?.[0] ?? "";
  return { ...span, start: span.start + name.length };
}

/** Which value belongs to which argument. */
function assign(table: ArgumentTable, setting: Setting, { sink, of }: Reading): ReadonlyMap<string, Given> {
  const given = new Map<string, Given>();
  const slots = Object.keys(table).filter((key) => table[key]!.positional);
  for (const value of setting.positional) {
    // A flag may be said by its name alone.
    const flag = Object.keys(table).find(
      (key) => wordOf(key, table[key]) === value.value && table[key]!.isFlag === true,
    );
    const key =
      flag ??
      slots.find((slot) => !given.has(slot) && table[slot]!.accept(value.value)) ??
      slots.find((slot) => !given.has(slot));
    if (key === undefined) {
      sink.report("CNN301", `\`${of}\` takes no further value`, value.span, {
        help: meant(table, setting.positional, value) ?? takes(table),
      });
      // What follows has no place either.
      break;
    } else given.set(key, flag === undefined ? value : { ...value, value: true });
  }
  for (const [word, value] of Object.entries(setting.named)) {
    const key = Object.keys(table).find((name) => spellings(name, table[name]!).includes(word));
    if (key === undefined) {
      const near = meantArgument(word, table);
      const place = { ...value.span, end: value.span.start + word.length };
      const meant = Object.entries(table).find(([name, argument]) => wordOf(name, argument) === near)?.[1];
      const isTaken = meant?.accept(value.value) !== undefined;
      const fix = spanText(place) === word && isTaken ? replacement(place, near) : undefined;
      sink.report("CNN303", `\`${of}\` has no argument \`${word}\``, value.span, {
        help: near === undefined ? takes(table) : `did you mean \`${near}\`?`,
        ...(fix === undefined ? {} : { fix }),
      });
    } else if (given.has(key)) {
      sink.report("CNN302", `\`${wordOf(key, table[key])}\` of \`${of}\` is given twice`, value.span, {
        labels: [{ span: given.get(key)!.span, text: "first given here" }],
        help: "keep one of them",
      });
    } else given.set(key, value);
  }
  return given;
}

/** The argument that a name probably means that none has. */
function meantArgument(word: string, table: ArgumentTable): string | undefined {
  const elsewhere: ForeignNames = Object.fromEntries(
    Object.entries(table).map(([key, argument]) => [wordOf(key, argument), argument.elsewhere]),
  );
  return nativeName(elsewhere, word) ?? suggestRelatedName(word, Object.keys(elsewhere));
}

/** How a value is written that found no place: with the others in brackets, or behind a name. */
function meant(table: ArgumentTable, all: readonly Given[], value: Given): string | undefined {
  const list = all.map((each) => each.value);
  const takesList = Object.values(table).some(
    ({ positional, accept }) => positional && accept(list as Given["value"]) !== undefined,
  );
  if (takesList) return `several stand in brackets: \`${describe(list as Given["value"])}\``;
  const key = Object.keys(table).find(
    (name) => !table[name]!.positional && table[name]!.accept(value.value) !== undefined,
  );
  return key === undefined
    ? undefined
    : `say what it is: \`${wordOf(key, table[key])}=${describe(value.value)}\`; ${takes(table)}`;
}

function spellings(key: string, argument: Argument): readonly string[] {
  return [wordOf(key, argument), wordOf(key), ...argument.aliases];
}

/** A setting's only value goes by the setting's own name. */
function argumentName(key: string, argument: Argument, of: string, setting: string): string {
  if (key === "value") return `\`${setting}\``;
  return `\`${wordOf(key, argument)}\` of \`${of}\``;
}

function takes(table: ArgumentTable): string {
  const words = Object.keys(table).map((key) => wordOf(key, table[key]));
  return words.length === 0 ? "it takes no arguments" : `it takes ${words.join(", ")}`;
}

function describe(value: Given["value"]): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return Array.isArray(value) ? `[${value.join(", ")}]` : String(value);
}

/** The fix that writes another word there; none where none is known. */
export function replacement(span: Span, word: string | undefined): Fix | undefined {
  return word === undefined ? undefined : { title: `write \`${word}\``, edits: [{ span, text: word }] };
}

interface UnknownWord {
  readonly what: string;
  readonly name: string;
  readonly known: readonly string[];
  readonly span: Span;
  /** What was meant, where that is known better than by the letters. */
  readonly near?: string | undefined;
  readonly fix?: Fix | undefined;
}

/** Reports a word that is not one of those known. */
export function reportUnknown(
  sink: DiagnosticSink,
  { what, name, known, span, near = suggestName(name, known), fix }: UnknownWord,
): void {
  // "an optimizer" → "optimizer"
  const noun = what.replace(/^an? /, "");
  sink.report("CNN303", `there is no ${noun} called \`${name}\``, span, {
    help: near === undefined ? `known are ${known.join(", ")}` : `did you mean \`${near}\`?`,
    ...(fix === undefined ? {} : { fix }),
  });
}
