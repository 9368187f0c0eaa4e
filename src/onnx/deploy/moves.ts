import type { OnnxModel } from "../onnx-graph.ts";
import type { DataLayout } from "./description.ts";
import { einsumOpset } from "./einsum.ts";

/** Why a file has the Transposes that it has, a reason each for people; none where nothing is moved. */
export function explainMoves({ graph, opsets }: OnnxModel, layout: DataLayout): readonly string[] {
  const order = layout === "channels_first" ? "channels first" : "channels last";
  const transposes = graph.nodes.filter(({ opType }) => opType === "Transpose");
  const givenOf = (names: readonly { readonly name: string }[], value: string | undefined): boolean =>
    names.some(({ name }) => name === value);
  const inputs = transposes.filter(({ inputs: [x] }) => givenOf(graph.inputs, x));
  const outputs = transposes.filter(
    (node) => !inputs.includes(node) && givenOf(graph.outputs, node.outputs[0]),
  );
  const inside = transposes.length - inputs.length - outputs.length;
  const isOld = opsets[0]!.version < einsumOpset;
  return [
    ...inputs.map((node) => `the input ${node.inputs[0]!} is given ${order}`),
    ...outputs.map((node) => `the output ${node.outputs[0]!} is wanted ${order}`),
    ...(inside === 0
      ? []
      : [
          `${inside} within the model${isOld ? `, since there is no Einsum before opset ${einsumOpset}` : ""}`,
        ]),
  ];
}
