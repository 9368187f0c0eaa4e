import { perAxis } from "../../layers/windows.ts";
import type { Lowering } from "../lowering.ts";
import type { WindowGeometry } from "../tensor-graph.ts";

export const lowerPool: Lowering<"pool"> = ({ builder, arguments: given, inputs, pads }) => {
  const rank = pads.length;
  const geometry: WindowGeometry = {
    kernel: perAxis(given.size, rank),
    stride: perAxis(given.stride ?? given.size, rank),
    dilation: Array.from({ length: rank }, () => 1),
    pads,
  };
  const pools = { max: builder.maxPool, avg: builder.averagePool };
  return pools[given.mode](inputs[0]!, geometry);
};

export const lowerGlobalPool: Lowering<"global_pool"> = ({
  builder,
  arguments: { mode, keepdims },
  inputs,
}) => {
  const [x] = inputs;
  const axes = builder
    .shape(x!)
    .slice(1, -1)
    .map((_, axis) => axis + 1);
  const pools = { max: builder.reduceMax, avg: builder.reduceMean };
  return pools[mode](x!, axes, keepdims);
};
