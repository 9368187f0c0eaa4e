// select/: the training step as ONNX nodes, in the forms that are measured fastest for each shape and provider, as a compiler
// selects instructions. row-layout.ts says how images lie in memory, plan.ts decides it, the tables below say what each
// operation becomes.
import type { OpKind, TensorGraph, TensorNode } from "../../tensor/tensor-graph.ts";
import { OnnxBuilder } from "../builder.ts";
import type { OnnxModel } from "../onnx-graph.ts";
import { bindBatch, shapeOf } from "./bind-batch.ts";
import { convolutionForms } from "./convolution/index.ts";
import { elementwiseForms } from "./elementwise.ts";
import { Emitter, type SelectionTarget } from "./emitter.ts";
import type { Form } from "./form.ts";
import { planSelection } from "./plan.ts";
import { poolingForms } from "./pooling.ts";
import { productForms } from "./products.ts";
import { reductionForms } from "./reductions.ts";
import { shapingForms } from "./shaping.ts";

export type { SelectionTarget } from "./emitter.ts";

const input: Form<"input"> = {
  name: "input",
  emit(emitter, node) {
    const dims = emitter.shape(node.id);
    emitter.store(node.id, {
      handle: emitter.builder.input(node.attributes.name, node.dataType, dims),
      dims,
    });
  },
};

const constant: Form<"constant"> = {
  name: "constant",
  emit(emitter, node) {
    const dims = emitter.shape(node.id);
    emitter.store(node.id, { handle: emitter.builder.constant(node.attributes.data, dims), dims });
  },
};

/** The forms of every operation, the preferred first; the last one applies always. */
export const forms: { readonly [Kind in OpKind]: readonly Form<Kind>[] } = {
  input: [input],
  constant: [constant],
  ...elementwiseForms,
  ...productForms,
  ...convolutionForms,
  ...poolingForms,
  ...reductionForms,
  ...shapingForms,
};

/** The form that computes a node. */
export function chooseForm(emitter: Emitter, node: TensorNode): Form {
  const candidates = forms[node.op] as unknown as readonly Form[];
  const form = candidates.find((candidate) => candidate.applies?.(emitter, node) ?? true);
  if (form === undefined) throw new Error(`a mistake of the compiler: ${node.op} has no form`);
  return form;
}

/**
 * Writes a tensor graph as an ONNX model with the same names of inputs and outputs. All shapes are fixed: a graph with an open
 * batch needs the target's.
 *
 * @param observe is told each node's form, for reports
 */
export function selectForms(
  graph: TensorGraph,
  target: SelectionTarget,
  observe?: (node: TensorNode, form: string) => void,
): OnnxModel {
  const bound = bindBatch(graph, target.batch);
  const builder = new OnnxBuilder("step");
  const emitter = new Emitter(builder, bound, planSelection(bound), target);
  for (const node of bound.nodes) {
    const form = chooseForm(emitter, node);
    const emit = (): void => {
      form.emit(emitter, node);
    };
    if (node.layer === undefined) emit();
    else builder.withScope(node.layer, emit);
    observe?.(node, form.name);
  }
  for (const { name, value } of bound.outputs) {
    const node = bound.nodes[value]!;
    builder.output(name, emitter.tensor(value).handle, node.dataType, shapeOf(node));
  }
  return builder.finish();
}
