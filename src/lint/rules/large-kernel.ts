import { grouped, windowText } from "../../layers/text.ts";
import { argumentsOf, windowFacts } from "../layer-facts.ts";
import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";

/** Stacked windows have to save this share of the weights. */
const leastSaving = 0.25;
/** Smaller windows cannot be stacked of others. */
const leastCells = 5;

/**
 * A convolution of 5x5 cells or more for which convolutions of 3x3 in a row have far fewer weights (Simonyan, Zisserman,
 * 2014, section 2.3). Those between are taken to be as wide as the wider of input and output. A stride, as in the first
 * layers of AlexNet and ResNet, a dilation, groups and a window over the whole input are other things.
 */
export function* findLargeKernels(network: Network): Iterable<Finding> {
  for (const layer of network.layers) {
    if (layer.node.kind !== "conv" || argumentsOf(layer, "conv").kernel[0]! < leastCells) continue;
    const facts = windowFacts(layer);
    if (facts === undefined || network.isGiven(layer)) continue;
    const { filters, groups } = argumentsOf(layer, "conv");
    const [cells = 0, ...others] = facts.kernel;
    const channels = layer.inputShapes[0]!.at(-1)!.value;
    const isPlain =
      [...facts.stride, ...facts.dilation, groups].every((each) => each === 1) &&
      others.every((each) => each === cells) &&
      facts.sizes.every((size) => size === undefined || size > cells);
    if (!isPlain || cells % 2 === 0 || channels === undefined) continue;
    const count = (cells - 1) / 2;
    const width = Math.max(channels, filters);
    const axes = facts.kernel.length;
    const large = cells ** axes * channels * filters;
    const stacked = 3 ** axes * (channels * width + (count - 2) * width * width + width * filters);
    if (stacked > (1 - leastSaving) * large) continue;
    const small = windowText(facts.kernel.map(() => 3));
    const times = count > 3 ? `${count - 2}*` : "";
    const middle = [...facts.kernel.map(() => 3), width, width].join("*");
    const between = count > 2 ? ` + ${times}${middle}` : "";
    const ends = [
      [channels, width],
      [width, filters],
    ].map((pair) => [...facts.kernel.map(() => 3), ...pair].join("*"));
    yield {
      at: layer,
      argument: "kernel",
      message: `${count} convolutions of ${small} in a row see ${windowText(facts.kernel)} cells too, with ${grouped(String(stacked))} weights in place of ${grouped(String(large))}`,
      arithmetic: `${[...facts.kernel, channels, filters].join("*")} = ${grouped(String(large))}`,
      notes: [`${ends[0]!}${between} + ${ends[1]!} = ${grouped(String(stacked))}`],
      help: `write \`conv ${width} ${small}\` ${count} times, the last with ${filters} filters: there is room for an activation between them`,
    };
  }
}
