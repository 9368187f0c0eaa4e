import type { DiagnosticSink } from "../diagnostics/diagnostic.ts";
import type { Setting } from "../graph/layer-graph.ts";
import { type ArgumentsOf, type Argument, type ArgumentTable, wordOf } from "./argument.ts";
import { bareName, type ForeignNames, nativeName } from "../diagnostics/foreign-names.ts";
import { suggestRelatedName } from "../diagnostics/suggest.ts";
import { readMended } from "./mended.ts";
import { defaultsOf, readArguments, replacement, reportUnknown } from "./read-arguments.ts";

/** A form in which a setting may be written: `optimizer adam`, with the arguments that may follow. */
export interface SettingForm {
  /** The word that chooses it; empty where the setting has one form alone. */
  readonly name: string;
  readonly summary: string;
  readonly arguments: ArgumentTable;
}

/** One setting of a section: what it means, how it is written and read. */
export interface SettingDefinition<Value = unknown> {
  /** One sentence for the manual. */
  readonly summary: string;
  /** A whole statement: `stop val_loss patience=3`. */
  readonly example: string;
  /** What holds where nothing is said, in words where the value does not say it. */
  readonly defaultText: string;
  readonly default: Value;
  /** Whether a run that goes on may be given another value than it began with. */
  mayChangeOnResume(begun: Value, asked: Value): boolean;
  readonly forms: readonly SettingForm[];
  /**
   * What statements of this setting come to. Where it may stand once, there is one.
   *
   * @returns undefined where diagnostics say what is wrong
   */
  read(statements: readonly Setting[], sink: DiagnosticSink): Value | undefined;
}

/** The settings of a section by key; a key is written as its words: `classWeights` is `class_weights`. */
export type SettingTable = Readonly<Record<string, SettingDefinition>>;

/** What a section comes to. */
export type ValuesOf<Table extends SettingTable> = {
  readonly [Name in keyof Table]: Table[Name] extends SettingDefinition<infer Value> ? Value : never;
};

interface Details<Value> {
  readonly summary: string;
  readonly example: string;
  readonly default: Value;
  readonly defaultText?: string;
  /** No where nothing is said. */
  readonly mayChangeOnResume?: boolean | ((begun: Value, asked: Value) => boolean);
}

type Read<Value> = (setting: Setting, sink: DiagnosticSink) => Value | undefined;

/** A setting of one value: `batch 32`. */
export function valueSetting<Value>(
  argument: Argument<Value>,
  details: Omit<Details<Value>, "summary" | "default"> & { readonly default?: Value },
): SettingDefinition<Value> {
  const table = { value: { ...argument, positional: true, isRequired: true } };
  const value = details.default ?? argument.default;
  return once([{ name: "", summary: "", arguments: table }], {
    summary: argument.summary,
    ...details,
    default: value,
    read(setting, sink) {
      const isAlone = setting.positional.length === 0 && Object.keys(setting.named).length === 0;
      // A flag's name alone means yes.
      const said =
        argument.isFlag && isAlone
          ? { ...setting, positional: [{ value: true, span: setting.span }] }
          : setting;
      return readArguments(table, said, { sink, of: setting.name })?.value as Value;
    },
  });
}

/** A setting of several arguments: `clip norm=1`. */
export function recordSetting<Table extends ArgumentTable, Value = undefined>(
  table: Table,
  details: Details<ArgumentsOf<Table> | Value>,
): SettingDefinition<ArgumentsOf<Table> | Value> {
  return once([{ name: "", summary: "", arguments: table }], {
    ...details,
    read: (setting, sink) => readArguments(table, setting, { sink, of: setting.name }),
  });
}

/** What may be chosen by its first word, with the arguments of each. */
export type KindTable = Readonly<
  Record<string, { readonly summary: string; readonly arguments: ArgumentTable }>
>;

/** What a choice among kinds comes to: the kind's name and its arguments. */
export type KindsOf<Kinds extends KindTable> = {
  readonly [Name in keyof Kinds & string]: { readonly name: Name } & ArgumentsOf<Kinds[Name]["arguments"]>;
}[keyof Kinds & string];

interface KindWords {
  /** What is chosen, with its article: "an optimizer". */
  readonly what: string;
  /** What other libraries call a kind. */
  readonly foreign?: ForeignNames;
}

/** A setting whose first word chooses the arguments that may follow: `optimizer sgd 0.1 momentum=0.9`. */
export function kindSetting<Kinds extends KindTable, Value = never>(
  kinds: Kinds,
  details: Details<KindsOf<Kinds> | Value> & KindWords,
): SettingDefinition<KindsOf<Kinds> | Value> {
  return once(formsOf(kinds), { ...details, read: kindReader(kinds, details) });
}

/** The same where several may stand in one section; `keyOf` tells which of them set the same thing. */
export function kindListSetting<Kinds extends KindTable>(
  kinds: Kinds,
  details: Omit<Details<readonly KindsOf<Kinds>[]>, "default"> &
    KindWords & { keyOf(value: KindsOf<Kinds>): string },
): SettingDefinition<readonly KindsOf<Kinds>[]> {
  return many(formsOf(kinds), { ...details, read: kindReader(kinds, details) });
}

/** A setting of several arguments that may stand several times; `keyOf` tells which of them set the same thing. */
export function recordListSetting<Table extends ArgumentTable>(
  table: Table,
  details: Omit<Details<readonly ArgumentsOf<Table>[]>, "default"> & {
    keyOf(value: ArgumentsOf<Table>): string;
  },
): SettingDefinition<readonly ArgumentsOf<Table>[]> {
  return many([{ name: "", summary: "", arguments: table }], {
    ...details,
    read: (setting, sink) => readArguments(table, setting, { sink, of: setting.name }),
  });
}

/** A kind with all of its defaults. */
export function defaultKind<Kinds extends KindTable, Name extends keyof Kinds & string>(
  kinds: Kinds,
  name: Name,
): Extract<KindsOf<Kinds>, { readonly name: Name }> {
  return { name, ...defaultsOf(kinds[name]!.arguments) } as unknown as Extract<
    KindsOf<Kinds>,
    { readonly name: Name }
  >;
}

function formsOf(kinds: KindTable): readonly SettingForm[] {
  return Object.entries(kinds).map(([name, kind]) => ({ name, ...kind }));
}

function kindReader<Kinds extends KindTable>(
  kinds: Kinds,
  { what, example, foreign = {} }: KindWords & { readonly example: string },
): Read<KindsOf<Kinds>> {
  return (setting, sink) => {
    const [first, ...positional] = setting.positional;
    if (typeof first?.value !== "string") {
      sink.report(
        "CNN301",
        `\`${setting.name}\` needs ${what}, e.g. \`${example}\``,
        first?.span ?? setting.span,
      );
      return undefined;
    }
    const name = first.value;
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) {
      const known = Object.keys(kinds);
      const bare = bareName(name).toLowerCase();
      const near = known.includes(bare)
        ? bare
        : (nativeName(foreign, name) ?? suggestRelatedName(bare, known));
      reportUnknown(sink, { what, name, known, span: first.span, near, fix: replacement(first.span, near) });
      return undefined;
    }
    const values = readArguments(kind.arguments, { ...setting, positional }, { sink, of: name });
    return values && ({ name, ...values } as unknown as KindsOf<Kinds>);
  };
}

function once<Value>(
  forms: readonly SettingForm[],
  { read, ...details }: Details<Value> & { readonly read: Read<Value> },
): SettingDefinition<Value> {
  return {
    ...describe(details),
    forms,
    read(statements, sink) {
      const [first, second] = statements;
      if (second !== undefined) {
        reportTwice(sink, `\`${second.name}\` is set twice`, first!, second);
        return undefined;
      }
      return readMended({ example: details.example, forms, read }, first!, sink);
    },
  };
}

function many<Value>(
  forms: readonly SettingForm[],
  details: Omit<Details<readonly Value[]>, "default"> & {
    readonly read: Read<Value>;
    keyOf(value: Value): string;
  },
): SettingDefinition<readonly Value[]> {
  const { read, keyOf, ...rest } = details;
  return {
    ...describe({ ...rest, default: [] }),
    forms,
    read(statements, sink) {
      const byKey = new Map<string, Setting>();
      return statements.flatMap((statement) => {
        const value = readMended({ example: details.example, forms, read }, statement, sink);
        if (value === undefined) return [];
        const key = keyOf(value);
        const earlier = byKey.get(key);
        if (earlier !== undefined)
          reportTwice(sink, `\`${statement.name}\` is set twice`, earlier, statement);
        byKey.set(key, statement);
        return [value];
      });
    },
  };
}

function reportTwice(sink: DiagnosticSink, message: string, first: Setting, second: Setting): void {
  sink.report("CNN302", message, second.span, {
    labels: [{ span: first.span, text: "first set here" }],
    help: "keep one of them",
  });
}

function describe<Value>({
  summary,
  example,
  default: value,
  defaultText = String(value),
  mayChangeOnResume = false,
}: Details<Value>): Omit<SettingDefinition<Value>, "forms" | "read"> {
  return {
    summary,
    example,
    default: value,
    defaultText,
    mayChangeOnResume: typeof mayChangeOnResume === "boolean" ? () => mayChangeOnResume : mayChangeOnResume,
  };
}

/** The word that a program writes for a setting's key. */
export function settingWord(key: string): string {
  return wordOf(key);
}
