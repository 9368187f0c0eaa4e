import { float, int } from "../attributes.ts";
import { dataTypeCode } from "../data-type.ts";
import type { TensorNode, ValueId } from "../../tensor/tensor-graph.ts";
import type { FoundActivation } from "./activations.ts";
import { alignOperand, commonLayout } from "./align.ts";
import type { Deployment, Emitted } from "./deployment.ts";

/** An operator with one operand, which stands as the operand stands. */
export function unary(opType: string, sinceOpset = 1) {
  return (deployment: Deployment, node: TensorNode): Emitted => {
    deployment.requireOpset(sinceOpset, opType);
    const { handle, layout } = deployment.get(node.inputs[0]!);
    return { handle: deployment.builder.node(opType, [handle]), layout };
  };
}

/** An operator with operands that are broadcast, brought into one layout. */
export function broadcasting(opType: string, sinceOpset = 1) {
  return (deployment: Deployment, node: TensorNode): Emitted => {
    deployment.requireOpset(sinceOpset, opType);
    const layout = commonLayout(deployment, node);
    const operands = node.inputs.map((input) => alignOperand(deployment, input, node.shape.length, layout));
    return { handle: deployment.builder.node(opType, operands), layout };
  };
}

/** Equal takes float32 since opset 11. */
export function emitEqual(deployment: Deployment, node: TensorNode<"equal">): Emitted {
  const { dataType } = deployment.graph.nodes[node.inputs[0]!]!;
  return broadcasting("Equal", dataType === "float32" ? 11 : 7)(deployment, node);
}

/** 1 where x > 0, else 0. */
export function emitStep(deployment: Deployment, node: TensorNode<"step">): Emitted {
  const { builder } = deployment;
  const { handle, layout } = deployment.get(node.inputs[0]!);
  const positive = builder.node("Greater", [handle, builder.scalar(0)]);
  return { handle: builder.node("Cast", [positive], { to: int(dataTypeCode("float32")) }), layout };
}

export function emitCast(deployment: Deployment, node: TensorNode<"cast">): Emitted {
  const { handle, layout } = deployment.get(node.inputs[0]!);
  const to = int(dataTypeCode(node.attributes.to));
  return { handle: deployment.builder.node("Cast", [handle], { to }), layout };
}

/** An activation that ONNX has as one operator, recognised in its few small operations. */
export function emitActivation(deployment: Deployment, x: ValueId, activation: FoundActivation): Emitted {
  const { handle, layout } = deployment.get(x);
  const { opType, attribute } = onnxActivations[activation.name];
  const attributes = { [attribute]: float(activation.parameter) };
  return { handle: deployment.builder.node(opType, [handle], attributes), layout };
}

const onnxActivations = {
  leaky_relu: { opType: "LeakyRelu", attribute: "alpha" },
  elu: { opType: "Elu", attribute: "alpha" },
} as const satisfies Record<FoundActivation["name"], { opType: string; attribute: string }>;
