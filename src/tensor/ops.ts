// The shape and data type of each operation's value: one row an operation.
import {
  broadcastShapes,
  checkAxis,
  countElements,
  formatTensorShape,
  knownDim,
  reducedShape,
  sameShape,
  TensorGraphError,
  windowOutputSize,
} from "./shapes.ts";
import type {
  DataType,
  OpAttributes,
  OpKind,
  Reduction,
  TensorShape,
  TensorType,
  WindowGeometry,
} from "./tensor-graph.ts";

/** What an operation makes of its operands, before any number is known. */
export interface OpRule<Kind extends OpKind> {
  /** How many operands it takes; `leaf` operations get their type from the builder. */
  readonly operands: number | "any" | "leaf";
  /** @throws TensorGraphError where the operands do not fit */
  infer(operands: readonly TensorType[], attributes: OpAttributes[Kind]): TensorType;
}

/** Operations that treat each number by itself, broadcast. */
export const elementwiseOps: ReadonlySet<OpKind> = new Set<OpKind>([
  "negate",
  "reciprocal",
  "sqrt",
  "exp",
  "log",
  "abs",
  "tanh",
  "sigmoid",
  "relu",
  "step",
  "erf",
  "floor",
  "clip",
  "cast",
  "add",
  "subtract",
  "multiply",
  "divide",
  "maximum",
  "minimum",
  "power",
  "equal",
  "greater",
  "select",
]);

const leaf = {
  operands: "leaf",
  infer(): TensorType {
    throw new TensorGraphError("a leaf has no operands to infer its type from");
  },
} as const;

/** One operand, same shape. */
const unaryFloat = {
  operands: 1,
  infer([operand]: readonly TensorType[]): TensorType {
    expectFloat(operand!);
    return operand!;
  },
} as const;

/** Numbers of any one type, broadcast. */
const binaryNumeric = {
  operands: 2,
  infer([left, right]: readonly TensorType[]): TensorType {
    return { shape: broadcastShapes(left!.shape, right!.shape), dataType: expectSameType(left!, right!) };
  },
} as const;

const comparison = {
  operands: 2,
  infer([left, right]: readonly TensorType[]): TensorType {
    expectSameType(left!, right!);
    return { shape: broadcastShapes(left!.shape, right!.shape), dataType: "bool" };
  },
} as const;

const reduction = {
  operands: 1,
  infer([operand]: readonly TensorType[], { axes, keepDims }: Reduction): TensorType {
    return { shape: reducedShape(operand!.shape, axes, keepDims), dataType: expectFloat(operand!) };
  },
} as const;

const alongAxis = {
  operands: 1,
  infer([operand]: readonly TensorType[], { axis }: { readonly axis: number }): TensorType {
    expectFloat(operand!);
    checkAxis(axis, operand!.shape);
    return operand!;
  },
} as const;

const pooling = {
  operands: 1,
  infer([x]: readonly TensorType[], geometry: WindowGeometry): TensorType {
    const shape = [x!.shape[0]!, ...windowOutputSize(x!.shape, geometry), x!.shape.at(-1)!];
    return { shape, dataType: expectFloat(x!) };
  },
} as const;

export const opRules = {
  input: leaf,
  constant: leaf,
  negate: unaryFloat,
  reciprocal: unaryFloat,
  sqrt: unaryFloat,
  exp: unaryFloat,
  log: unaryFloat,
  abs: unaryFloat,
  tanh: unaryFloat,
  sigmoid: unaryFloat,
  relu: unaryFloat,
  step: unaryFloat,
  erf: unaryFloat,
  floor: unaryFloat,
  clip: unaryFloat,
  cast: { operands: 1, infer: ([operand], { to }) => ({ shape: operand!.shape, dataType: to }) },
  add: binaryNumeric,
  subtract: binaryNumeric,
  multiply: binaryNumeric,
  divide: binaryNumeric,
  maximum: binaryNumeric,
  minimum: binaryNumeric,
  power: binaryNumeric,
  equal: comparison,
  greater: comparison,
  select: {
    operands: 3,
    infer([condition, whereTrue, whereFalse]) {
      expectType(condition!, "bool");
      const branches = broadcastShapes(whereTrue!.shape, whereFalse!.shape);
      return {
        shape: broadcastShapes(condition!.shape, branches),
        dataType: expectSameType(whereTrue!, whereFalse!),
      };
    },
  },
  matmul: {
    operands: 2,
    infer([left, right], { transposeLeft, transposeRight }) {
      const [rows, innerLeft] = matrixAxes(left!, transposeLeft);
      const [innerRight, columns] = matrixAxes(right!, transposeRight);
      if (innerLeft !== innerRight) {
        throw new TensorGraphError(`inner dimensions ${innerLeft} and ${innerRight} of a product differ`);
      }
      const stack = broadcastShapes(left!.shape.slice(0, -2), right!.shape.slice(0, -2));
      return { shape: [...stack, rows, columns], dataType: expectSameFloat(left!, right!) };
    },
  },
  conv: {
    operands: 2,
    infer([x, kernel], geometry) {
      const filters = checkKernel(kernel!.shape, geometry, x!.shape.at(-1));
      const shape = [x!.shape[0]!, ...windowOutputSize(x!.shape, geometry), filters];
      return { shape, dataType: expectSameFloat(x!, kernel!) };
    },
  },
  convInputGradient: {
    operands: 2,
    infer([dy, kernel], geometry) {
      const channels = knownDim(kernel!.shape.at(-2), "a kernel") * geometry.groups;
      const x: TensorShape = [dy!.shape[0]!, ...geometry.inputSize, channels];
      const filters = checkKernel(kernel!.shape, geometry, channels);
      expectShape(dy!.shape, [x[0]!, ...windowOutputSize(x, geometry), filters]);
      return { shape: x, dataType: expectSameFloat(dy!, kernel!) };
    },
  },
  convKernelGradient: {
    operands: 2,
    infer([x, dy], geometry) {
      const filters = knownDim(dy!.shape.at(-1), "the filters");
      const channels = knownDim(x!.shape.at(-1), "the channels");
      expectShape(dy!.shape, [x!.shape[0]!, ...windowOutputSize(x!.shape, geometry), filters]);
      const kernel = [...geometry.kernel, channels / geometry.groups, filters];
      checkKernel(kernel, geometry, channels);
      return { shape: kernel, dataType: expectSameFloat(x!, dy!) };
    },
  },
  maxPool: pooling,
  maxPoolGradient: {
    operands: 3,
    infer([x, y, dy], geometry) {
      expectShape(y!.shape, pooling.infer([x!], geometry).shape);
      expectShape(dy!.shape, y!.shape);
      expectSameType(x!, y!);
      expectSameType(x!, dy!);
      return x!;
    },
  },
  averagePool: pooling,
  averagePoolGradient: {
    operands: 1,
    infer([dy], geometry) {
      const shape = [dy!.shape[0]!, ...geometry.inputSize, dy!.shape.at(-1)!];
      const x = { shape, dataType: expectFloat(dy!) };
      expectShape(dy!.shape, pooling.infer([x], geometry).shape);
      return x;
    },
  },
  reduceSum: reduction,
  reduceMean: reduction,
  reduceMax: reduction,
  reduceVariance: reduction,
  argMax: {
    operands: 1,
    infer([operand], { axis }) {
      return { shape: reducedShape(operand!.shape, [axis], false), dataType: "int32" };
    },
  },
  reshape: {
    operands: 1,
    infer([operand], { shape }) {
      const before = countElements(operand!.shape);
      const after = countElements(shape);
      if (before.count !== after.count || before.batches !== after.batches) {
        throw new TensorGraphError(
          `${formatTensorShape(operand!.shape)} cannot be reshaped to ${formatTensorShape(shape)}`,
        );
      }
      return { shape, dataType: operand!.dataType };
    },
  },
  transpose: {
    operands: 1,
    infer([operand], { permutation }) {
      const { shape, dataType } = operand!;
      const isPermutation =
        permutation.length === shape.length && shape.every((_, i) => permutation.includes(i));
      if (!isPermutation)
        throw new TensorGraphError(`(${permutation.join(", ")}) is no order of ${shape.length} axes`);
      return { shape: permutation.map((axis) => shape[axis]!), dataType };
    },
  },
  broadcast: {
    operands: 1,
    infer([operand], { shape }) {
      expectShape(broadcastShapes(operand!.shape, shape), shape);
      return { shape, dataType: operand!.dataType };
    },
  },
  concat: {
    operands: "any",
    infer(operands, { axis }) {
      const first = operands[0];
      if (first === undefined) throw new TensorGraphError("a concatenation of nothing");
      checkAxis(axis, first.shape);
      for (const other of operands) {
        expectSameType(first, other);
        expectShape(other.shape.toSpliced(axis, 1), first.shape.toSpliced(axis, 1));
      }
      if (operands.length === 1) return first;
      const length = operands.reduce((sum, { shape }) => sum + knownDim(shape[axis], "a joined axis"), 0);
      return { shape: first.shape.with(axis, length), dataType: first.dataType };
    },
  },
  slice: {
    operands: 1,
    infer([operand], { axes, starts, ends }) {
      const shape = [...operand!.shape];
      axes.forEach((axis, index) => {
        checkAxis(axis, operand!.shape);
        const [start, end] = [starts[index]!, ends[index]!];
        if (!(0 <= start && start < end && end <= knownDim(shape[axis], "a sliced axis"))) {
          throw new TensorGraphError(`slice ${start}..${end} of an axis of ${shape[axis]}`);
        }
        shape[axis] = end - start;
      });
      return { shape, dataType: operand!.dataType };
    },
  },
  pad: {
    operands: 1,
    infer([operand], { pads }) {
      if (pads.length !== operand!.shape.length)
        throw new TensorGraphError("a pad needs a pair for each axis");
      const shape = operand!.shape.map((dim, axis) => {
        const [before, after] = pads[axis]!;
        return before + after === 0 ? dim : knownDim(dim, "a padded axis") + before + after;
      });
      return { shape, dataType: operand!.dataType };
    },
  },
  gather: {
    operands: 2,
    infer([table, indices]) {
      expectType(indices!, "int32");
      if (table!.shape.length !== 2) throw new TensorGraphError("rows are gathered from a matrix");
      return { shape: [...indices!.shape, table!.shape[1]!], dataType: table!.dataType };
    },
  },
  gatherGradient: {
    operands: 2,
    infer([indices, dy], { rows }) {
      expectType(indices!, "int32");
      expectShape(dy!.shape.slice(0, -1), indices!.shape);
      return { shape: [rows, dy!.shape.at(-1)!], dataType: expectFloat(dy!) };
    },
  },
  softmax: alongAxis,
  logSoftmax: alongAxis,
  batchNorm: {
    operands: 5,
    infer([x, ...perChannel]) {
      for (const { shape } of perChannel) expectShape(shape, [x!.shape.at(-1)!]);
      return x!;
    },
  },
  oneHot: {
    operands: 1,
    infer([labels], { depth }) {
      expectType(labels!, "int32");
      return float([...labels!.shape, depth]);
    },
  },
  random: {
    operands: 1,
    infer([offset], { shape }) {
      expectType(offset!, "int32");
      expectShape(offset!.shape, []);
      return float(shape);
    },
  },
} satisfies { readonly [Kind in OpKind]: OpRule<Kind> };

/**
 * The type of an operation's value.
 *
 * @throws TensorGraphError where the operands do not fit
 */
export function inferType<Kind extends OpKind>(
  op: Kind,
  operands: readonly TensorType[],
  attributes: OpAttributes[Kind],
): TensorType {
  const rule = opRules[op] as unknown as OpRule<Kind>;
  if (typeof rule.operands === "number" && rule.operands !== operands.length) {
    throw new TensorGraphError(`${op} takes ${rule.operands} operands, not ${operands.length}`);
  }
  return rule.infer(operands, attributes);
}

/** Whether a type holds numbers with a fraction. */
export function isFloat(dataType: DataType): boolean {
  return dataType === "float32" || dataType === "float16";
}

function float(shape: TensorShape): TensorType {
  return { shape, dataType: "float32" };
}

function expectType(operand: TensorType, dataType: DataType): void {
  if (operand.dataType !== dataType) {
    throw new TensorGraphError(`expected ${dataType}, got ${operand.dataType}`);
  }
}

function expectFloat({ dataType }: TensorType): DataType {
  if (!isFloat(dataType)) throw new TensorGraphError(`expected numbers with a fraction, got ${dataType}`);
  return dataType;
}

function expectSameFloat(left: TensorType, right: TensorType): DataType {
  expectSameType(left, right);
  return expectFloat(left);
}

function expectSameType(left: TensorType, right: TensorType): DataType {
  expectType(right, left.dataType);
  return left.dataType;
}

function expectShape(actual: TensorShape, expected: TensorShape): void {
  if (!sameShape(actual, expected)) {
    throw new TensorGraphError(
      `expected shape ${formatTensorShape(expected)}, got ${formatTensorShape(actual)}`,
    );
  }
}

/** The last two axes, in the order in which the product sees them. */
function matrixAxes(
  { shape }: TensorType,
  transposed: boolean,
): readonly [TensorShape[number], TensorShape[number]] {
  if (shape.length < 2) throw new TensorGraphError("a matrix product needs two axes or more");
  return transposed ? [shape.at(-1)!, shape.at(-2)!] : [shape.at(-2)!, shape.at(-1)!];
}

/** Checks a kernel [window…, channels / groups, filters] against its geometry and input channels; gives the filters. */
function checkKernel(
  kernel: TensorShape,
  geometry: WindowGeometry & { readonly groups: number },
  channels: TensorShape[number] | undefined,
): number {
  const filters = knownDim(kernel.at(-1), "the filters");
  expectShape(kernel, [...geometry.kernel, knownDim(channels, "the channels") / geometry.groups, filters]);
  if (filters % geometry.groups !== 0) {
    throw new TensorGraphError(`${filters} filters do not divide into ${geometry.groups} groups`);
  }
  return filters;
}
