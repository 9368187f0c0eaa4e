import type { DataType, TensorDim, TensorShape } from "../../tensor/tensor-graph.ts";

/** An attribute of a node as TensorFlow's GraphDef has them in JSON. */
export type Attribute =
  | { readonly type: string }
  | { readonly s: string }
  | { readonly b: boolean }
  | { readonly f: number }
  | { readonly i: string }
  | { readonly list: { readonly i: readonly string[] } }
  | { readonly shape: { readonly dim: readonly { readonly size: string }[] } };

export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
  readonly attr: Readonly<Record<string, Attribute>>;
}

/** Numbers that a graph model keeps beside its nodes. */
export interface GraphConstant {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: "float32" | "int32";
  readonly data: Float32Array | Int32Array;
}

export const dataTypes: Readonly<Record<DataType, string>> = {
  float32: "DT_FLOAT",
  float16: "DT_HALF",
  int32: "DT_INT32",
  bool: "DT_BOOL",
};

export const text = (value: string): Attribute => ({ s: btoa(value) });
export const wholes = (values: readonly number[]): Attribute => ({ list: { i: values.map(String) } });
export const shapeAttribute = (shape: readonly (number | "N")[]): Attribute => ({
  shape: { dim: shape.map((size) => ({ size: size === "N" ? "-1" : String(size) })) },
});

/** A tensor in the making: a node's name, and the shape it has. */
export interface GraphValue {
  readonly name: string;
  readonly shape: TensorShape;
}

/** Collects nodes and constants. Names are those of the layers, made unique. */
export class GraphWriter {
  readonly nodes: GraphNode[] = [];
  readonly constants: GraphConstant[] = [];
  readonly #names = new Set<string>();
  readonly #wholes = new Map<string, GraphValue>();
  /** What names of nodes begin with from here on. */
  scope = "";

  /** A node; its inputs may be values or names. */
  add(
    op: string,
    inputs: readonly GraphValue[],
    shape: TensorShape,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): GraphValue {
    const name = this.#unique(`${this.scope}${op}`);
    const attr = { T: { type: "DT_FLOAT" }, ...attributes };
    this.nodes.push({ name, op, input: inputs.map((input) => input.name), attr });
    return { name, shape };
  }

  /** What the model is given, by its own name. */
  placeholder(wanted: string, shape: TensorShape): GraphValue {
    const name = this.#unique(wanted);
    const attr = { dtype: { type: "DT_FLOAT" }, shape: shapeAttribute(shape) };
    this.nodes.push({ name, op: "Placeholder", input: [], attr });
    return { name, shape };
  }

  /** Another name for a value. */
  identity(wanted: string, value: GraphValue): GraphValue {
    const name = this.#unique(wanted);
    this.nodes.push({ name, op: "Identity", input: [value.name], attr: { T: { type: "DT_FLOAT" } } });
    return { name, shape: value.shape };
  }

  constant(wanted: string, shape: readonly number[], data: Float32Array | Int32Array): GraphValue {
    const name = this.#unique(wanted);
    const dtype = data instanceof Int32Array ? "int32" : "float32";
    this.constants.push({ name, shape, dtype, data });
    this.nodes.push({ name, op: "Const", input: [], attr: { dtype: { type: dataTypes[dtype] } } });
    return { name, shape };
  }

  /** Whole numbers as a node's operand: shapes, permutations, axes. A scalar where one is given by itself. */
  wholes(values: readonly number[] | number, shape?: readonly number[]): GraphValue {
    const list = typeof values === "number" ? [values] : values;
    const sizes = typeof values === "number" ? [] : (shape ?? [list.length]);
    const key = `${sizes.join("x")}: ${list.join()}`;
    const known = this.#wholes.get(key);
    if (known !== undefined) return known;
    const made = this.constant(`wholes_${this.#wholes.size}`, sizes, Int32Array.from(list));
    this.#wholes.set(key, made);
    return made;
  }

  number(value: number): GraphValue {
    return this.constant(`${this.scope}number`, [], Float32Array.of(value));
  }

  /** The batch is whatever is left. */
  reshape(value: GraphValue, shape: TensorShape): GraphValue {
    if (shape.join() === value.shape.join()) return value;
    const sizes = shape.map((size: TensorDim) => (size === "N" ? -1 : size));
    return this.add("Reshape", [value, this.wholes(sizes)], shape, { Tshape: { type: "DT_INT32" } });
  }

  #unique(wanted: string): string {
    const plain = wanted.replace(/[^A-Za-z0-9_./-]/g, "_").replace(/^(?![A-Za-z0-9.])/, "layer");
    let name = plain;
    for (let count = 1; this.#names.has(name); count++) name = `${plain}_${count}`;
    this.#names.add(name);
    return name;
  }
}
