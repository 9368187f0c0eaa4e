import type { Shape } from "../graph/dim.ts";
import { compare, shapeText } from "../graph/dim.ts";
import type { WeightSpec } from "../layers/definition.ts";
import { grouped, operand } from "../layers/text.ts";
import type { ShapedLayer } from "./shaped-graph.ts";

/** What `cnn explain` says of one layer. */
export interface LayerExplanation {
  readonly name: string;
  readonly kind: string;
  /** `28x28x1 → 26x26x32`; `?` for a shape that is not known. */
  readonly shapes: string;
  /** One line of arithmetic an axis that the layer computes. */
  readonly arithmetic: readonly { readonly axis: string; readonly formula: string }[];
  /** `(3×3×32)×64 + 64 = 18,496`; undefined for a layer without weights. */
  readonly parameters: string | undefined;
  readonly multiplyAccumulates: string | undefined;
}

/** A layer's shape and parameter formulas with its own numbers in them. */
export function explainLayer(layer: ShapedLayer): LayerExplanation {
  const { node, shape, inputShapes, derivations, weights, multiplyAccumulates } = layer;
  const text = (each: Shape | undefined) => (each === undefined ? "?" : shapeText(each));
  const inputs = inputShapes.map(text).join(", ");
  return {
    name: node.name,
    kind: node.kind,
    shapes: inputs === "" ? text(shape) : `${inputs} → ${text(shape)}`,
    arithmetic: derivations.map(({ axis, formula }) => ({ axis, formula })),
    parameters: weights.length === 0 ? undefined : parameterFormula(layer),
    multiplyAccumulates:
      compare(multiplyAccumulates, 0) === "equal" ? undefined : grouped(multiplyAccumulates.toString()),
  };
}

/** Weights of one shape are counted together: batch norm's are `4×64 = 256`. */
function parameterFormula({ weights, parameters }: ShapedLayer): string {
  const groups: { shape: Shape; count: number }[] = [];
  for (const { shape } of weights) {
    const alike = groups.find((group) => shapeText(group.shape) === shapeText(shape));
    if (alike === undefined) groups.push({ shape, count: 1 });
    else alike.count += 1;
  }
  const terms = groups.map(({ shape, count }) => {
    const size = sizeFormula(shape);
    return count === 1 ? size : `${count}×${shape.length > 1 ? `(${size})` : size}`;
  });
  const formula = terms.join(" + ");
  const total = grouped(parameters.toString());
  return formula === parameters.toString() ? total : `${formula} = ${total}`;
}

/** A kernel of window, inputs and outputs is `(3×3×32)×64`. */
function sizeFormula(shape: WeightSpec["shape"]): string {
  const parts = shape.map(operand);
  if (parts.length < 3) return parts.join("×");
  return `(${parts.slice(0, -1).join("×")})×${parts[parts.length - 1]!}`;
}
