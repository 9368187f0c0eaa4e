import { paddingText, windowText } from "../../src/layers/text.ts";
import type {
  ArgumentSpec,
  ArgumentTable,
  LayerDefinition,
  PaddingValue,
} from "../../src/layers/definition.ts";
import { layerDefinition, layerDefinitions } from "../../src/layers/index.ts";
import type { LayerKind } from "../../src/graph/layer-kind.ts";

const introduction = `# Layers

Each layer with its words, its arguments in the order in which bare values fill them, their defaults, and other names that
are understood (Keras' own among them). Shapes leave out the batch; the channels are the last axis.
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
    `${capitalized(title)}.`,
    documentation,
    ...(facts.length === 0 ? [] : [facts.join(" ")]),
    ...renderTables(definition),
    `\`\`\`cnn\n${example}\n\`\`\``,
  ].join("\n\n");
}

/** The layer's table; where its words take different arguments, one for each word that takes any. */
function renderTables({ arguments: table, wordVariants }: LayerDefinition): string[] {
  if (wordVariants === undefined) return renderTable(table, undefined);
  return Object.entries(wordVariants).flatMap(([word, variant]) => renderTable(variant.arguments, word));
}

function renderTable(table: ArgumentTable, word: string | undefined): string[] {
  const entries = Object.entries(table);
  if (entries.length === 0) return [];
  const rows = entries.map(
    ([name, spec]) =>
      `| ${code(word === undefined ? name : (spec.aliases[0] ?? name))} | ${takes(spec)} | ${defaultText(spec)} | ${spec.aliases.map(code).join(", ")} | ${cell(spec.documentation)} |`,
  );
  const heading = "| argument | takes | default | also | |\n| --- | --- | --- | --- | --- |";
  return [...(word === undefined ? [] : [`\`${word}\` takes:`]), [heading, ...rows].join("\n")];
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
const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
