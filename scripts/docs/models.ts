// docs/models/: a page a family of the standard library, from the header of its file and what the compiler says of its models.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ShapedGraph, ShapedLayer } from "../../src/analyze/shaped-graph.ts";
import { compile } from "../../src/compile.ts";
import { readLibrary } from "../../src/files/library.ts";
import { sum } from "../../src/graph/dim.ts";
import { type Box, foldGraph, unfoldCall } from "../../src/report/diagram/fold.ts";
import { headOf, renderDiagram } from "../../src/report/diagram/svg.ts";
import { formatBytes, formatCount, formatMagnitude, formatShape } from "../../src/report/numbers.ts";
import { SourceFile } from "../../src/source/source-file.ts";

/** A model of a family as compiled with the values that its parameters have by themselves. */
interface FamilyModel {
  readonly name: string;
  /** `resnet50(classes = 1000, top = yes, variant = keras)`. */
  readonly signature: string;
  readonly model: ShapedGraph;
}

interface Family {
  /** `resnet`, as in `use resnet`. */
  readonly name: string;
  readonly source: SourceFile;
  readonly models: readonly FamilyModel[];
}

/** The models that are drawn, where it is not the first of its family. */
const drawnModels: Readonly<Record<string, readonly string[]>> = {
  cifar_resnet: ["resnet20", "wrn28_10"],
  darknet: ["tiny_darknet", "yolo_v3_tiny"],
  densenet: ["densenet121", "densenet_bc_100_12"],
  efficientnet: ["efficientnet_b0", "efficientnet_v2_s"],
  inception: ["inception_v3", "inception_resnet_v2"],
  lenet: ["lenet5", "lenet5_1998"],
  m5: ["m5", "m18"],
  mobilenet: ["mobilenet", "mobilenet_v2", "mobilenet_v3_large"],
  regnet: ["regnet_x_400mf", "regnet_y_400mf"],
  resnet: ["resnet18", "resnet50", "resnet50_v2", "resnext50_32x4d", "se_resnet50"],
  shufflenet: ["shufflenet_v2_x1_0"],
  squeezenet: ["squeezenet1_0", "squeezenet1_1"],
  text_cnn: ["text_cnn", "text_cnn_keras"],
  tutorials: ["mnist_convnet", "cifar10_convnet", "fashion_convnet"],
  unet: ["unet", "unet_same", "unet_xception"],
  vgg: ["vgg16"],
  vit: ["vit_b_16", "vit"],
};
/** Blocks of a model that are drawn by themselves. */
const mostBlocks = 3;

/** Every generated file of docs/models/, by its path from the repository's root. @param library the folder of the standard library */
export function modelFiles(library: string): readonly (readonly [path: string, text: string])[] {
  const families = readFamilies(library);
  return [
    ["docs/models/README.md", renderIndex(families)],
    ...families.flatMap((family) => familyFiles(family)),
  ];
}

function readFamilies(library: string): Family[] {
  const families = new Map<string, { source: SourceFile; models: FamilyModel[] }>();
  for (const { name, file } of readLibrary(library)) {
    const family = /(\w+)\.cnn$/.exec(file.name)![1]!;
    const known = families.get(family) ?? { source: file, models: [] };
    families.set(family, known);
    const readImport = (target: string): SourceFile => {
      const path = join(file.name, "..", `${target}.cnn`);
      return new SourceFile(path, readFileSync(path, "utf8"));
    };
    const { model } = compile(file, { modelName: name, readImport });
    const [, parameters = ""] = new RegExp(`model ${name}(\\([^)]*\\))`).exec(file.text) ?? [];
    known.models.push({ name, signature: `${name}${parameters.replace(/\s+/g, " ")}`, model });
  }
  return [...families].map(([name, { source, models }]) => ({ name, source, models }));
}

// --- The page of all ---------------------------------------------------------------------------------------------------

function renderIndex(families: readonly Family[]): string {
  const count = families.reduce((total, { models }) => total + models.length, 0);
  const rows = families.flatMap((family) =>
    family.models.map(({ name, model }) => [
      `\`${name}\``,
      `[${titleOf(family)}](${family.name}.md)`,
      inputsOf(model),
      formatMagnitude(model.totals.parameters),
      formatMagnitude(model.totals.multiplyAccumulates),
    ]),
  );
  const introduction = `The ${count} models of the standard library, each written in the language itself and compared with its source to the last
parameter. \`cnn summary resnet50\` shows one layer by layer, \`cnn diagram resnet50\` draws it, \`use resnet\` brings its file into a program.
Parameters count all weights, running statistics among them; MACs are the multiply-accumulates of convolutions and dense layers for
one example. \`cnn list\` prints the same table.`;
  return `${["# Models", introduction, tableOf(["model", "family", "input", "parameters", "MACs"], "llrrr", rows)].join("\n\n")}\n`;
}

// --- A family's page ---------------------------------------------------------------------------------------------------

function familyFiles(family: Family): [path: string, text: string][] {
  const drawn = (drawnModels[family.name] ?? [family.models[0]!.name]).map((name) =>
    family.models.find((each) => each.name === name)!,
  );
  const pictures: [string, string][] = [];
  const sections = drawn.map(({ name, model }) => {
    pictures.push([`${name}.svg`, renderDiagram(foldGraph(model), headOf(model))]);
    const blocks = blocksOf(model).map(({ call, shape, layers }) => {
      const file = `${name}-${call!.name}.svg`;
      const subtitle = `in ${name}, to ${formatShape(shape)} · ${layers.length} layers`;
      pictures.push([
        file,
        renderDiagram(unfoldCall(model, call!.instance), { title: call!.name, subtitle }),
      ]);
      return `![The block ${call!.name}](${file})`;
    });
    return [
      `## ${name}`,
      `![The network ${name}](${name}.svg)`,
      renderStages(model),
      ...(blocks.length === 0 ? [] : [`The blocks of ${name}, layer by layer:`, blocks.join("\n")]),
    ].join("\n\n");
  });
  const page = [
    `# ${titleOf(family)}`,
    ...headerOf(family.source).slice(1),
    renderModels(family),
    ...sections,
    `The source: [stdlib/${family.name}.cnn](../../stdlib/${family.name}.cnn).`,
  ].join("\n\n");
  return [
    [`docs/models/${family.name}.md`, `${page}\n`],
    ...pictures.map(([name, text]): [string, string] => [`docs/models/${name}`, text]),
  ];
}

/** What stands before the colon of the header's first line. */
function titleOf({ source, name }: Family): string {
  return /^# ([^:\n]+):/.exec(source.text)?.[1] ?? name;
}

/** The header's paragraphs; one that is set in columns keeps them. The first is that of the title. */
function headerOf({ text }: SourceFile): string[] {
  const [header = ""] = /^(?:#.*\n)+/.exec(text) ?? [];
  const lines = header.split("\n").map((line) => line.replace(/^# ?/, ""));
  const paragraphs = lines
    .join("\n")
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== "");
  const texts = paragraphs.map((paragraph) =>
    / {3,}/.test(paragraph) ? `\`\`\`text\n${paragraph}\n\`\`\`` : paragraph.replaceAll("*", "\\*"),
  );
  return ["", ...texts];
}

function renderModels({ models, name: family }: Family): string {
  const rows = models.map(({ signature, model: { totals, ...model } }) => [
    `\`${signature}\``,
    inputsOf(model),
    formatCount(totals.parameters),
    formatCount(totals.trainableParameters),
    formatCount(totals.multiplyAccumulates),
    formatBytes(totals.weightBytes),
  ]);
  const titles = ["model", "input", "parameters", "trainable", "MACs", "weights"];
  return `## Models\n\n\`use ${family}\` brings them into a program.\n\n${tableOf(titles, "llrrrr", rows)}`;
}

function inputsOf(model: Pick<ShapedGraph, "graph" | "layer">): string {
  return model.graph.inputs.map((id) => formatShape(model.layer(id).shape)).join(", ");
}

/** A part of a model with a name of its own: a labelled call, or a box of its diagram. */
interface StageRow {
  readonly name: string;
  readonly layers: ShapedLayer[];
}

/** Parameters and multiply-accumulates by stage, and what a cell at its end sees of the input. */
function renderStages(model: ShapedGraph): string {
  const stages: (StageRow & { readonly instance: number | undefined })[] = [];
  for (const { stage, title, times, layers } of foldGraph(model).boxes) {
    const last = stages.at(-1);
    if (stage !== undefined && last?.instance === stage.instance) last.layers.push(...layers);
    else {
      const name = stage?.label ?? (times === 1 ? title : `${title} × ${times}`);
      stages.push({ name, instance: stage?.instance, layers: [...layers] });
    }
  }
  const { parameters, multiplyAccumulates } = model.totals;
  const share = (part: number | undefined, whole: number | undefined): string =>
    part === undefined || !whole || part === 0 ? "" : `${((100 * part) / whole).toFixed(1)} %`;
  const rows = stages.map(({ name, layers }) => {
    const last = layers.at(-1)!;
    const own = layers.filter(({ node }) => node.sharesWeightsOf === undefined);
    const weights = sum(own.map((layer) => layer.parameters));
    const products = sum(layers.map((layer) => layer.multiplyAccumulates));
    return [
      name,
      formatShape(last.shape),
      formatCount(weights),
      share(weights.value, parameters.value),
      formatMagnitude(products),
      share(products.value, multiplyAccumulates.value),
      fieldText(last),
    ];
  });
  const titles = ["stage", "output", "parameters", "share", "MACs", "share", "receptive field"];
  return tableOf(titles, "llrrrrr", rows);
}

function fieldText({ receptiveField }: ShapedLayer): string {
  if (receptiveField === undefined) return "";
  return receptiveField.every((size) => size === "all") ? "all" : receptiveField.join("x");
}

/** The kinds of calls that a model's diagram leaves folded: of each the one with the most layers. */
function blocksOf(model: ShapedGraph): readonly Box[] {
  const byName = new Map<string, { box: Box; layers: number }>();
  for (const box of foldGraph(model).boxes) {
    const { call, times, layers } = box;
    if (call === undefined || layers.length / times < 4 || layers.length / times > 30) continue;
    const known = byName.get(call.name);
    const size = layers.length / times;
    if (known === undefined || size > known.box.layers.length / known.box.times) {
      byName.set(call.name, { box, layers: (known?.layers ?? 0) + layers.length });
    } else known.layers += layers.length;
  }
  return [...byName.values()]
    .sort((one, other) => other.layers - one.layers)
    .slice(0, mostBlocks)
    .map(({ box }) => ({ ...box, layers: box.layers.slice(0, box.layers.length / box.times) }));
}

/** @param alignment one letter a column: l or r */
function tableOf(titles: readonly string[], alignment: string, rows: readonly (readonly string[])[]): string {
  const rule = [...alignment].map((letter) => (letter === "r" ? "---:" : "---"));
  return [titles, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
