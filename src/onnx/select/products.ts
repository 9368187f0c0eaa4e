import type { TensorNode } from "../../tensor/tensor-graph.ts";
import type { Emitter } from "./emitter.ts";
import type { Tensor } from "./node-maker.ts";
import type { Form } from "./form.ts";
import { product } from "./row-layout.ts";

/** Two matrices, or a stack of rows times one matrix. */
const matrixProduct: Form<"matmul"> = {
  name: "Gemm",
  applies(emitter, { inputs, attributes }) {
    const [left, right] = inputs.map((input) => emitter.shape(input).length);
    return right === 2 && (left === 2 || !attributes.transposeLeft);
  },
  emit(emitter, node) {
    const { transposeLeft, transposeRight } = node.attributes;
    const [left, right] = [node.inputs[0]!, emitter.tensor(node.inputs[1]!)];
    const shape = emitter.shape(left);
    const matrix = emitter.reshape(emitter.flat(left), [product(shape.slice(0, -1)), shape.at(-1)!]);
    emitter.store(node.id, productOf(emitter, matrix, right, transposeLeft, transposeRight));
  },
};

function productOf(emitter: Emitter, left: Tensor, right: Tensor, isLeft: boolean, isRight: boolean): Tensor {
  if (isLeft && isRight) return emitter.matmulTransposed(emitter.transpose(left, [1, 0]), right, "right");
  if (isLeft) return emitter.matmulTransposed(left, right, "left");
  return isRight ? emitter.matmulTransposed(left, right, "right") : emitter.matmul(left, right);
}

/** Stacks of matrices that broadcast. */
const stackedProduct: Form<"matmul"> = {
  name: "MatMul",
  emit(emitter, node: TensorNode<"matmul">) {
    const { transposeLeft, transposeRight } = node.attributes;
    const swap = (tensor: Tensor, isTransposed: boolean): Tensor => {
      const rank = tensor.dims.length;
      if (!isTransposed) return tensor;
      return emitter.transpose(
        tensor,
        tensor.dims.map((_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis)),
      );
    };
    const left = swap(emitter.tensor(node.inputs[0]!), transposeLeft);
    const right = swap(emitter.tensor(node.inputs[1]!), transposeRight);
    emitter.store(node.id, emitter.op("MatMul", [left, right], emitter.shape(node.id)));
  },
};

export const productForms = { matmul: [matrixProduct, stackedProduct] } as const;
