// The part of docs/data.md that is generated: the words of `augment { … }` with their arguments.
import { augmentationKinds } from "../../src/data/augment/kinds.ts";
import { type ArgumentTable, wordOf } from "../../src/settings/argument.ts";

const start = "<!-- augmentations: generated from src/data/augment/kinds.ts -->";
const end = "<!-- end of augmentations -->";

/** A page with what stands between its two marks written anew. */
export function withAugmentations(page: string): string {
  const [before, rest] = page.split(start);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`docs/data.md has no part "${start}"`);
  return `${before}${start}\n\n${renderAugmentations()}\n\n${end}${after}`;
}

function renderAugmentations(): string {
  const rows = Object.values(augmentationKinds).map(({ example, summary, keras, arguments: table }) =>
    [`\`${example}\``, summary, argumentsText(table), keras === undefined ? "" : keras].join(" | "),
  );
  return [
    "| change | what it does | arguments | Keras |",
    "| --- | --- | --- | --- |",
    ...rows.map((row) => `| ${row} |`),
  ].join("\n");
}

function argumentsText(table: ArgumentTable): string {
  return Object.entries(table)
    .filter(([key]) => key !== "probability" && key !== "of")
    .map(([key, argument]) => {
      const usual =
        argument.isRequired || argument.default === undefined ? "" : ` (${String(argument.default)})`;
      return `\`${wordOf(key, argument)}\`${usual} ${argument.summary}`;
    })
    .join("; ");
}
