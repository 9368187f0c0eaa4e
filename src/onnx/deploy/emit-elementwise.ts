import { float, int } from "../attributes.ts";
import { dataTypeCode } from "../data-type.ts";
import type { TensorNode } from "../../tensor/tensor-graph.ts";
import type { ActivationForm } from "./activation-forms.ts";
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

export function emitActivation(deployment: Deployment, form: ActivationForm): Emitted {
  const { handle, layout } = deployment.get(form.x);
  const result = form.opTypes.reduce(
    (value, opType) => deployment.builder.node(opType, [value], form.attributes),
    handle,
  );
  return { handle: result, layout };
}

/** Clip takes its bounds as inputs since opset 11. */
export function emitClip(deployment: Deployment, { inputs, attributes }: TensorNode<"clip">): Emitted {
  const { builder, opset } = deployment;
  const { low, high } = attributes;
  const { handle, layout } = deployment.get(inputs[0]!);
  if (opset < 11)
    return { handle: builder.node("Clip", [handle], { min: float(low), max: float(high) }), layout };
  return { handle: builder.node("Clip", [handle, builder.scalar(low), builder.scalar(high)]), layout };
}
