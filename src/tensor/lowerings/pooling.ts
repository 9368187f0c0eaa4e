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
  const [x] = inputs;
  switch (given.mode) {
    case "max":
      return builder.maxPool(x!, geometry);
    case "min":
      return builder.negate(builder.maxPool(builder.negate(x!), geometry));
    case "avg":
      return builder.averagePool(x!, geometry);
    case "sum": {
      // The zeros are laid around first, so that every mean is over the same number of cells.
      const padded = builder.pad(x!, [[0, 0], ...pads, [0, 0]], 0);
      const mean = builder.averagePool(padded, { ...geometry, pads: pads.map(() => [0, 0] as const) });
      return builder.multiply(mean, builder.scalar(geometry.kernel.reduce((cells, size) => cells * size, 1)));
    }
  }
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
