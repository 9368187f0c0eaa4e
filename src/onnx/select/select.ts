// select/: the training step as ONNX nodes, in the forms that are measured fastest for each shape and provider, as a compiler
// selects instructions. row-layout.ts and nchwc.ts say how images lie in memory, plan.ts decides it, the tables below say what each
// operation becomes.
import type { OpKind, TensorGraph, TensorNode } from "../../tensor/tensor-graph.ts";
import { OnnxBuilder } from "../builder.ts";
import type { OnnxModel } from "../onnx-graph.ts";
import { bindBatch } from "./bind-batch.ts";
import { convolutionForms } from "./convolution/index.ts";
import { elementwiseForms } from "./elementwise.ts";
import { Emitter } from "./emitter.ts";
import type { Form } from "./form.ts";
import { viewsKey } from "./model-inputs.ts";
import type { SelectionTarget } from "./node-maker.ts";
import { planSelection } from "./plan.ts";
import { poolingForms } from "./pooling.ts";
import { productForms } from "./products.ts";
import { reductionForms } from "./reductions.ts";
import { shapingForms } from "./shaping.ts";
import { withSharedSumsCopied } from "./shared-sums.ts";

export { type InputView, viewsKey } from "./model-inputs.ts";
export type { SelectionTarget } from "./node-maker.ts";

const input: Form<"input"> = {
  name: "input",
  emit(emitter, node) {
    const { name } = node.attributes;
    const given = emitter.given.get(name);
    const dims = emitter.shape(node.id);
    emitter.storeInput(node.id, () => given ?? emitter.inputs.whole(name, node.dataType, dims));
  },
};

const constant: Form<"constant"> = {
  name: "constant",
  emit(emitter, node) {
    emitter.store(node.id, emitter.numbers(node.attributes.data, emitter.shape(node.id)));
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
 * batch needs the target's. Inputs that nothing reads are left out.
 *
 * @param observe is told each node's form, for reports
 */
export function selectForms(graph: TensorGraph, target: SelectionTarget, observe?: FormObserver): OnnxModel {
  const bound = bindBatch(graph, target.batch);
  const model = new OnnxBuilder("step");
  const emitter = new Emitter({ model }, bound, planSelection(bound, target), target);
  emitNodes(emitter, observe);
  for (const { name, value } of bound.outputs) {
    const node = bound.nodes[value]!;
    // A host that gives memory under any dimensions takes it so too.
    const { handle, dims } = target.inputViews === true ? emitter.flat(value) : emitter.tensor(value);
    model.output(name, handle, node.dataType, dims);
  }
  return withSharedSumsCopied(model.finish({ metadata: metadataOf(emitter) }));
}

export type FormObserver = (node: TensorNode, form: string) => void;

/** Makes the nodes of every operation. */
export function emitNodes(emitter: Emitter, observe?: FormObserver): void {
  for (const node of emitter.graph.nodes) {
    const form = chooseForm(emitter, node);
    emitter.inLayer(node.layer, () => {
      form.emit(emitter, node);
    });
    observe?.(node, form.name);
  }
}

/** What the host must know of a model's inputs. */
export function metadataOf({ inputs: { views } }: Emitter): Readonly<Record<string, string>> {
  return views.length === 0 ? {} : { [viewsKey]: JSON.stringify(views) };
}
