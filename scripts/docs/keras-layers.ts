// docs/keras-layers.md: what stands in the language for each layer of Keras, its shapes and arguments asked of the compiler.
import { compile } from "../../src/compile.ts";
import { shapeText } from "../../src/graph/dim.ts";
import type { ShapedLayer } from "../../src/analyze/shaped-graph.ts";
import type { ArgumentTable } from "../../src/layers/definition.ts";
import { layerDefinition, layerWords } from "../../src/layers/index.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import peer from "../../tests/docs/keras-layers.json" with { type: "json" };
import {
  augmentationRows,
  kerasSections,
  missing,
  ownRows,
  type Section,
  type StandIn,
} from "./keras-rows.ts";

/** A public layer class of Keras: its other names, its arguments without a default, those with theirs. */
interface KerasLayer {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly required: readonly string[];
  readonly defaults: Readonly<Record<string, unknown>>;
}

const kerasLayers: ReadonlyMap<string, KerasLayer> = new Map(
  (peer.layers as readonly KerasLayer[]).map((layer) => [layer.name, layer]),
);

/** A row's statement as a program, and the layer that it ends with. */
export interface Example {
  /** The class of Keras; undefined where Keras has none. */
  readonly keras: string | undefined;
  readonly text: string;
  readonly statement: string;
  /** Whether the layer is the very class of Keras, not only something that computes the same. */
  readonly isSameClass: boolean;
}

/** Every program that the page shows a part of. */
export function examples(): readonly Example[] {
  const rows = kerasSections.flatMap(({ rows }) => rows);
  const stated = rows.flatMap(({ classes, standsFor }) =>
    Object.entries(classes).map(([keras, [input, statement]]) => ({
      ...exampleOf(input, statement),
      keras,
      isSameClass: standsFor === undefined,
    })),
  );
  const own = ownRows.map(([input, statement]) => ({
    ...exampleOf(input, statement),
    keras: undefined,
    isSameClass: false,
  }));
  return [...stated, ...own];
}

function exampleOf(input: string, statement: string): Pick<Example, "text" | "statement"> {
  const lines = [`input ${input}`, ...(statement === "" ? [] : [statement])];
  return { text: `${lines.join("\n").replaceAll("; ", "\n")}\n`, statement: statement || `input ${input}` };
}

/** The layer that a program ends with. */
export function lastLayer(text: string): ShapedLayer {
  const { model, diagnostics } = compile(new SourceFile("example.cnn", text));
  const mistake = diagnostics.find(({ severity }) => severity === "error");
  const last = model.layers.at(-1);
  if (mistake !== undefined || last === undefined)
    throw new Error(`${text}${mistake?.message ?? "no layer"}`);
  return last;
}

const introduction = `# Keras' layers in the language

Every public layer of Keras ${peer.keras}, what stands for it, and what differs. [layers.md](layers.md) has each layer's arguments.

The defaults are Keras' unless a row says otherwise, and so are the initial values, the names and the numbers of weights.
Keras' names for arguments are understood beside the shorter ones: \`kernel_size=3\`, \`use_bias=no\`. An argument that a row calls
not taken can only have Keras' default. For no layer are there:

- \`data_format\`: the channels are the last axis; the 1D, 2D and 3D of a class follow from the input's shape;
- \`dtype\`: numbers are float32; \`seed\`: there is one, of the training;
- constraints, quantisation and low-rank adapters;
- initialisers and regularisers beside those of the kernel, which are \`init\`, by name, and \`l1\` and \`l2\`, each a number.

Contents: `;

/** docs/keras-layers.md. */
export function renderKerasLayers(): string {
  const ownTitle = "Without a class in Keras";
  const changesTitle = "Changes to examples in training";
  const missingTitle = "Nothing stands for these";
  const titles = [...kerasSections.map(({ title }) => title), changesTitle, ownTitle, missingTitle];
  const contents = titles.map((title) => `[${title}](#${title.toLowerCase().replaceAll(" ", "-")})`);
  return `${[
    `${introduction}${contents.join(" · ")}`,
    ...kerasSections.flatMap(renderSection),
    `## ${changesTitle}`,
    "These are no layers here, but words of `augment { … }`, which [data.md](data.md#augmentation) tells in full.",
    tableOf(
      ["Keras", "language", "differs"],
      Object.entries(augmentationRows).map(([name, [change, differs = ""]]) => [
        namesOf(name),
        code(change),
        differs,
      ]),
    ),
    `## ${ownTitle}`,
    tableOf(
      ["language", "shapes", ""],
      ownRows.map(([input, statement, remark]) => [code(statement), shapes(input, statement), remark]),
    ),
    `## ${missingTitle}`,
    tableOf(["Keras", "why"], renderMissing()),
  ].join("\n\n")}\n`;
}

function renderSection({ title, rows }: Section): string[] {
  return [`## ${title}`, tableOf(["Keras", "language", "shapes", "differs"], rows.map(rowOf))];
}

function rowOf(row: StandIn): string[] {
  const entries = Object.entries(row.classes);
  const statements = new Set(entries.map(([, [input, statement]]) => exampleOf(input, statement).statement));
  return [
    entries.map(([name]) => namesOf(name)).join("<br>"),
    [...statements].map(code).join("<br>"),
    entries.map(([, [input, statement]]) => shapes(input, statement)).join("<br>"),
    differences(row),
  ];
}

function renderMissing(): string[][] {
  const whys = new Set(missing.map(({ why }) => why));
  return [...whys].map((why) => {
    const classes = missing.filter((row) => row.why === why).flatMap((row) => row.classes);
    return [classes.sort().map(namesOf).join(", "), why];
  });
}

/** A class with its other names. */
function namesOf(name: string): string {
  return [name, ...(kerasLayers.get(name)?.aliases ?? [])].map(code).join(", ");
}

/** `28x28x8 → 26x26x32`. */
function shapes(input: string, statement: string): string {
  const sizes = input.split("; input ").map((text) => text.split(" ").at(-1)!);
  const { shape } = lastLayer(exampleOf(input, statement).text);
  return `${sizes.join(", ")} → ${shapeText(shape!)}`;
}

function differences({ classes, standsFor, differs }: StandIn): string {
  const [[name, [input, statement]]] = Object.entries(classes) as [[string, readonly [string, string]]];
  const keras = kerasLayers.get(name);
  if (standsFor !== undefined || keras === undefined) {
    return [`For ${standsFor}.`, differs].filter((text) => text !== undefined).join(" ");
  }
  const table = argumentsOf(input, statement);
  const parts = [notTaken(keras, table), ...defaultsOf(keras, table), differs];
  return parts.filter((text) => text !== undefined).join(" ");
}

/** What the word of a statement takes. */
function argumentsOf(input: string, statement: string): ArgumentTable {
  const word = statement.split(" ")[0]!;
  return (
    layerWords.get(word)?.arguments ??
    layerDefinition(lastLayer(exampleOf(input, statement).text).node.kind).arguments
  );
}

/** Arguments of Keras' that the introduction answers for all layers. */
const answeredForAll =
  /^(data_format|dtype|name|seed|sparse|ragged|weights|lora_.*|quantization_config|synchronized|.*_constraint|.*_initializer|(?!kernel_).*_regularizer)$/;

function notTaken(keras: KerasLayer, table: ArgumentTable): string | undefined {
  const names = [...keras.required, ...Object.keys(keras.defaults)].filter(
    (name) =>
      ownName(name, table) === undefined &&
      !answeredForAll.test(name) &&
      // an activation's word says which it is
      !(keras.name === "Activation" && name === "activation"),
  );
  return names.length === 0 ? undefined : `Not taken: ${names.map(code).join(", ")}.`;
}

/** The language's name for an argument of Keras'. */
function ownName(name: string, table: ArgumentTable): string | undefined {
  return Object.keys(table).find((own) => own === name || table[own]!.aliases.includes(name));
}

/** A sentence for each argument whose default is not Keras'. */
function defaultsOf(keras: KerasLayer, table: ArgumentTable): string[] {
  const required = keras.required.flatMap((name) => {
    const own = ownName(name, table);
    return own === undefined || table[own]!.default === "required" ? [] : [`\`${own}\` may be left out.`];
  });
  const differing = Object.entries(keras.defaults).flatMap(([name, value]) => {
    const own = ownName(name, table);
    if (own === undefined || name === "kernel_regularizer") return [];
    const { default: ours } = table[own]!;
    if (ours === "required") return [`\`${own}\` must be given.`];
    return isSameDefault(ours, value)
      ? []
      : [`\`${own}\` is ${JSON.stringify(ours)} where it is left out, in Keras ${JSON.stringify(value)}.`];
  });
  return [...required, ...differing];
}

/** Keras writes a window for every axis, the language one number for all. */
function isSameDefault(ours: unknown, keras: unknown): boolean {
  if (ours === undefined || keras === null) return ours === undefined && keras === null;
  const [left, right] = [[ours].flat(2), [keras].flat(2)];
  return right.every((value) => value === left[0]) && new Set(left).size === 1;
}

function tableOf(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [titles, titles.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

const code = (text: string): string => `\`${text}\``;
