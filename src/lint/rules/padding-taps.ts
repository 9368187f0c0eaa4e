import type { LayerKind } from "../../graph/layer-kind.ts";
import { windowText } from "../../layers/text.ts";
import { windowFacts, type WindowFacts } from "../layer-facts.ts";
import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";

/** More than this share of a window has to be of use. */
const leastShare = 0.5;

const kinds: ReadonlySet<LayerKind> = new Set(["conv", "depthwise", "separable"] as const);

/** A window so much larger than its input that most of its weights meet nothing but padding, at every place. */
export function* findPaddingTaps({ layers }: Network): Iterable<Finding> {
  for (const layer of layers) {
    const facts = kinds.has(layer.node.kind) ? windowFacts(layer) : undefined;
    // A window that is not larger than its input has every cell on it somewhere.
    if (facts === undefined || facts.span.every((cells, axis) => cells <= (facts.sizes[axis] ?? cells)))
      continue;
    const useful = facts.kernel.map((_, axis) => usefulTaps(facts, axis));
    const all = facts.kernel.reduce((product, cells) => product * cells, 1);
    const used = useful.reduce((product, cells) => product * cells, 1);
    if (used > leastShare * all) continue;
    yield {
      at: layer,
      message: `of the ${all} cells of this window ${all - used} always lie in the padding, for its input is ${windowText(facts.sizes as number[])}`,
      arithmetic: `${facts.kernel.join("*")} - ${useful.join("*")} = ${all - used}`,
      help: `a window of ${windowText(useful)} does the same with fewer weights; or make the image larger, or smaller later`,
    };
  }
}

/** How many cells of the window meet a cell of the input at some place. */
function usefulTaps(facts: WindowFacts, axis: number): number {
  const [size, places] = [facts.sizes[axis], facts.outputs[axis]];
  const before = facts.pads[axis]![0];
  const taps = facts.kernel[axis]!;
  // A window that is not larger than its input has every cell on it somewhere.
  if (size === undefined || places === undefined || before === undefined || facts.span[axis]! <= size) {
    return taps;
  }
  // Tap t meets the cells t·dilation - before + i·stride, i from 0 to places - 1; one of them is to be at least 0, one below size.
  const dilation = facts.dilation[axis]!;
  const first = Math.max(0, Math.ceil((before - (places - 1) * facts.stride[axis]!) / dilation));
  const end = Math.min(taps, Math.ceil((size + before) / dilation));
  return Math.max(0, end - first);
}
