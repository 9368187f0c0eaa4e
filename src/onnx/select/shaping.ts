import type { OpKind, TensorNode } from "../../tensor/tensor-graph.ts";
import { randomTable, randomTableLength } from "../../tensor/random-table.ts";
import { int, string } from "../attributes.ts";
import type { Emitter } from "./emitter.ts";
import { sameDims, type Tensor } from "./node-maker.ts";
import type { Form } from "./form.ts";
import { product } from "./row-layout.ts";
import { concatBlocks, concatHalves, isChannelAxis, sliceBlocks, sliceHalf } from "./shaping-nchwc.ts";

/** Row-major elements under another shape: no node is made until somebody asks for the dimensions. */
const reshape: Form<"reshape"> = {
  name: "the same numbers",
  emit(emitter, node) {
    emitter.store(node.id, emitter.flat(node.inputs[0]!));
  },
};

const transpose: Form<"transpose"> = {
  name: "Transpose",
  emit(emitter, node) {
    emitter.store(node.id, emitter.transpose(emitter.tensor(node.inputs[0]!), node.attributes.permutation));
  },
};

const broadcast: Form<"broadcast"> = {
  name: "Expand",
  emit(emitter, node) {
    const shape = emitter.shape(node.id);
    const x = emitter.tensor(node.inputs[0]!);
    emitter.store(node.id, emitter.op("Expand", [x, emitter.int64s(shape)], shape));
  },
};

/** Channels joined row by row. */
const concatChannels: Form<"concat"> = {
  name: "Concat of rows",
  applies(emitter, { id, inputs, attributes }) {
    if (!isChannelAxis(emitter, id, attributes.axis)) return false;
    return [id, ...inputs].every((value) => emitter.plan.layout(value) !== undefined);
  },
  emit(emitter, node) {
    const { layout } = emitter.rows(node.inputs[0]!);
    const parts = node.inputs.map((input) => emitter.rowsIn(input, layout));
    emitter.storeRows(node.id, {
      layout,
      channels: emitter.shape(node.id).at(-1)!,
      rows: emitter.concat(parts, 1),
    });
  },
};

const concat: Form<"concat"> = {
  name: "Concat",
  emit(emitter, node) {
    const { axis } = node.attributes;
    const flat = node.inputs.map((input) => emitter.flat(input));
    const outer = axis === 0 ? outerAxis(flat) : undefined;
    const joined =
      outer === undefined
        ? emitter.concat(node.inputs.map((input) => emitter.tensor(input)), axis) // prettier-ignore
        : emitter.concat(flat, outer);
    emitter.store(node.id, joined);
  },
};

/**
 * The axis along which tensors as they lie join one after the other in memory: the first of more than one cell, where all dimensions after it
 * are the same.
 */
function outerAxis(tensors: readonly Tensor[]): number | undefined {
  const [{ dims: first }] = tensors as [Tensor];
  const axis = first.findIndex((cells) => cells > 1);
  const isAlike = ({ dims }: Tensor): boolean =>
    dims.slice(0, axis).every((cells) => cells === 1) &&
    sameDims(dims.slice(axis + 1), first.slice(axis + 1));
  return axis >= 0 && tensors.every(isAlike) ? axis : undefined;
}

/** A part of an input's memory. */
const sliceOfInput: Form<"slice"> = {
  name: "part of an input",
  applies(emitter, { inputs }) {
    const source = emitter.node(inputs[0]!);
    return emitter.target.inputViews === true && source.op === "input" && source.shape.length === 1;
  },
  emit(emitter, node) {
    const source = emitter.node(node.inputs[0]!) as TensorNode<"input">;
    const [start, end] = [node.attributes.starts[0]!, node.attributes.ends[0]!];
    emitter.storeInput(node.id, () =>
      emitter.inputs.part(source.attributes.name, source.dataType, start, end),
    );
  },
};

const slice: Form<"slice"> = {
  name: "Slice",
  emit(emitter, node) {
    const { axes, starts, ends } = node.attributes;
    let tensor = emitter.tensor(node.inputs[0]!);
    axes.forEach((axis, index) => {
      tensor = emitter.slice(tensor, axis, starts[index]!, ends[index]!);
    });
    emitter.store(node.id, tensor);
  },
};

const pad: Form<"pad"> = {
  name: "Pad",
  emit(emitter, node) {
    const { pads, value } = node.attributes;
    const x = emitter.tensor(node.inputs[0]!);
    const ends = [...pads.map(([before]) => before), ...pads.map(([, after]) => after)];
    const inputs = [x, emitter.int64s(ends), emitter.scalar(value)];
    emitter.store(node.id, emitter.op("Pad", inputs, emitter.shape(node.id)));
  },
};

const oneHot: Form<"oneHot"> = {
  name: "Equal to each class",
  emit(emitter, node) {
    const dims = emitter.shape(node.id);
    const { depth } = node.attributes;
    const labels = emitter.reshape(emitter.flat(node.inputs[0]!), [...dims.slice(0, -1), 1]);
    const classes = emitter.int32s(
      Int32Array.from({ length: depth }, (_, index) => index),
      [depth],
    );
    const isClass = emitter.op("Equal", [labels, classes], dims);
    emitter.store(node.id, emitter.op("Cast", [isClass], dims, { to: int(1) }));
  },
};

const gather: Form<"gather"> = {
  name: "Gather",
  emit(emitter, node) {
    const [table, indices] = node.inputs.map((input) => emitter.tensor(input)) as [Tensor, Tensor];
    emitter.store(node.id, emitter.op("Gather", [table, indices], emitter.shape(node.id), { axis: int(0) }));
  },
};

/** ScatterElements adds in the order of the indices, on one thread, so that sums are the same each time. */
const gatherGradientByScatter: Form<"gatherGradient"> = {
  name: "ScatterElements",
  applies: (emitter) => !emitter.isWebGpu,
  emit(emitter, node) {
    const [rows, width] = emitter.shape(node.id) as readonly [number, number];
    const flat = emitter.flat(node.inputs[0]!);
    const count = product(flat.dims);
    const column = emitter.op("Cast", [emitter.reshape(flat, [count, 1])], [count, 1], { to: int(7) });
    const dims = [count, width];
    const classes = emitter.op("Expand", [column, emitter.int64s(dims)], dims);
    const dy = emitter.reshape(emitter.flat(node.inputs[1]!), dims);
    const inputs = [emitter.filled([rows, width], 0), classes, dy];
    const attributes = { axis: int(0), reduction: string("add") };
    emitter.store(node.id, emitter.op("ScatterElements", inputs, [rows, width], attributes));
  },
};

/** Numbers of the one-hot matrices that are held at once: 64 MB. */
const mostOneHot = 2 ** 24;

/** Products of one-hot rows with the gradients: a scatter on a GPU adds in any order, so that sums differ from run to run. */
const gatherGradientByProduct: Form<"gatherGradient"> = {
  name: "one-hot rows times gradients",
  emit(emitter, node) {
    const [rows, width] = emitter.shape(node.id) as readonly [number, number];
    const flat = emitter.flat(node.inputs[0]!);
    const count = product(flat.dims);
    const numbers = Int32Array.from({ length: rows }, (_, row) => row);
    const table = emitter.int32s(numbers, [rows, 1]);
    const indices = emitter.reshape(flat, [1, count]);
    const dy = emitter.reshape(emitter.flat(node.inputs[1]!), [count, width]);
    const most = Math.max(1, Math.floor(mostOneHot / rows));
    const parts: Tensor[] = [];
    for (let start = 0; start < count; start += most) {
      const end = Math.min(count, start + most);
      const dims = [rows, end - start];
      const isRow = emitter.op("Equal", [table, emitter.slice(indices, 1, start, end)], dims);
      const oneHots = emitter.op("Cast", [isRow], dims, { to: int(1) });
      parts.push(emitter.matmul(oneHots, emitter.slice(dy, 0, start, end)));
    }
    emitter.store(node.id, emitter.sum(parts));
  },
};

/** A window of the table that is long enough for every value of its distribution in the graph. */
const random: Form<"random"> = {
  name: "Slice of a table",
  emit(emitter, node) {
    const { distribution } = node.attributes;
    const count = product(emitter.shape(node.id));
    const table = tableFor(emitter, node);
    const start = emitter.reshape(emitter.flat(node.inputs[0]!), [1]);
    const length = emitter.int32s(Int32Array.of(count), [1]);
    const end = emitter.add(start, length);
    const axis = emitter.int32s(Int32Array.of(0), [1]);
    const name = distribution.kind;
    emitter.store(node.id, emitter.op("Slice", [table, start, end, axis], [count], {}, { name }));
  },
};

function tableFor(emitter: Emitter, node: TensorNode<"random">): Tensor {
  const key = JSON.stringify(node.attributes.distribution);
  const counts = emitter.graph.nodes
    .filter((other) => other.op === "random" && JSON.stringify(other.attributes.distribution) === key)
    .map((other) => product(emitter.shape(other.id)));
  const length = randomTableLength(Math.max(...counts));
  return emitter.floats(randomTable(node.attributes.distribution, length), [length]);
}

export const shapingForms = {
  reshape: [reshape],
  transpose: [transpose],
  broadcast: [broadcast],
  concat: [concatBlocks, concatHalves, concatChannels, concat],
  slice: [sliceOfInput, sliceBlocks, sliceHalf, slice],
  pad: [pad],
  gather: [gather],
  gatherGradient: [gatherGradientByScatter, gatherGradientByProduct],
  oneHot: [oneHot],
  random: [random],
} as const satisfies Partial<Record<OpKind, unknown>>;
