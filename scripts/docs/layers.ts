import { paddingText, windowText } from "../../src/layers/text.ts";
import type { ArgumentSpec, LayerDefinition, PaddingValue } from "../../src/layers/definition.ts";
import { layerDefinition, layerDefinitions } from "../../src/layers/index.ts";
import type { LayerKind } from "../../src/graph/layer-kind.ts";

const introduction = `# Layers

Each layer with its words, its arguments with their defaults, the other names that are understood for them (Keras' own among
them), and what the layer is called elsewhere. Values marked with \\* may stand bare, in the order of the table; all others
are said by name. Every layer also takes \`trainable=no\`. Shapes leave out the batch; the channels are the last axis.
[language.md](language.md) has the grammar around them.`;

/** docs/layers.md: every layer from its own definition. */
export function renderLayers(): string {
  const kinds = Object.keys(layerDefinitions) as LayerKind[];
  const index = kinds.map((kind) => `[\`${kind}\`](#${kind})`).join(" · ");
  const sections = kinds.map((kind) => renderLayer(kind, layerDefinition(kind)));
  return `${[introduction, index, ...sections].join("\n\n")}\n`;
}

function renderLayer(kind: LayerKind, definition: LayerDefinition): string {
  const { title, documentation, words, foreignNames, example } = definition;
  const facts = [
    ...(words.length === 1 && words[0] === kind ? [] : [`Words: ${words.map(code).join(", ")}.`]),
    ...(foreignNames.length === 0 ? [] : [`Elsewhere: ${foreignNames.map(code).join(", ")}.`]),
  ];
  return [
    `## ${kind}`,
    `**${capitalized(title)}.** ${documentation}`,
    ...(facts.length === 0 ? [] : [facts.join("\n")]),
    ...renderTable(definition),
    `\`\`\`cnn\n${example}\n\`\`\``,
  ].join("\n\n");
}

/** The layer's arguments; where its words take different ones, each row begins with its word. */
function renderTable({ arguments: table, wordVariants }: LayerDefinition): string[] {
  const titles = ["argument", "takes", "default", "also", ""];
  if (wordVariants === undefined) return tableOf(titles, Object.entries(table).map(argumentCells));
  const rows = Object.entries(wordVariants).flatMap(([word, variant]) =>
    Object.values(variant.arguments).map((spec) => {
      const [name = "", ...others] = spec.aliases;
      return [code(word), ...argumentCells([name, { ...spec, aliases: others }])];
    }),
  );
  return tableOf(["word", ...titles], rows);
}

function argumentCells([name, spec]: readonly [string, ArgumentSpec]): readonly string[] {
  const aliases = spec.aliases.map(code).join(", ");
  return [code(name), takes(spec), defaultText(spec), aliases, spec.documentation];
}

function tableOf(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const lines = [titles, titles.map(() => "---"), ...rows];
  return [lines.map((cells) => `| ${cells.map(escapeCell).join(" | ")} |`).join("\n")];
}

const roleTexts: Readonly<Record<ArgumentSpec["role"], string>> = {
  count: "whole number",
  number: "number",
  window: "window",
  shape: "shape",
  padding: "padding",
  activation: "activation",
  mode: "",
  axis: "axis",
  flag: "`yes`, `no`",
  text: "text",
};

/** What may stand for an argument; a star where a bare value may. */
function takes(spec: ArgumentSpec): string {
  const words = (spec.words ?? []).map(code).join(", ");
  const range =
    spec.role === "count" && spec.minimum === 1 && spec.maximum === undefined ? "" : rangeText(spec);
  return `${[roleTexts[spec.role], words].filter((part) => part !== "").join(": ")}${range}${spec.positional ? " \\*" : ""}`;
}

function rangeText({ role, minimum, maximum, minimumExclusive, maximumExclusive }: ArgumentSpec): string {
  if (role === "window" || role === "padding") return "";
  const low = minimum === undefined ? [] : [`${minimumExclusive === true ? "above" : "from"} ${minimum}`];
  const high = maximum === undefined ? [] : [`${maximumExclusive === true ? "below" : "to"} ${maximum}`];
  const parts = [...low, ...high];
  return parts.length === 0 ? "" : `, ${parts.join(" ")}`;
}

function defaultText({ role, default: value }: ArgumentSpec): string {
  if (value === "required") return "required";
  if (value === undefined) return "";
  if (typeof value === "boolean") return code(value ? "yes" : "no");
  if (role === "window") return code(windowText(value as readonly number[]));
  if (role === "padding") return code(paddingText(value as PaddingValue));
  return code(String(value));
}

const code = (text: string): string => `\`${text}\``;
const escapeCell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
