import type { Reduction, TensorNode, ValueId } from "../../tensor/tensor-graph.ts";
import { int, ints } from "../attributes.ts";
import type { Emitter } from "./emitter.ts";
import { asCombination, cellMeans, cellProducts, combine, shiftedBy } from "./nchwc.ts";
import { sameDims, type Tensor } from "./node-maker.ts";
import type { Form } from "./form.ts";
import { blockCount, product, rowCount, tileCount } from "./row-layout.ts";

type Sum = "reduceSum" | "reduceMean";

/** Whether a reduction is over exactly the axes from `first` up to but not including `end`. */
function isOver({ axes }: Reduction, first: number, end: number): boolean {
  return axes.length === end - first && axes.every((axis, index) => axis === first + index);
}

/** What the sum is multiplied by: a mean is over every cell of the shape, also those that are not kept. */
function factorOf(emitter: Emitter, node: TensorNode<Sum>): number {
  if (node.op === "reduceSum") return 1;
  const shape = emitter.shape(node.inputs[0]!);
  return 1 / node.attributes.axes.reduce((total, axis) => total * shape[axis]!, 1);
}

function scaled(emitter: Emitter, node: TensorNode<Sum>, sum: Tensor): Tensor {
  const factor = factorOf(emitter, node);
  return factor === 1 ? sum : emitter.op("Mul", [sum, emitter.scalar(factor)], sum.dims);
}

/** In NCHWc, over cells by ONNX Runtime's pooling or, where they are of products, by a convolution; and perhaps over examples. */
const sumInNchwc: Form<Sum> = {
  name: "sums of cells, then of examples",
  applies(emitter, { inputs, attributes }) {
    const last = emitter.shape(inputs[0]!).length - 1;
    return emitter.plan.isNchwc(inputs[0]!) && (isOver(attributes, 0, last) || isOver(attributes, 1, last));
  },
  emit(emitter, node) {
    const input = node.inputs[0]!;
    const shape = emitter.shape(input);
    const [batch, channels] = [shape[0]!, shape.at(-1)!];
    const cells = product(shape.slice(1, -1));
    const products = productsOf(emitter, input);
    const numbers = products ?? cellMeans(emitter, emitter.nchwc(input));
    const isOfExamples = node.attributes.axes[0] === 0;
    const count = isOfExamples ? batch * cells : cells;
    const factor = (products === undefined ? cells : 1) / (node.op === "reduceMean" ? count : 1);
    if (isOfExamples) {
      emitter.store(node.id, sumOfExamples(emitter, input, numbers, factor));
      return;
    }
    const matrix = inExamples(emitter, input, numbers);
    const scaled = factor === 1 ? matrix : emitter.op("Mul", [matrix, emitter.scalar(factor)], matrix.dims);
    emitter.store(node.id, emitter.slice(scaled, 1, 0, channels));
  },
};

/** For a product of two values in NCHWc that nothing else reads, its sum over the cells of each example. */
function productsOf(emitter: Emitter, value: ValueId): Tensor | undefined {
  const node = emitter.node(value);
  if (node.op !== "multiply" || emitter.useCount(value) > 1) return undefined;
  const isAlike = node.inputs.every(
    (input) => emitter.plan.isNchwc(input) && sameDims(emitter.shape(input), emitter.shape(value)),
  );
  if (!isAlike) return undefined;
  const [left, right] = node.inputs.map((input) => emitter.nchwc(input)) as [Tensor, Tensor];
  return cellProducts(emitter, left, right);
}

/** Numbers of a value's examples and channels as [N, whole blocks of channels]. */
function inExamples(emitter: Emitter, value: ValueId, numbers: Tensor): Tensor {
  const batch = emitter.shape(value)[0]!;
  return emitter.reshape(numbers, [batch, product(numbers.dims) / batch]);
}

/** Σ factor · number over a value's examples, [channels]. */
function sumOfExamples(emitter: Emitter, value: ValueId, numbers: Tensor, factor: number): Tensor {
  const matrix = inExamples(emitter, value, numbers);
  const [batch, channels] = matrix.dims as readonly [number, number];
  const sums = emitter.matmul(emitter.filled([1, batch], factor), matrix);
  return emitter.slice(emitter.reshape(sums, [channels]), 0, 0, emitter.shape(value).at(-1)!);
}

/** The mean is made as for what is normalized, so that both share their values without it. */
const varianceInNchwc: Form<"reduceVariance"> = {
  name: "average of squared deviations",
  applies(emitter, { inputs, attributes }) {
    return emitter.plan.isNchwc(inputs[0]!) && isOver(attributes, 0, emitter.shape(inputs[0]!).length - 1);
  },
  emit(emitter, node) {
    const input = node.inputs[0]!;
    const shape = emitter.shape(input);
    const tensor = emitter.nchwc(input);
    const mean = sumOfExamples(emitter, input, cellMeans(emitter, tensor), 1 / shape[0]!);
    const shift = emitter.channelVector(input, mean);
    const negative = emitter.op("Neg", [shift], shift.dims);
    const deviation = combine(emitter, shiftedBy(emitter, asCombination(tensor), negative));
    const squares = cellProducts(emitter, deviation, deviation);
    emitter.store(node.id, sumOfExamples(emitter, input, squares, 1 / product(shape.slice(0, -1))));
  },
};

/** Sums a number a channel over everything else: rows in any order, by a product with ones. */
const sumOverRows: Form<Sum> = {
  name: "ones times rows",
  applies(emitter, { inputs, attributes }) {
    const shape = emitter.shape(inputs[0]!);
    return shape.length > 1 && isOver(attributes, 0, shape.length - 1);
  },
  emit(emitter, node) {
    const { rows } = emitter.rowsOrMatrix(node.inputs[0]!);
    const factor = factorOf(emitter, node);
    const sum = emitter.sumRows(rows, factor);
    emitter.store(node.id, emitter.reshape(sum, emitter.shape(node.id)));
  },
};

/** Sums each example's cells, as global pooling does: products with ones over tiles, then over blocks. */
const sumOverCells: Form<Sum> = {
  name: "ones times cells",
  applies(emitter, { inputs, attributes }) {
    const shape = emitter.shape(inputs[0]!);
    return shape.length > 2 && isOver(attributes, 1, shape.length - 1);
  },
  emit(emitter, node) {
    const input = node.inputs[0]!;
    const shape = emitter.shape(input);
    const [batch, channels] = [shape[0]!, shape.at(-1)!];
    if (emitter.plan.layout(input) === undefined) {
      const cells = product(shape.slice(1, -1));
      const stack = emitter.reshape(emitter.flat(input), [batch, cells, channels]);
      emitter.store(node.id, scaled(emitter, node, emitter.matmul(emitter.filled([1, cells], 1), stack)));
      return;
    }
    const { rows, layout } = emitter.rows(input);
    const [blocks, tiles] = [blockCount(layout), tileCount(layout)];
    const stack = emitter.reshape(rows, [blocks * batch, tiles, channels]);
    const perBlock = emitter.matmul(emitter.filled([1, tiles], 1), stack);
    const sum = emitter.sumRows(emitter.reshape(perBlock, [blocks, batch * channels]));
    emitter.store(node.id, scaled(emitter, node, sum));
  },
};

const sumByOperator: Form<Sum> = {
  name: "ReduceSum",
  emit(emitter, node) {
    const x = emitter.tensor(node.inputs[0]!);
    const { axes, keepDims } = node.attributes;
    const keepdims = int(keepDims ? 1 : 0);
    const sum = emitter.op("ReduceSum", [x, emitter.int64s(axes)], emitter.shape(node.id), { keepdims });
    emitter.store(node.id, scaled(emitter, node, sum));
  },
};

const reduceMax: Form<"reduceMax"> = {
  name: "ReduceMax",
  emit(emitter, node) {
    const { axes, keepDims } = node.attributes;
    const attributes = { axes: ints(axes), keepdims: int(keepDims ? 1 : 0) };
    const result = emitter.op(
      "ReduceMax",
      [emitter.tensor(node.inputs[0]!)],
      emitter.shape(node.id),
      attributes,
    );
    emitter.store(node.id, result);
  },
};

/** The mean of squared deviations, in two passes: E[x²] - E[x]² loses digits where means are large. */
const varianceOverRows: Form<"reduceVariance"> = {
  name: "ones times squared deviations",
  applies(emitter, { inputs, attributes }) {
    const shape = emitter.shape(inputs[0]!);
    return shape.length > 1 && isOver(attributes, 0, shape.length - 1);
  },
  emit(emitter, node) {
    const { rows, layout } = emitter.rowsOrMatrix(node.inputs[0]!);
    const count = layout === undefined ? rows.dims[0]! : rowCount(layout);
    const mean = emitter.op("Mul", [emitter.sumRows(rows), emitter.scalar(1 / count)], [1, rows.dims[1]!]);
    const deviation = emitter.withRow("Sub", rows, mean);
    const squares = emitter.op("Mul", [deviation, deviation], deviation.dims);
    const sum = emitter.sumRows(emitter.reshape(squares, rows.dims));
    emitter.store(node.id, emitter.op("Mul", [sum, emitter.scalar(1 / count)], sum.dims));
  },
};

const varianceByOperators: Form<"reduceVariance"> = {
  name: "ReduceMean of squared deviations",
  emit(emitter, node) {
    const { axes, keepDims } = node.attributes;
    const x = emitter.tensor(node.inputs[0]!);
    const kept = x.dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
    const mean = emitter.op("ReduceMean", [x], kept, { axes: ints(axes), keepdims: int(1) });
    const deviation = emitter.op("Sub", [x, mean], x.dims);
    const squares = emitter.op("Mul", [deviation, deviation], x.dims);
    const attributes = { axes: ints(axes), keepdims: int(keepDims ? 1 : 0) };
    emitter.store(node.id, emitter.op("ReduceMean", [squares], emitter.shape(node.id), attributes));
  },
};

/** ArgMax gives int64; the first of equal ones. */
const argMaxByOperator: Form<"argMax"> = {
  name: "ArgMax",
  applies: (emitter) => !emitter.isWebGpu,
  emit(emitter, node) {
    const dims = emitter.shape(node.id);
    const attributes = { axis: int(node.attributes.axis), keepdims: int(0) };
    const index = emitter.op("ArgMax", [emitter.tensor(node.inputs[0]!)], dims, attributes);
    emitter.store(node.id, emitter.op("Cast", [index], dims, { to: int(6) }));
  },
};

/** The smallest index whose number is the largest: WebGPU has no int64. Indices are exact in float32 up to 2^24. */
const argMaxByParts: Form<"argMax"> = {
  name: "least index of the largest",
  emit(emitter, node) {
    const x = emitter.tensor(node.inputs[0]!);
    const { axis } = node.attributes;
    const kept = x.dims.with(axis, 1);
    const attributes = { axes: ints([axis]), keepdims: int(1) };
    const largest = emitter.op("ReduceMax", [x], kept, attributes);
    const isLargest = emitter.op("Equal", [x, largest], x.dims);
    const indices = emitter.floats(
      Float32Array.from({ length: x.dims[axis]! }, (_, index) => index),
      x.dims.map((dim, at) => (at === axis ? dim : 1)),
    );
    const candidates = emitter.op("Where", [isLargest, indices, emitter.scalar(x.dims[axis]! - 1)], x.dims);
    const least = emitter.op("ReduceMin", [candidates], emitter.shape(node.id), {
      ...attributes,
      keepdims: int(0),
    });
    emitter.store(node.id, emitter.op("Cast", [least], least.dims, { to: int(6) }));
  },
};

const softmax: Form<"softmax"> = {
  name: "Softmax",
  emit(emitter, node) {
    const x = emitter.tensor(node.inputs[0]!);
    emitter.store(node.id, emitter.op("Softmax", [x], x.dims, { axis: int(node.attributes.axis) }));
  },
};

const logSoftmaxByOperator: Form<"logSoftmax"> = {
  name: "LogSoftmax",
  applies: (emitter) => !emitter.isWebGpu,
  emit(emitter, node) {
    const x = emitter.tensor(node.inputs[0]!);
    emitter.store(node.id, emitter.op("LogSoftmax", [x], x.dims, { axis: int(node.attributes.axis) }));
  },
};

const logSoftmaxByParts: Form<"logSoftmax"> = {
  name: "x - max - log Σ exp",
  emit(emitter, node) {
    const x = emitter.tensor(node.inputs[0]!);
    const { axis } = node.attributes;
    const kept = x.dims.with(axis, 1);
    const largest = emitter.op("ReduceMax", [x], kept, { axes: ints([axis]), keepdims: int(1) });
    const shifted = emitter.op("Sub", [x, largest], x.dims);
    const exps = emitter.op("Exp", [shifted], x.dims);
    const sum = emitter.op("ReduceSum", [exps, emitter.int64s([axis])], kept);
    const log = emitter.op("Log", [sum], kept);
    emitter.store(node.id, emitter.op("Sub", [shifted, log], x.dims));
  },
};

export const reductionForms = {
  reduceSum: [sumInNchwc, sumOverRows, sumOverCells, sumByOperator],
  reduceMean: [sumInNchwc, sumOverRows, sumOverCells, sumByOperator],
  reduceMax: [reduceMax],
  reduceVariance: [varianceInNchwc, varianceOverRows, varianceByOperators],
  argMax: [argMaxByOperator, argMaxByParts],
  softmax: [softmax],
  logSoftmax: [logSoftmaxByOperator, logSoftmaxByParts],
} as const;
