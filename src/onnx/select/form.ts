import type { OpKind, TensorNode } from "../../tensor/tensor-graph.ts";
import type { Emitter } from "./emitter.ts";

/** One way to compute an operation by ONNX nodes. */
export interface Form<Kind extends OpKind = OpKind> {
  readonly name: string;
  /** Whether the form can compute this node and is worth it; left out where it always is. */
  applies?(emitter: Emitter, node: TensorNode<Kind>): boolean;
  /** Makes the nodes and stores the value. */
  emit(emitter: Emitter, node: TensorNode<Kind>): void;
}

/** The forms of an operation in order of preference; the last one applies always. */
export type FormsOf<Kind extends OpKind> = readonly [...Form<Kind>[], Form<Kind>];
