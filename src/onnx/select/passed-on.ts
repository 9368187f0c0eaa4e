import type { Emitter } from "./emitter.ts";
import type { Tensor } from "./node-maker.ts";

/** What is left of a gradient where a cell is below the maximum. */
export function passedOn(emitter: Emitter, gradient: Tensor, maximum: Tensor, cell: Tensor): Tensor {
  const excess = emitter.op("Sub", [maximum, emitter.reshape(cell, maximum.dims)], maximum.dims);
  return emitter.op("Mul", [emitter.reshape(gradient, maximum.dims), emitter.step(excess)], maximum.dims);
}
