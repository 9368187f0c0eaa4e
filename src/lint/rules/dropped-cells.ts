import { axisName } from "../../layers/axes.ts";
import { listText, windowText } from "../../layers/text.ts";
import { setArguments } from "../changes.ts";
import { windowFacts, type WindowFacts } from "../layer-facts.ts";
import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";

/** The share of an axis that may be lost: a pool that leaves one row of eleven is common and does little harm. */
const allowedShares = { pool: 0.1, other: 0.02 } as const;

/**
 * Cells at the end of an axis that no window reaches, where (cells + padding - span)/stride is not whole. Lost padding
 * counts for nothing, nor does what a stride larger than the window skips anyway.
 */
export function* findDroppedCells(network: Network): Iterable<Finding> {
  for (const layer of network.layers) {
    const facts = windowFacts(layer);
    if (facts === undefined || facts.readsEverything) continue;
    const allowed = layer.node.kind === "pool" ? allowedShares.pool : allowedShares.other;
    const before = network.inputOf(layer)!;
    const margins = before.node.kind === "pad" ? before.pads : undefined;
    const lost = facts.sizes.map((_, axis) => lostCells(facts, axis, margins?.[axis]?.[1].value ?? 0));
    const isLost = lost.map((cells, axis) => cells > 0 && cells >= allowed * facts.sizes[axis]!);
    if (!isLost.includes(true)) continue;
    const axes = isLost.flatMap((isOne, axis) => (isOne ? [axis] : []));
    const input = layer.inputShapes[0]!;
    const names = axes.map((axis) => axisName(input, axis));
    const read = facts.sizes.map((size, axis) => (size ?? 0) - (isLost[axis] ? lost[axis]! : 0));
    const formulas = layer.derivations.filter(({ axis }) => names.includes(axis));
    const [first = 0] = axes;
    const [cells, span, stride] = [facts.sizes[first]!, facts.span[first]!, facts.stride[first]!];
    const [head = 0, tail = 0] = facts.pads[first]!;
    const padded = head + tail > 0 ? ` + ${head + tail}` : "";
    yield {
      at: layer,
      message: `${facts.statement} with a stride of ${windowText([...new Set(facts.stride)])} reads ${windowText(read)} of the ${windowText(facts.sizes as number[])} cells of its input`,
      text: `the last cells of ${listText(names)} go unread`,
      arithmetic: [...new Set(formulas.map(({ formula }) => formula))].join("   "),
      help: `pad with \`same\`, or choose sizes for which (${cells}${padded} - ${span})/${stride} is whole`,
      fix:
        layer.node.arguments["pad"] === "valid"
          ? setArguments(layer, { pad: "same" }, "pad with `same`")
          : undefined,
    };
  }
}

/** Real cells of an axis after the last window, beyond the gap that every stride leaves; `margin` of them were padded before. */
function lostCells(facts: WindowFacts, axis: number, margin: number): number {
  const size = facts.sizes[axis];
  const [before, after] = facts.pads[axis]!;
  if (size === undefined || before === undefined || after === undefined) return 0;
  const [span, stride] = [facts.span[axis]!, facts.stride[axis]!];
  const unread = ((size + before + after - span) % stride) - after - margin;
  return unread > Math.max(0, stride - span) ? unread : 0;
}
