// graph-model/: a model for inference alone, as TensorFlow's operations: what `tf.loadGraphModel` opens. It needs no layers of ours.
import type { ShapedGraph } from "../../analyze/shaped-graph.ts";
import type { Outcome } from "../../diagnostics/diagnostic.ts";
import { lowerModel } from "../../tensor/lower.ts";
import type { TensorGraph, TensorNode } from "../../tensor/tensor-graph.ts";
import type { WeightValues } from "../../tensor/weight-values.ts";
import { type ModelFiles, weightsName } from "../layers-model-file.ts";
import { writeNode } from "./forms.ts";
import { type GraphConstant, type GraphValue, GraphWriter, shapeAttribute } from "./graph-writer.ts";

/**
 * A model as `tf.loadGraphModel` reads it; batches of any size.
 *
 * @param metadata what the file says of the model beside its operations, as texts
 */
export function exportGraphModel(
  model: ShapedGraph,
  weights: WeightValues,
  metadata: Readonly<Record<string, string>>,
): Outcome<ModelFiles | undefined> {
  const { value: lowered, diagnostics } = lowerModel(model, { batch: "N", training: false });
  if (lowered === undefined) return { value: undefined, diagnostics };
  const { builder, inputs, outputs } = lowered;
  const graph = builder.finish(Object.fromEntries(outputs.map(({ name, value }) => [name, value])));
  const writer = new GraphWriter();
  const given = inputs.map(
    ({ name, value }) => [name, writer.placeholder(name, builder.shape(value))] as const,
  );
  const values = writeNodes(writer, graph, weights, new Map(given));
  const results = graph.outputs.map(
    ({ name, value }) => [name, writer.identity(`output/${name}`, values[value]!)] as const,
  );
  const { bytes, specs } = packConstants(writer.constants);
  const json = JSON.stringify({
    format: "graph-model",
    generatedBy: "cnn-lang",
    convertedBy: null,
    userDefinedMetadata: metadata,
    signature: { inputs: signatureOf(given), outputs: signatureOf(results) },
    modelTopology: { node: writer.nodes, library: {}, versions: { producer: 2 } },
    weightsManifest: [{ paths: [weightsName], weights: specs }],
  });
  return { value: { json: `${json}\n`, weightsName, weights: bytes, customClasses: [] }, diagnostics };
}

/** @returns every value of the graph, by its id */
function writeNodes(
  writer: GraphWriter,
  graph: TensorGraph,
  weights: WeightValues,
  given: ReadonlyMap<string, GraphValue>,
): readonly GraphValue[] {
  const values: GraphValue[] = [];
  for (const node of graph.nodes) {
    writer.scope = node.layer === undefined ? "" : `${node.layer}/`;
    values.push(writeValue(writer, node, { values, weights, given }));
  }
  return values;
}

interface Known {
  readonly values: readonly GraphValue[];
  readonly weights: WeightValues;
  readonly given: ReadonlyMap<string, GraphValue>;
}

function writeValue(writer: GraphWriter, node: TensorNode, { values, weights, given }: Known): GraphValue {
  if (node.op === "input") {
    const { role, name } = node.attributes;
    return role === "data"
      ? given.get(name)!
      : writer.constant(name, node.shape.map(Number), weights.get(name)!.data);
  }
  if (node.op === "constant") {
    return writer.constant(`${writer.scope}constant`, node.shape.map(Number), node.attributes.data);
  }
  const inputs = node.inputs.map((id) => values[id]!);
  return writeNode(writer, node, inputs);
}

type Named = readonly (readonly [name: string, value: GraphValue])[];

function signatureOf(values: Named): Readonly<Record<string, object>> {
  return Object.fromEntries(
    values.map(([name, value]) => {
      const { shape: tensorShape } = shapeAttribute(value.shape) as { readonly shape: object };
      return [name, { name: `${value.name}:0`, dtype: "DT_FLOAT", tensorShape }];
    }),
  );
}

function packConstants(constants: readonly GraphConstant[]): {
  readonly bytes: Uint8Array;
  readonly specs: readonly object[];
} {
  const total = constants.reduce((sum, { data }) => sum + data.byteLength, 0);
  const bytes = new Uint8Array(total);
  let offset = 0;
  const specs = constants.map(({ name, shape, dtype, data }) => {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
    return { name, shape, dtype };
  });
  return { bytes, specs };
}
