import type { ActivationName } from "../../layers/activations.ts";
import { activationForms } from "../../tensor/lowerings/activations.ts";
import type { TensorGraph, ValueId } from "../../tensor/tensor-graph.ts";
import { float } from "../attributes.ts";
import type { OnnxAttribute } from "../onnx-graph.ts";
import { drawPattern, matchParameter, remembering } from "./patterns.ts";
import type { Pattern } from "./patterns.ts";

/** An activation that ONNX has as one operator, or as a chain of some. */
interface OnnxActivation {
  readonly activation: ActivationName;
  readonly opTypes: readonly string[];
  /** The first operator set that has it. */
  readonly since: number;
  attributes(parameter: number): Readonly<Record<string, OnnxAttribute>>;
}

const none = (): Record<never, never> => ({});
const alpha = (parameter: number): Record<string, OnnxAttribute> => ({ alpha: float(parameter) });

/** Those that a TensorGraph spells out in several operations; the larger ones before those that are a part of them. */
const onnxActivations: readonly OnnxActivation[] = [
  { activation: "leaky_relu", opTypes: ["LeakyRelu"], since: 6, attributes: alpha },
  { activation: "elu", opTypes: ["Elu"], since: 6, attributes: alpha },
  { activation: "celu", opTypes: ["Celu"], since: 12, attributes: alpha },
  { activation: "selu", opTypes: ["Selu"], since: 6, attributes: none },
  { activation: "gelu", opTypes: ["Gelu"], since: 20, attributes: none },
  { activation: "mish", opTypes: ["Mish"], since: 18, attributes: none },
  { activation: "log_sigmoid", opTypes: ["Neg", "Softplus", "Neg"], since: 1, attributes: none },
  { activation: "softplus", opTypes: ["Softplus"], since: 1, attributes: none },
  { activation: "softsign", opTypes: ["Softsign"], since: 1, attributes: none },
  { activation: "hard_silu", opTypes: ["HardSwish"], since: 14, attributes: none },
  {
    activation: "hard_sigmoid",
    opTypes: ["HardSigmoid"],
    since: 6,
    attributes: () => ({ alpha: float(1 / 6), beta: float(0.5) }),
  },
  {
    activation: "hard_shrink",
    opTypes: ["Shrink"],
    since: 9,
    attributes: (threshold) => ({ lambd: float(threshold), bias: float(0) }),
  },
  {
    activation: "soft_shrink",
    opTypes: ["Shrink"],
    since: 9,
    attributes: (threshold) => ({ lambd: float(threshold), bias: float(threshold) }),
  },
];

/** Parameters for which a lowering may draw a pattern of its own (`elu(1)` multiplies nothing), and two for all others. */
const triedParameters = [0, 1, 0.3125, 2.5];

const drawnActivations: ReadonlyMap<ActivationName, (parameter: number) => Pattern> = new Map(
  onnxActivations.map(({ activation }) => [
    activation,
    remembering((parameter: number) =>
      drawPattern(["N", 2], (builder, x) => activationForms[activation](builder, x, parameter)),
    ),
  ]),
);

/** Operators on one operand, one after the other; the attributes are those of an only one. */
export interface ActivationForm {
  readonly kind: "activation";
  readonly x: ValueId;
  readonly opTypes: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** The activation that gives this value, if ONNX has it as one operator in this operator set. */
export function findActivation(graph: TensorGraph, root: ValueId, opset: number): ActivationForm | undefined {
  for (const { activation, opTypes, since, attributes } of onnxActivations) {
    if (opset < since) continue;
    const match = matchParameter(drawnActivations.get(activation)!, triedParameters, graph, root);
    const x = match?.inputs.get("x");
    if (x !== undefined) return { kind: "activation", x, opTypes, attributes: attributes(match!.parameter) };
  }
  return undefined;
}
