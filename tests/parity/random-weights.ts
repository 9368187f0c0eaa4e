import type { ShapedGraph } from "../../src/analyze/shaped-graph.ts";
import { createRandom } from "../../src/random/random.ts";
import type { WeightValue, WeightValues } from "../../src/tensor/weight-values.ts";

/** Random weights of which every one matters: no scale is 1, no bias 0. Statistics and scales are positive. */
export function randomWeights(model: ShapedGraph): WeightValues {
  const values = new Map<string, WeightValue>();
  for (const { node, weights } of model.layers) {
    if (node.sharesWeightsOf !== undefined) continue;
    for (const { name, shape } of weights) {
      const sizes = shape.map((dim) => dim.value!);
      const data = new Float32Array(sizes.reduce((product, size) => product * size, 1));
      const isPositive = /variance|gamma|scale/.test(name);
      const key = `${node.name}/${name}`;
      createRandom(1, key).fillUniform(data, isPositive ? 0.5 : -0.6, isPositive ? 1.5 : 0.6);
      values.set(key, { shape: sizes, data });
    }
  }
  return values;
}
