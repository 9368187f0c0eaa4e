import { type Diagnostic, DiagnosticSink, type Fix } from "../diagnostics/diagnostic.ts";
import type { ArgumentValue, Setting } from "../graph/layer-graph.ts";
import { spanText } from "../source/source-file.ts";
import { wordOf } from "./argument.ts";
import type { SettingForm } from "./setting.ts";

/** What is needed to read a statement again as it may have been meant. */
export interface Readable<Value = unknown> {
  readonly example: string;
  readonly forms: readonly SettingForm[];
  read(statement: Setting, sink: DiagnosticSink): Value | undefined;
}

/** A value of a statement, with its text and the name that stands before it. */
interface Part {
  readonly name?: string;
  readonly value: ArgumentValue;
  readonly text: string;
}

type Rewriting = (parts: readonly Part[], definition: Readable) => readonly (readonly Part[])[];

/**
 * Reads a statement. Where that fails, and nothing is offered yet that would help, the nearest statement that can be read is
 * offered: with a word that is lacking, a name for a value, brackets around several, or without a word that says nothing. What else
 * is wrong with the statement is then a part of that.
 *
 * @returns undefined where anything is wrong
 */
export function readMended<Value>(
  definition: Readable<Value>,
  statement: Setting,
  sink: DiagnosticSink,
): Value | undefined {
  const trial = new DiagnosticSink();
  const value = definition.read(statement, trial);
  sink.add(withFix(trial.diagnostics, definition, statement));
  return trial.hasErrors ? undefined : value;
}

function withFix(
  found: readonly Diagnostic[],
  definition: Readable,
  statement: Setting,
): readonly Diagnostic[] {
  const [first] = found.filter(({ severity }) => severity === "error");
  if (first === undefined) return found;
  if (found.some(({ fix }) => fix !== undefined)) return withoutLacking(found, statement);
  const text = mendStatement(definition, statement);
  if (text === undefined) return withoutLacking(found, statement);
  const fix: Fix = {
    title: `write \`${text}\``,
    edits: [{ span: statement.span, text }],
    isUnsafe: true,
  };
  return [{ ...first, help: first.help ?? `did you mean \`${text}\`?`, fix }];
}

/** What is lacking may be what has a name that is not known: then that is told alone. */
function withoutLacking(found: readonly Diagnostic[], { span }: Setting): readonly Diagnostic[] {
  const isUnknown = ({ code }: Diagnostic): boolean => code === "CNN303";
  return found.some(isUnknown)
    ? found.filter((each) => isUnknown(each) || each.primary.span !== span)
    : found;
}

/** The text of the nearest statement that can be read; undefined where none is near. */
export function mendStatement(definition: Readable, statement: Setting): string | undefined {
  const parts = partsOf(statement);
  if (parts.length > mostParts) return undefined;
  const once = rewritings.flatMap((rewrite) => rewrite(parts, definition));
  const twice = once.flatMap((each) => rewritings.flatMap((rewrite) => rewrite(each, definition)));
  const sound = [...once, ...twice].slice(0, mostTrials).find((each) => {
    const trial = new DiagnosticSink();
    definition.read(settingOf(each, statement), trial);
    return !trial.hasErrors;
  });
  return sound && [statement.name, ...sound.map(({ text }) => text)].join(" ");
}

/** A statement as it is written, under the name that it has. */
export function textOf(statement: Setting): string {
  return [statement.name, ...partsOf(statement).map(({ text }) => text)].join(" ");
}

/** A statement of very many values is no slip. */
const mostTrials = 200;
const mostParts = 8;

const rewritings: readonly Rewriting[] = [
  joinWords,
  beginAsExample,
  sayAsExample,
  dropNames,
  bracketValues,
  nameValues,
  unquoteNumbers,
  dropWords,
];

function partsOf({ positional, named }: Setting): readonly Part[] {
  const bare = positional.map(({ value, span }) => ({ value, span, text: spanText(span) }));
  const given = Object.entries(named).map(([name, { value, span }]) => ({
    name,
    value,
    span,
    text: spanText(span),
  }));
  return [...bare, ...given].sort((one, other) => one.span.start - other.span.start);
}

function settingOf(parts: readonly Part[], { name, span }: Setting): Setting {
  const positional = parts.flatMap((part) => (part.name === undefined ? [{ value: part.value, span }] : []));
  const named = parts.flatMap((part) =>
    part.name === undefined ? [] : [[part.name, { value: part.value, span }] as const],
  );
  return { name, positional, named: Object.fromEntries(named), span };
}

const isBareWord = ({ name, value }: Part): boolean => name === undefined && typeof value === "string";

/** `loss cross entropy`, `stop val loss`: a word that is known, in two. */
function joinWords(parts: readonly Part[], { example, forms }: Readable): readonly (readonly Part[])[] {
  const [first, second, ...rest] = parts;
  if (first === undefined || second === undefined || !isBareWord(first) || !isBareWord(second)) return [];
  const text = `${String(first.value)}_${String(second.value)}`;
  if (!example.split(" ").includes(text) && forms.every(({ name }) => name !== text)) return [];
  return [[{ value: text, text }, ...rest]];
}

/** `stop patience=3`, `optimizer 0.001`: the word that the example begins with. */
function beginAsExample(parts: readonly Part[], { example }: Readable): readonly (readonly Part[])[] {
  const [, word = ""] = example.split(" ");
  const isWord = /^[a-z_]+$/.test(word) && parts.every((part) => !isBareWord(part));
  return isWord ? [[{ value: word, text: word }, ...parts]] : [];
}

/** `checkpoint best`: what the example says of the word. */
function sayAsExample(parts: readonly Part[], { example }: Readable): readonly (readonly Part[])[] {
  return parts.flatMap((part, index) => {
    const said = example.split(" ").find((each) => isBareWord(part) && each.startsWith(`${part.text}=`));
    const value = said?.slice(part.text.length + 1);
    if (said === undefined || value === undefined || !/^[a-z_]+$/.test(value)) return [];
    return [parts.with(index, { name: part.text, value, text: said })];
  });
}

/** `clip norm=1`: a word that an argument takes, and a value. */
function dropNames(parts: readonly Part[], { forms }: Readable): readonly (readonly Part[])[] {
  const words = forms.flatMap(({ arguments: table }) =>
    Object.values(table).flatMap((each) => each.words ?? []),
  );
  return parts.flatMap((part, index) => {
    if (part.name === undefined || !words.includes(part.name)) return [];
    const text = part.text.slice(part.text.indexOf("=") + 1).trim();
    const apart = [
      { value: part.name, text: part.name },
      { value: part.value, text },
    ];
    return [[...parts.slice(0, index), ...apart, ...parts.slice(index + 1)]];
  });
}

/** `stop val_loss 3`, `schedule step 10 0.1`: numbers by the names of what has no place, in their order. */
function nameValues(parts: readonly Part[], { forms }: Readable): readonly (readonly Part[])[] {
  const form = forms.find(({ name }) => name === parts[0]?.value) ?? forms.find(({ name }) => name === "");
  const open = Object.entries(form?.arguments ?? {}).filter(([, { positional }]) => !positional);
  const free = open.map(([key, argument]) => wordOf(key, argument));
  const bare = parts.filter(({ name, value }) => name === undefined && typeof value !== "string");
  // The last value alone, the last two and so on: those before them may stand in their places.
  return bare.map((_, from) => {
    const unnamed = bare.slice(bare.length - 1 - from);
    return parts.map((part) => {
      const name = free[unnamed.indexOf(part)];
      return unnamed.includes(part) && name !== undefined
        ? { ...part, name, text: `${name}=${part.text}` }
        : part;
    });
  });
}

/** `class_weights 1 2`: several numbers in brackets. */
function bracketValues(parts: readonly Part[]): readonly (readonly Part[])[] {
  const numbers = parts.filter(({ name, value }) => name === undefined && typeof value === "number");
  if (numbers.length < 2) return [];
  const text = `[${numbers.map((each) => each.text).join(", ")}]`;
  const list = { value: numbers.map(({ value }) => value) as ArgumentValue, text };
  return [[list, ...parts.filter((part) => !numbers.includes(part))]];
}

/** `epochs "5"`. */
function unquoteNumbers(parts: readonly Part[]): readonly (readonly Part[])[] {
  return parts.flatMap((part, index) => {
    const number = typeof part.value === "string" && part.value.trim() !== "" ? Number(part.value) : NaN;
    if (!Number.isFinite(number)) return [];
    return [parts.with(index, { ...part, value: number, text: part.text.replaceAll('"', "") })];
  });
}

/** `crop 4 pixels`: without a word, those of the example last. */
function dropWords(parts: readonly Part[], { example }: Readable): readonly (readonly Part[])[] {
  const isKnown = ({ text }: Part): boolean => example.split(" ").includes(text);
  const bare = parts.filter(isBareWord);
  const words = [...bare.filter((part) => !isKnown(part)), ...bare.filter(isKnown)];
  return parts.length < 2 ? [] : words.map((word) => parts.filter((part) => part !== word));
}
