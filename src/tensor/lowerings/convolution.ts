import { perAxis } from "../../layers/windows.ts";
import type { Lowering } from "../lowering.ts";

export const lowerConv: Lowering<"conv"> = ({
  builder,
  arguments: given,
  inputs,
  pads,
  weight,
  optionalWeight,
}) => {
  const rank = pads.length;
  const convolved = builder.conv(inputs[0]!, weight("kernel"), {
    kernel: perAxis(given.kernel, rank),
    stride: perAxis(given.stride, rank),
    dilation: perAxis(given.dilation, rank),
    pads,
    groups: given.groups,
  });
  const bias = optionalWeight("bias");
  return {
    value: bias === undefined ? convolved : builder.add(convolved, bias),
    activation: given.activation,
  };
};
