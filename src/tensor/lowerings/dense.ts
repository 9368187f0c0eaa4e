import type { Lowering } from "../lowering.ts";

export const lowerDense: Lowering<"dense"> = ({
  builder,
  arguments: given,
  inputs,
  weight,
  optionalWeight,
}) => {
  const product = builder.matmul(inputs[0]!, weight("kernel"));
  const bias = optionalWeight("bias");
  return { value: bias === undefined ? product : builder.add(product, bias), activation: given.activation };
};
