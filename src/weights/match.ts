import type { ShapedGraph } from "../analyze/shaped-graph.ts";
import { InputError } from "../diagnostics/input-error.ts";
import { type WeightValue, type WeightValues, weightKey } from "../tensor/weight-values.ts";

/**
 * The weights of a model out of a file: each there, each of the model's shape.
 *
 * @param name the file, for messages
 * @throws InputError that names the first weights that are missing, too many, or of another shape
 */
export function matchWeights(model: ShapedGraph, stored: WeightValues, name: string): WeightValues {
  const matched = new Map<string, WeightValue>();
  const missing: string[] = [];
  const different: string[] = [];
  for (const { node, weights } of model.layers) {
    if (node.sharesWeightsOf !== undefined) continue;
    for (const { name: weightName, shape } of weights) {
      const key = weightKey(node.name, weightName);
      const value = stored.get(key);
      const expected = shape.join("x");
      if (value === undefined) missing.push(key);
      else if (value.shape.join("x") !== expected)
        different.push(`${key} is ${value.shape.join("x")}, the model's is ${expected}`);
      else matched.set(key, value);
    }
  }
  const superfluous = [...stored.keys()].filter((key) => !matched.has(key));
  if (missing.length === 0 && different.length === 0 && superfluous.length === 0) return matched;
  const list = (keys: readonly string[]): string =>
    keys.slice(0, 3).join(", ") + (keys.length > 3 ? ", …" : "");
  const parts = [
    ...(different.length > 0 ? [list(different)] : []),
    ...(missing.length > 0 ? [`it lacks ${list(missing)}`] : []),
    ...(superfluous.length > 0 && different.length === 0 ? [`the model has no ${list(superfluous)}`] : []),
  ];
  throw new InputError(
    `the weights in ${name} are those of another network than ${model.graph.name}: ${parts.join("; ")}`,
    {
      place: { file: name },
      help: "use the checkpoint of a run of this very model",
    },
  );
}
