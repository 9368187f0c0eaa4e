import { spanText } from "../../source/source-file.ts";
import { setArguments } from "../changes.ts";
import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";
import { lastLayerOf, trainingOf } from "../training.ts";

/** Units of the last layer against the classes of a data set that is known by name. */
export function* checkClassCount(network: Network): Iterable<Finding> {
  const data = trainingOf(network)?.first("data");
  const last = lastLayerOf(network);
  if (data === undefined || typeof data.value !== "string" || last?.output.shape?.length !== 1) return;
  const classes = network.classesOf(data.value);
  const { units, layer } = last;
  if (classes === undefined || units === undefined || units === classes) return;
  if (units === 1 && classes === 2) return;
  const dense = layer.node.kind === "dense" ? layer : network.inputOf(layer);
  const given = dense?.node.kind === "dense" ? dense.node.argumentSpans["units"] : undefined;
  const isLiteral = given !== undefined && /^(?:units\s*=\s*)?\d+$/.test(spanText(given));
  yield {
    at: dense?.node.kind === "dense" ? dense : layer,
    argument: "units",
    message: `the last layer has ${units} ${units === 1 ? "unit" : "units"}, but ${data.value} has ${classes} classes`,
    labels: [{ span: data.span, text: `${classes} classes` }],
    help: isLiteral
      ? `give it ${classes} units`
      : `give it ${classes} units; a model's parameter is set with \`--set\``,
    fix: isLiteral ? setArguments(dense!, { units: String(classes) }, `${classes} units`) : undefined,
  };
}
