import { dataTypeOfArray } from "./data-type.ts";
import type { OnnxDataType } from "./data-type.ts";
import { finishDraft, renameValues } from "./finish-graph.ts";
import type { GraphDraft } from "./finish-graph.ts";
import { attributesKey, TensorContents } from "./interning.ts";
import { subgraphsOf } from "./onnx-graph.ts";
import type { OnnxAttribute, OnnxData, OnnxDims, OnnxGraph, OnnxInteger, OnnxModel } from "./onnx-graph.ts";
import type { OnnxOpset } from "./onnx-graph.ts";
import { requireDataLength } from "./tensor-data.ts";

/** A value of the graph under construction: a unique name. The finished graph may call it otherwise (OnnxBuilder.output). */
export type ValueHandle = string;

type Attributes = Readonly<Record<string, OnnxAttribute>>;

export interface NodeOptions {
  /** The operator set's domain; "", ONNX's own, if left out. */
  readonly domain?: string;
  /** What the node is called within the scope; the operator's name if left out. */
  readonly name?: string;
  /** Never the same as another node, however alike: for operators with a state. Those that draw random numbers always are. */
  readonly unique?: boolean;
}

/** What a model says of itself; each has a default. */
export interface ModelInfo {
  /** Versions of operator sets. If left out: 17 for ONNX's own, 1 for any other that the graph uses. */
  readonly opsets?: readonly OnnxOpset[];
  readonly irVersion?: number;
  readonly producerName?: string;
  readonly producerVersion?: string;
  readonly modelVersion?: number;
  readonly docString?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Opset 17 and file format 8 are read by every ONNX Runtime since 1.12. */
const defaultOpset = 17;
const defaultIrVersion = 8;

const randomOperators: ReadonlySet<string> = new Set([
  "Bernoulli",
  "Dropout",
  "Multinomial",
  "RandomNormal",
  "RandomNormalLike",
  "RandomUniform",
  "RandomUniformLike",
]);

/** What a graph and the subgraphs inside it have in common. */
interface SharedState {
  readonly usedHandles: Set<ValueHandle>;
  /** Where to go on counting for a name that is taken. */
  readonly suffixes: Map<string, number>;
  readonly contents: TensorContents;
  /** By the content's number. */
  readonly constants: Map<number, ValueHandle>;
  /** What elements values have, as far as that was said. */
  readonly dataTypes: Map<ValueHandle, OnnxDataType>;
  scope: string;
}

/**
 * Makes an ONNX graph, node by node. Equal nodes are made once (common subexpressions), equal constants stored once, and what
 * no output needs is left out at the end. Values and nodes are named after scope and operator: `conv2d_1/Conv`.
 *
 * Mistakes in its use are the compiler's own, so they throw plain errors.
 */
export class OnnxBuilder {
  private readonly draft: GraphDraft;
  private readonly parent: OnnxBuilder | undefined;
  private readonly shared: SharedState;
  private readonly known = new Set<ValueHandle>();
  private readonly nodesByKey = new Map<string, readonly ValueHandle[]>();
  /** The names of inputs and initializers, which the finished model keeps. */
  private readonly fixedNames = new Map<ValueHandle, string>();

  constructor(graphName: string, parent?: OnnxBuilder) {
    this.draft = { name: graphName, inputs: [], outputs: [], initializers: [], nodes: [], types: new Map() };
    this.parent = parent;
    this.shared = parent?.shared ?? {
      usedHandles: new Set(),
      suffixes: new Map(),
      contents: new TensorContents(),
      constants: new Map(),
      dataTypes: new Map(),
      scope: "",
    };
  }

  /** An input of this name. (In a subgraph, whose inputs go by position, the name is only a wish.) */
  input(name: string, dataType: OnnxDataType, dims: OnnxDims): ValueHandle {
    const value = this.namedValue(name);
    this.shared.dataTypes.set(value, dataType);
    this.draft.inputs.push({ name: value, type: { kind: "tensor", dataType, dims } });
    return value;
  }

  /** A weight, which keeps this name in the file. Other constants are `constant`'s affair. */
  initializer(
    name: string,
    data: OnnxData,
    dims: readonly number[],
    dataType: OnnxDataType = dataTypeOfArray(data),
  ): ValueHandle {
    if (this.parent !== undefined) return this.parent.initializer(name, data, dims, dataType);
    const value = this.namedValue(name);
    this.shared.dataTypes.set(value, dataType);
    requireDataLength({ name, dataType, dims, data });
    this.draft.initializers.push({ name: value, dataType, dims, data });
    return value;
  }

  /**
   * A constant, stored once however often it is asked for. The data are not copied and must not change. The data type follows
   * from the array's class; bool (Uint8Array) and float16 (Uint16Array) must be said.
   */
  constant(
    data: OnnxData,
    dims: readonly number[],
    name?: string,
    dataType: OnnxDataType = dataTypeOfArray(data),
  ): ValueHandle {
    if (this.parent !== undefined) return this.parent.constant(data, dims, name, dataType);
    requireDataLength({ name: name ?? "constant", dataType, dims, data });
    const content = this.shared.contents.idOf({ dataType, dims, data });
    let value = this.shared.constants.get(content);
    if (value === undefined) {
      value = this.freshHandle(name === undefined ? `constant/${shortText(data)}` : this.shared.scope + name);
      this.shared.constants.set(content, value);
      this.known.add(value);
      this.shared.dataTypes.set(value, dataType);
      this.draft.initializers.push({ name: value, dataType, dims, data });
    }
    return value;
  }

  /** A float32 constant without dimensions. */
  scalar(value: number): ValueHandle {
    return this.constant(Float32Array.of(value), []);
  }

  /** A list of int64, as Reshape, Slice, Pad and others take their arguments. */
  int64s(values: readonly OnnxInteger[]): ValueHandle {
    return this.constant(BigInt64Array.from(values, BigInt), [values.length]);
  }

  /**
   * A node with one output, which is returned. "" stands for an absent input. A node equal to an earlier one, here or in a graph
   * around this one, is that node; an Identity is its input.
   */
  node(
    opType: string,
    inputs: readonly ValueHandle[],
    attributes: Attributes = {},
    options: NodeOptions = {},
  ): ValueHandle {
    if (opType === "Identity" && options.unique !== true) {
      this.requireKnown(inputs[0]!, opType);
      return inputs[0]!;
    }
    return this.nodes(opType, inputs, 1, attributes, options)[0]!;
  }

  /** A node with several outputs, which are returned; otherwise as `node`. */
  nodes(
    opType: string,
    inputs: readonly ValueHandle[],
    outputCount: number,
    attributes: Attributes = {},
    options: NodeOptions = {},
  ): readonly ValueHandle[] {
    for (const value of inputs) if (value !== "") this.requireKnown(value, opType);
    const key = this.nodeKey(opType, inputs, outputCount, attributes, options);
    const earlier = key === undefined ? undefined : this.findNode(key);
    if (earlier !== undefined) return earlier;
    const name = this.freshHandle(this.shared.scope + (options.name ?? opType));
    const outputs = Array.from({ length: outputCount }, (_, index) =>
      index === 0 ? name : this.freshHandle(`${name}:${index}`),
    );
    for (const value of outputs) this.known.add(value);
    this.draft.nodes.push({
      name,
      opType,
      domain: options.domain ?? "",
      inputs: [...inputs],
      outputs,
      attributes,
    });
    if (key !== undefined) this.nodesByKey.set(key, outputs);
    return outputs;
  }

  /** Names what `body` makes after `scope`, within the scope around it. */
  withScope<Result>(scope: string, body: () => Result): Result {
    const outer = this.shared.scope;
    this.shared.scope = `${outer}${scope}/`;
    try {
      return body();
    } finally {
      this.shared.scope = outer;
    }
  }

  /** Makes a value an output of exactly this name (in a subgraph: the next output). */
  output(name: string, value: ValueHandle, dataType: OnnxDataType, dims: OnnxDims): void {
    this.requireKnown(value, `output "${name}"`);
    this.draft.outputs.push({ name, value, type: { kind: "tensor", dataType, dims } });
  }

  /** Records the type of a node's output in the file, for people and tools that look at it. */
  describe(value: ValueHandle, dataType: OnnxDataType, dims: OnnxDims): void {
    this.shared.dataTypes.set(value, dataType);
    this.draft.types.set(value, { kind: "tensor", dataType, dims });
  }

  /** What elements a value has: of inputs and constants, and of nodes whose type was recorded. */
  dataTypeOf(value: ValueHandle): OnnxDataType {
    const dataType = this.shared.dataTypes.get(value);
    if (dataType === undefined) throw misuse(`the type of "${value}" was not recorded`);
    return dataType;
  }

  /**
   * A graph for an attribute of If, Loop or Scan. Its builder sees every value made so far, here and further out; its constants
   * and weights are stored in the outermost graph.
   */
  subgraph(name: string, body: (builder: OnnxBuilder) => void): OnnxAttribute {
    const builder = new OnnxBuilder(name, this);
    body(builder);
    const graph = finishDraft(
      builder.draft,
      () => this.freshHandle(`${this.shared.scope}Identity`),
      () => false,
    );
    return { kind: "graph", value: graph };
  }

  /** The model: inputs, weights and outputs under their names, nothing in it that no output needs but inputs. */
  finish(info: ModelInfo = {}): OnnxModel {
    const graph = this.finishGraph();
    return {
      irVersion: info.irVersion ?? defaultIrVersion,
      opsets: opsetsOf(graph, info.opsets ?? []),
      producerName: info.producerName ?? "cnn-lang",
      producerVersion: info.producerVersion ?? "",
      modelVersion: info.modelVersion ?? 0,
      docString: info.docString ?? "",
      metadata: info.metadata ?? {},
      graph,
    };
  }

  private finishGraph(): OnnxGraph {
    if (this.parent !== undefined) throw misuse("a subgraph is finished by its parent");
    const graph = finishDraft(
      this.draft,
      () => this.freshHandle("Identity"),
      (value, name) => this.fixedNames.get(value) === name,
    );
    const names = new Map(this.fixedNames);
    graph.outputs.forEach(({ name: value }, index) => names.set(value, this.draft.outputs[index]!.name));
    const taken = new Set(names.values());
    const outputNames = new Set(this.draft.outputs.map((output) => output.name));
    if (taken.size < names.size || outputNames.size < graph.outputs.length)
      throw misuse(`two values have the same name: ${[...names.values()].join(", ")}`);
    return renameValues(graph, (value) => {
      let name = names.get(value);
      if (name === undefined) {
        name = value;
        for (
          let suffix = 1;
          taken.has(name) || (name !== value && this.shared.usedHandles.has(name));
          suffix++
        ) {
          name = `${value}_${suffix}`;
        }
        names.set(value, name);
        taken.add(name);
      }
      return name;
    });
  }

  /** A handle for a value that has a name to keep. */
  private namedValue(name: string): ValueHandle {
    const value = this.freshHandle(name);
    this.known.add(value);
    if (this.parent === undefined) this.fixedNames.set(value, name);
    return value;
  }

  private freshHandle(base: string): ValueHandle {
    const { usedHandles, suffixes } = this.shared;
    let handle = base;
    while (usedHandles.has(handle)) {
      const suffix = (suffixes.get(base) ?? 0) + 1;
      suffixes.set(base, suffix);
      handle = `${base}_${suffix}`;
    }
    usedHandles.add(handle);
    return handle;
  }

  private requireKnown(value: ValueHandle, user: string): void {
    if (!this.isKnown(value))
      throw misuse(`${user} uses "${value}", which is not made yet or not visible here`);
  }

  private isKnown(value: ValueHandle): boolean {
    return this.known.has(value) || (this.parent?.isKnown(value) ?? false);
  }

  /** Undefined for nodes that are never the same as another. */
  private nodeKey(
    opType: string,
    inputs: readonly ValueHandle[],
    outputCount: number,
    attributes: Attributes,
    options: NodeOptions,
  ): string | undefined {
    if (options.unique === true || randomOperators.has(opType)) return undefined;
    const key = attributesKey(attributes, this.shared.contents);
    return key && JSON.stringify([opType, options.domain ?? "", outputCount, inputs, key]);
  }

  private findNode(key: string): readonly ValueHandle[] | undefined {
    return this.nodesByKey.get(key) ?? this.parent?.findNode(key);
  }
}

function misuse(problem: string): Error {
  return new Error(`a mistake of the compiler: ${problem}`);
}

/** Some numbers for a constant's name: `0.5`, `1x28x-1`. */
function shortText(data: OnnxData): string {
  if (data.length > 6 || !ArrayBuffer.isView(data)) return "data";
  return Array.from(data as ArrayLike<number | bigint>, (entry) => +Number(entry).toPrecision(7)).join("x");
}

function opsetsOf(graph: OnnxGraph, given: readonly OnnxOpset[]): OnnxOpset[] {
  const domains = new Set([""]);
  const graphs = [graph];
  for (let next = graphs.pop(); next !== undefined; next = graphs.pop()) {
    for (const node of next.nodes) {
      domains.add(node.domain);
      graphs.push(...subgraphsOf(node));
    }
  }
  return [...domains].sort().map((domain) => ({
    domain,
    version: given.find((opset) => opset.domain === domain)?.version ?? (domain === "" ? defaultOpset : 1),
  }));
}
