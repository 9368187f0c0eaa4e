// report/: what people read: the summary table, the explanation of each layer, curves.
import type { ShapedGraph, ShapedLayer } from "../analyze/shaped-graph.ts";
import { subtract, sum } from "../graph/dim.ts";
import type { LayerId } from "../graph/layer-graph.ts";
import { type LayerDefinition, layerDefinitions } from "../layers/index.ts";
import { formatBytes, formatCount, formatShape } from "./numbers.ts";
import { type Column, renderTable } from "./table.ts";

const memoryOfBatch = 32;

/** The Keras table of a model with multiply-accumulates and memory, at most `width` columns wide where that can be. */
export function renderSummary(model: ShapedGraph, width = 80): string {
  const branched = model.graph.layers.some(
    (node, index) => index > 0 && !isChained(node.inputs, model, index),
  );
  const columns: Column[] = [
    { title: "Layer (type)", align: "left", minimum: 16 },
    { title: "Output Shape", align: "left", minimum: 12 },
    { title: "Param #", align: "right" },
    { title: "MACs", align: "right" },
    ...(branched ? [{ title: "Connected to", align: "left", minimum: 12 } as const] : []),
  ];
  const uses = new Map<LayerId, ShapedLayer[]>();
  for (const layer of model.layers) {
    const owner = layer.node.sharesWeightsOf ?? layer.node.id;
    const known = uses.get(owner);
    if (known === undefined) uses.set(owner, [layer]);
    else known.push(layer);
  }
  const rows = [...uses.values()].map((layers) => summaryRow(model, layers, branched));
  return `Model: "${model.graph.name}"\n${renderTable(columns, rows, width)}${renderTotals(model)}`;
}

/** True where the layer consumes just the layer before it, so that the table needs no connections. */
function isChained(inputs: readonly number[], model: ShapedGraph, index: number): boolean {
  const node = model.graph.layers[index]!;
  if (node.kind === "input") return model.graph.inputs.length === 1;
  return inputs.length === 1 && inputs[0] === model.graph.layers[index - 1]!.id;
}

/** One row for a layer and all uses that share its weights; the first use holds them. */
function summaryRow(model: ShapedGraph, uses: readonly ShapedLayer[], branched: boolean): string[] {
  const layer = uses[0]!;
  const { node, shape } = layer;
  const depth = node.scope.filter((frame) => frame.kind === "model").length;
  const connections = node.inputs.map((input) => model.layer(input).node.name).join(", ");
  return [
    `${"  ".repeat(depth)}${node.name} (${layerClass(layer)})`,
    formatShape(shape),
    formatCount(layer.parameters),
    formatCount(sum(uses.map((use) => use.multiplyAccumulates))),
    ...(branched ? [connections] : []),
  ];
}

/** The layer's class in Keras: `Conv2D`. */
export function layerClass({ node, inputShapes, shape }: ShapedLayer): string {
  const definition = layerDefinitions[node.kind] as unknown as LayerDefinition;
  const rank = (inputShapes[0] ?? shape)?.length;
  return definition.kerasClass(node.arguments as never, rank);
}

function renderTotals({ totals }: ShapedGraph): string {
  const fixed = subtract(totals.parameters, totals.trainableParameters);
  const bytes = (count: { value: number | undefined }): string =>
    count.value === undefined ? "" : ` (${formatBytes(count.value * 4)})`;
  const activations = totals.activationBytes.value;
  const lines = [
    ["Total params", `${formatCount(totals.parameters)}${bytes(totals.parameters)}`],
    ["Trainable params", `${formatCount(totals.trainableParameters)}${bytes(totals.trainableParameters)}`],
    ["Non-trainable params", `${formatCount(fixed)}${bytes(fixed)}`],
    ["MACs", `${formatCount(totals.multiplyAccumulates)} (one example)`],
    [
      "Activations",
      activations === undefined
        ? formatBytes(totals.activationBytes)
        : `${formatBytes(activations)} (one example), ${formatBytes(activations * memoryOfBatch)} (batch of ${memoryOfBatch})`,
    ],
  ];
  return lines.map(([title, text]) => ` ${title}: ${text}\n`).join("");
}

/** The summary as plain data, for `--format json`. */
export function summaryToJson(model: ShapedGraph): object {
  const { totals } = model;
  const plain = (dim: { value: number | undefined }): number | string => dim.value ?? String(dim);
  return {
    model: model.graph.name,
    layers: model.layers.map((layer) => ({
      name: layer.node.name,
      kind: layer.node.kind,
      class: layerClass(layer),
      inputs: layer.node.inputs.map((input) => model.layer(input).node.name),
      shape: layer.shape?.map(plain) ?? null,
      parameters: plain(layer.parameters),
      trainableParameters: plain(layer.trainableParameters),
      multiplyAccumulates: plain(layer.multiplyAccumulates),
      ...(layer.node.sharesWeightsOf === undefined
        ? {}
        : { sharesWeightsOf: model.layer(layer.node.sharesWeightsOf).node.name }),
    })),
    totals: {
      parameters: plain(totals.parameters),
      trainableParameters: plain(totals.trainableParameters),
      nonTrainableParameters: plain(subtract(totals.parameters, totals.trainableParameters)),
      multiplyAccumulates: plain(totals.multiplyAccumulates),
      weightBytes: plain(totals.weightBytes),
      activationBytes: plain(totals.activationBytes),
    },
    inputs: model.graph.inputs.map((id) => model.layer(id).node.name),
    outputs: model.graph.outputs.map(({ name }) => name),
  };
}
