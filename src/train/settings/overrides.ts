import { compile } from "../../compile.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { InputError } from "../../diagnostics/input-error.ts";
import type { Setting } from "../../graph/layer-graph.ts";
import { wordOf } from "../../settings/argument.ts";
import { settingWord } from "../../settings/setting.ts";
import { isOption, SourceFile } from "../../source/source-file.ts";
import { shorthands } from "./shorthands.ts";
import { trainSettings } from "./table.ts";

/**
 * What the command line says in place of the file, by option: for a setting the text that would stand after its word in the
 * file (several where it may be set several times), for a shorthand the value of its argument.
 */
export type SettingOverrides = Readonly<Record<string, readonly string[]>>;

/**
 * The statements of a section with those of the command line in place of the file's.
 *
 * @throws InputError where an override cannot be read
 */
export function applyOverrides(said: readonly Setting[], overrides: SettingOverrides): readonly Setting[] {
  let statements = said;
  for (const [word, texts] of Object.entries(overrides)) {
    if (Object.hasOwn(shorthands, word)) continue;
    const replaced = texts.map((text) => parseOverride(word, text));
    statements = [...statements.filter(({ name }) => name !== word), ...replaced];
  }
  for (const [word, { setting, argument }] of Object.entries(shorthands)) {
    const text = overrides[word]?.at(-1);
    if (text === undefined) continue;
    const { named } = parseOverride(setting, `${defaultWord(setting)} ${argument}=${text}`, word);
    const before =
      statements.find(({ name }) => name === setting) ?? parseOverride(setting, defaultWord(setting), word);
    statements = [
      ...statements.filter(({ name }) => name !== setting),
      setArgument(before, argument, named[argument]!),
    ];
  }
  return statements;
}

/** Whether a finding is about the command line, not about the file. */
export function isAboutOverride({ primary }: Diagnostic): boolean {
  return isOption(primary.span.file);
}

/** A finding about an override as a mistake of the call. */
export function overrideError({ primary, message, help }: Diagnostic): InputError {
  return new InputError(`${primary.span.file.name}: ${message}`, help === undefined ? {} : { help });
}

/** The word of a setting's default kind: `adam`. */
function defaultWord(setting: keyof typeof trainSettings): string {
  const value: unknown = trainSettings[setting].default;
  return (value as { readonly name: string }).name;
}

/** A statement with another value for one argument, which may stand in first place after the kind. */
function setArgument(setting: Setting, word: string, value: Setting["named"][string]): Setting {
  const form = trainSettings[setting.name as keyof typeof trainSettings].forms.find(
    ({ name }) => name === setting.positional[0]?.value,
  );
  const [key, argument] =
    Object.entries(form?.arguments ?? {}).find(([name, each]) => wordOf(name, each) === word) ?? [];
  const spellings = [word, ...(argument?.aliases ?? []), ...(key === undefined ? [] : [wordOf(key)])];
  const named = Object.fromEntries(
    Object.entries(setting.named).filter(([name]) => !spellings.includes(name)),
  );
  const positional = argument?.positional ? setting.positional.slice(0, 1) : setting.positional;
  return { ...setting, positional, named: { ...named, [word]: value } };
}

/** Reads an override as the language reads a statement of the section. */
function parseOverride(word: string, text: string, option = word): Setting {
  const before = "input 1\ndense 1\ntrain {\n";
  const name = `--${option.replaceAll("_", "-")}`;
  const file = new SourceFile(name, `${before}${word} ${quoted(word, text)}\n}\n`);
  const { model, diagnostics } = compile(file);
  const settings = model.graph.sections.flatMap((section) => section.settings);
  const mistake = diagnostics.find(({ severity }) => severity === "error");
  if (mistake !== undefined) throw overrideError(mistake);
  const [setting, another] = settings;
  if (setting === undefined || another !== undefined || setting.name !== word)
    throw new InputError(`${name} takes one setting, not \`${text}\``);
  return setting;
}

/** A path need not stand in quotation marks on the command line; arguments by name may follow it. */
function quoted(word: string, text: string): string {
  const definition = Object.entries(trainSettings).find(([key]) => settingWord(key) === word)?.[1];
  const [first] = Object.values(definition?.forms[0]?.arguments ?? {});
  if (first?.isPath === undefined || text.trimStart().startsWith('"')) return text;
  const [value = text] = /^.*?(?=\s+[a-z_]+=)|^.*$/s.exec(text) ?? [];
  return JSON.stringify(value) + text.slice(value.length);
}
