import type { TensorPort } from "../../autodiff/training-graphs.ts";
import { elementCount } from "../../tensor/shapes.ts";
import type { OpAttributes, OpKind, TensorGraph, TensorNode, ValueId } from "../../tensor/tensor-graph.ts";
import { arraysOf, type ExampleBatch, type Numbers, type RunExamples } from "../engine.ts";

/**
 * Bytes of examples that a GPU is asked to keep: a quarter of what small GPUs have, since WebGPU does not tell how much there is.
 */
export const mostKeptBytes = 2 ** 30;
/** Examples that are read at a time. */
const readAtOnce = 1024;

/** Examples from `start` up to but not including `end`, in one table for each array. */
interface Shard {
  readonly start: number;
  readonly end: number;
}

/** A table of a shard's examples of one array, a row of zeros at the end. */
export interface KeptTable {
  readonly name: string;
  readonly data: Numbers;
  readonly dims: readonly [rows: number, width: number];
}

/**
 * Examples in a GPU's memory. A step is given the number of each example within each shard, or that of the row of zeros; what is
 * gathered from the shards is added up, which changes no number.
 */
export class KeptExamples {
  readonly #examples: RunExamples;
  readonly #ports: readonly TensorPort[];
  readonly #shards: readonly Shard[];

  private constructor(examples: RunExamples, ports: readonly TensorPort[], rowsOfShard: number) {
    this.#examples = examples;
    this.#ports = ports;
    const count = Math.ceil(examples.count / rowsOfShard);
    this.#shards = Array.from({ length: count }, (_, index) => ({
      start: index * rowsOfShard,
      end: Math.min(examples.count, (index + 1) * rowsOfShard),
    }));
  }

  /**
   * @param ports of data and targets, in the order of a batch's arrays
   * @param largestTensor numbers of the largest tensor that the GPU can bind
   * @returns undefined where they take more than `mostKeptBytes`
   */
  static of(
    examples: RunExamples,
    ports: readonly TensorPort[],
    largestTensor: number,
  ): KeptExamples | undefined {
    const widths = ports.map(widthOf);
    const numbers = widths.reduce((sum, width) => sum + width, 0);
    if (4 * numbers * examples.count > mostKeptBytes) return undefined;
    // One row less, for the zeros.
    const rowsOfShard = Math.floor(largestTensor / Math.max(...widths)) - 1;
    return rowsOfShard < 1 ? undefined : new KeptExamples(examples, ports, rowsOfShard);
  }

  /** What they take in the GPU's memory. */
  get bytes(): number {
    return this.#ports.reduce((sum, port) => sum + 4 * widthOf(port) * this.#examples.count, 0);
  }

  /** The tables, one after the other, so that the host holds one shard at a time. */
  *tables(): Generator<KeptTable, void, undefined> {
    for (const [index, { start, end }] of this.#shards.entries()) {
      const tables = this.#ports.map((port): KeptTable => {
        const dims = [end - start + 1, widthOf(port)] as const;
        const length = dims[0] * dims[1];
        const data = port.dataType === "int32" ? new Int32Array(length) : new Float32Array(length);
        return { name: tableName(port, index), data, dims };
      });
      for (let from = start; from < end; from += readAtOnce) {
        const count = Math.min(readAtOnce, end - from);
        const arrays = arraysOfBatch(
          this.#examples.read(Int32Array.from({ length: count }, (_, row) => from + row)),
        );
        tables.forEach(({ data, dims }, port) => {
          data.set(arrays[port]!, (from - start) * dims[1]);
        });
      }
      yield* tables;
    }
  }

  /** The examples of a batch as they are. */
  read(rows: Int32Array): ExampleBatch {
    return this.#examples.read(rows);
  }

  /** The numbers within each shard, by the input's name. */
  numbersOf(rows: Int32Array): readonly (readonly [name: string, numbers: Int32Array])[] {
    return this.#shards.map(({ start, end }, index) => [
      numbersName(index),
      rows.map((row) => (row >= start && row < end ? row - start : end - start)),
    ]);
  }

  /** A training graph that takes numbers of examples in the place of examples. */
  gatherIn(graph: TensorGraph): TensorGraph {
    const nodes: TensorNode[] = [];
    const append = <Kind extends OpKind>(
      op: Kind,
      inputs: readonly ValueId[],
      attributes: OpAttributes[Kind],
      { shape, dataType }: Pick<TensorNode, "shape" | "dataType">,
    ): ValueId => {
      const id = nodes.length;
      nodes.push({ id, op, inputs, attributes, shape, dataType, layer: undefined } as TensorNode);
      return id;
    };
    const numbers: ValueId[] = [];
    const gather = (port: TensorPort, { shape, dataType }: TensorNode): ValueId => {
      const batch = shape[0]!;
      const width = widthOf(port);
      const parts = this.#shards.map(({ start, end }, index) => {
        numbers[index] ??= append(
          "input",
          [],
          { role: "data", name: numbersName(index) },
          { shape: [batch], dataType: "int32" },
        );
        const name = tableName(port, index);
        const table = append(
          "input",
          [],
          { role: "state", name },
          { shape: [end - start + 1, width], dataType },
        );
        return append("gather", [table, numbers[index]], {}, { shape: [batch, width], dataType });
      });
      const sum = parts.reduce((left, right) =>
        append("add", [left, right], {}, { shape: [batch, width], dataType }),
      );
      return append("reshape", [sum], { shape }, { shape, dataType });
    };
    const renumbered: ValueId[] = [];
    for (const node of graph.nodes) {
      const port =
        node.op === "input" ? this.#ports.find(({ name }) => name === node.attributes.name) : undefined;
      if (port !== undefined) renumbered.push(gather(port, node));
      else {
        renumbered.push(nodes.length);
        const inputs = node.inputs.map((input) => renumbered[input]!);
        nodes.push({ ...node, id: nodes.length, inputs } as TensorNode);
      }
    }
    return { nodes, outputs: graph.outputs.map(({ name, value }) => ({ name, value: renumbered[value]! })) };
  }
}

/** A batch's arrays, those of the data first. */
export function arraysOfBatch({ data, targets }: ExampleBatch): readonly Numbers[] {
  return [...arraysOf(data), ...arraysOf<Numbers>(targets)];
}

function tableName({ name }: TensorPort, shard: number): string {
  return `kept/${name}/${shard}`;
}

function numbersName(shard: number): string {
  return `rows/${shard}`;
}

function widthOf({ shape }: TensorPort): number {
  return elementCount(shape.slice(1));
}
