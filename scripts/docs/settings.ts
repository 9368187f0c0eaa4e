// The part of docs/training.md that is generated: the settings of the `train` section, with the arguments of each.
import { type ArgumentTable, wordOf } from "../../src/settings/argument.ts";
import { type SettingDefinition, settingWord } from "../../src/settings/setting.ts";
import { trainSettings } from "../../src/train/settings/table.ts";

const start = "<!-- settings: generated from src/train/settings -->";
const end = "<!-- end of settings -->";

/** A page with what stands between its two marks written anew. */
export function withSettings(page: string): string {
  const [before, rest] = page.split(start);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`docs/training.md has no part "${start}"`);
  return `${before}${start}\n\n${renderSettings()}\n\n${end}${after}`;
}

function renderSettings(): string {
  const settings = Object.entries(trainSettings) as [string, SettingDefinition][];
  const rows = settings.map(([key, setting]) => {
    const option = `--${settingWord(key).replaceAll("_", "-")}`;
    return [settingWord(key), code(setting.example), code(option), setting.defaultText, setting.summary];
  });
  const arguments_ = settings.flatMap(([key, setting]) => {
    const lines = setting.forms.flatMap((form) => argumentLine(setting, form));
    return lines.length === 0 ? [] : [`**${settingWord(key)}**\n\n${lines.join("\n")}`];
  });
  return [tableOf(["setting", "in the file", "option", "default", ""], rows), ...arguments_].join("\n\n");
}

/** A form with its arguments; none where the setting's line has said it all. */
function argumentLine(
  { forms }: SettingDefinition,
  { name, summary, arguments: table }: SettingDefinition["forms"][number],
): string[] {
  const isPlain = forms.length === 1 && Object.keys(table).join() === "value";
  if (isPlain) return [];
  const head = name === "" ? "" : `${code(name)}: ${summary}`;
  const tail = argumentsText(table);
  return [`- ${[head, tail].filter((part) => part !== "").join("; ")}`];
}

function argumentsText(table: ArgumentTable): string {
  return Object.entries(table)
    .map(([key, argument]) => {
      const value =
        argument.isRequired || argument.default === undefined ? "" : ` (${valueText(argument.default)})`;
      return `${code(wordOf(key, argument))}${value} ${argument.summary}`;
    })
    .join("; ");
}

function valueText(value: unknown): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return Array.isArray(value) ? `[${value.join(", ")}]` : String(value);
}

function code(text: string): string {
  return `\`${text}\``;
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
