import { windowText } from "../../layers/text.ts";
import { setArguments } from "../changes.ts";
import { windowFacts } from "../layer-facts.ts";
import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";

/** A stride larger than the window, so that cells between windows are never read. A window of one cell subsamples on purpose. */
export function* findWindowGaps({ layers }: Network): Iterable<Finding> {
  for (const layer of layers) {
    const facts = windowFacts(layer);
    if (facts === undefined || facts.readsEverything) continue;
    const { span, stride, outputs } = facts;
    const axis = span.findIndex(
      (cells, index) => cells > 1 && stride[index]! > cells && outputs[index] !== 1,
    );
    if (axis < 0) continue;
    const gap = stride[axis]! - span[axis]!;
    const most = span.map((cells, index) => Math.min(cells, stride[index]!));
    const text = windowText(new Set(most).size === 1 ? [most[0]!] : most);
    yield {
      at: layer,
      argument: "stride",
      message: `${facts.statement} moves ${stride[axis]} cells at a time and never reads ${gap} of them`,
      arithmetic: `${stride[axis]} - ${span[axis]} = ${gap}`,
      help: `a stride of at most ${text} reads every cell`,
      fix: setArguments(layer, { stride: text }, `use a stride of ${text}`),
    };
  }
}
