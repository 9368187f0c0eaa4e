import { Option } from "commander";
import { settingWord } from "../settings/setting.ts";
import { shorthands } from "../train/settings/shorthands.ts";
import { trainSettings } from "../train/settings/table.ts";

/** One option for each setting of the `train` section; it takes what would stand in the file after the setting's word. */
export function settingOptions(): readonly Option[] {
  const settings = Object.entries(trainSettings).map(([key, { summary, example, defaultText }]) => {
    const word = settingWord(key);
    const argument = example.slice(word.length + 1);
    const description = `${summary} (default: the file's, or ${defaultText.replaceAll("`", "")})`;
    const option = `--${word.replaceAll("_", "-")}`;
    // A setting that is yes or no may be said by its name alone.
    if (argument === "yes") return new Option(`${option} [yes]`, description).preset("yes");
    return new Option(`${option} <text>`, `${description}, e.g. "${argument}"`);
  });
  const shortened = Object.entries(shorthands).map(
    ([word, { summary }]) => new Option(`--${word} <number>`, summary),
  );
  return [...settings, ...shortened].map((option) =>
    option.argParser((text: string, earlier: string[] | undefined) => [...(earlier ?? []), text]),
  );
}
