// keras/: a Keras configuration as a program of the language: `model.to_json()`, the topology of a model.json.
import { type JsonObject, isObject, objectsIn, textOr } from "./json.ts";
import type { ImportSink } from "./problems.ts";
import { readCalls, readReferences, type TensorReference } from "./references.ts";

/** Keras 2 and TensorFlow.js, or Keras 3: some words mean something else there. */
export type Dialect = "keras2" | "keras3";

/** One use of a layer. Two uses of one layer have the same path. */
export interface KerasNode {
  readonly id: number;
  /** The layer's name, behind those of the models that it stands in. */
  readonly path: readonly string[];
  readonly className: string;
  readonly config: JsonObject;
  readonly inputs: readonly number[];
}

/** A model with the models within it laid open: nodes in an order in which each stands behind its inputs. */
export interface KerasNetwork {
  readonly name: string;
  readonly dialect: Dialect;
  readonly nodes: readonly KerasNode[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** A layer as its model lists it. */
interface ListedLayer {
  readonly name: string;
  readonly className: string;
  readonly config: JsonObject;
  /** The tensors that each of its uses takes. */
  readonly calls: readonly (readonly TensorReference[])[];
}

const modelClasses: ReadonlySet<string> = new Set(["Model", "Functional", "Sequential"]);
/** Models within models; more are a file made to do harm. */
const deepest = 20;
const mostNodes = 100_000;

/**
 * Reads a model's configuration.
 *
 * @param root `{ class_name, config }`, as `model.to_json()` gives it
 * @throws InputError where the file is no such configuration
 */
export function readNetwork(root: unknown, sink: ImportSink): KerasNetwork {
  if (!isObject(root) || !modelClasses.has(textOr(root["class_name"], ""))) {
    return sink.fail(
      "this is no Keras model of layers: no Sequential or Functional model stands at its top",
      "subclassed models have no configuration; build the same with layers, and save it",
    );
  }
  const reader = new NetworkReader(sink);
  const config = configOf(root);
  const dialect = /^(keras|builtins)/.test(textOr(root["module"], "")) ? "keras3" : "keras2";
  const { outputs, inputs } = reader.readModel(textOr(root["class_name"], ""), config, [], undefined);
  return { name: textOr(config["name"], "model"), dialect, nodes: reader.nodes, inputs, outputs };
}

function configOf(layer: JsonObject): JsonObject {
  const { config } = layer;
  // A Sequential model of Keras 1 is a bare list.
  return Array.isArray(config) ? { layers: config } : isObject(config) ? config : {};
}

class NetworkReader {
  readonly nodes: KerasNode[] = [];
  readonly #sink: ImportSink;

  constructor(sink: ImportSink) {
    this.#sink = sink;
  }

  /** @param given the tensors that a model within another is called with */
  readModel(
    className: string,
    config: JsonObject,
    path: readonly string[],
    given: readonly number[] | undefined,
  ): { readonly inputs: readonly number[]; readonly outputs: readonly number[] } {
    if (path.length > deepest) this.#sink.fail(`models within models, more than ${deepest} deep`);
    const layers = objectsIn(config["layers"]).map((layer) => this.#listed(layer));
    return className === "Sequential"
      ? this.#readSequence(layers, config, path, given)
      : this.#readGraph(layers, config, path, given);
  }

  #listed(layer: JsonObject): ListedLayer {
    const config = configOf(layer);
    const className = textOr(layer["class_name"], "");
    const name = textOr(layer["name"], textOr(config["name"], className.toLowerCase()));
    return { name, className, config, calls: readCalls(layer["inbound_nodes"]) };
  }

  #readSequence(
    layers: readonly ListedLayer[],
    config: JsonObject,
    path: readonly string[],
    given: readonly number[] | undefined,
  ): { readonly inputs: readonly number[]; readonly outputs: readonly number[] } {
    const first = layers[0];
    if (first === undefined) return this.#sink.fail(`the model ${path.join("/") || "itself"} has no layers`);
    let inputs = given;
    if (inputs === undefined) {
      const shape = inputShape(first.config) ?? config["build_input_shape"];
      const declared = first.className === "InputLayer";
      const name = declared ? first.name : `${first.name}_input`;
      const layer = {
        name,
        className: "InputLayer",
        config: { batch_input_shape: shape ?? null },
        calls: [],
      };
      inputs = this.#add(layer, path, []);
    }
    let current = inputs;
    for (const layer of layers) {
      if (layer.className !== "InputLayer") current = this.#add(layer, path, current);
    }
    return { inputs, outputs: current };
  }

  #readGraph(
    layers: readonly ListedLayer[],
    config: JsonObject,
    path: readonly string[],
    given: readonly number[] | undefined,
  ): { readonly inputs: readonly number[]; readonly outputs: readonly number[] } {
    const tensors = new Map<string, readonly number[]>();
    const inputs = readReferences(config["input_layers"]);
    inputs.forEach(({ layer }, index) => {
      if (given !== undefined) tensors.set(`${layer}:0`, given.slice(index, index + 1));
    });
    // Inputs come first, in the model's order of them, which that of the layers need not be.
    const places = new Map(inputs.map(({ layer }, index) => [layer, index]));
    const placeOf = ({ name }: ListedLayer): number => places.get(name) ?? inputs.length;
    const ordered = [...layers].sort((one, other) => placeOf(one) - placeOf(other));
    const calls = ordered.flatMap((layer) =>
      layer.className === "InputLayer" && layer.calls.length === 0
        ? [{ layer, use: 0, takes: [] as readonly TensorReference[] }]
        : layer.calls.map((takes, use) => ({ layer, use, takes })),
    );
    const waiting = new WaitingCalls(calls.filter(({ layer }) => !tensors.has(`${layer.name}:0`)));
    for (const key of tensors.keys()) waiting.settle(key);
    for (let call = waiting.next(); call !== undefined; call = waiting.next()) {
      const { layer, use, takes } = call;
      const operands = takes.map((reference) => this.#tensorOf(tensors, reference, layer.name));
      tensors.set(`${layer.name}:${use}`, this.#add(layer, path, operands));
      waiting.settle(`${layer.name}:${use}`);
    }
    const find = (reference: TensorReference): number => this.#tensorOf(tensors, reference, "the model");
    const outputs = readReferences(config["output_layers"]).map(find);
    if (outputs.length === 0) this.#sink.fail(`the model ${path.join("/") || "itself"} has no outputs`);
    return { inputs: given ?? inputs.map(find), outputs };
  }

  #tensorOf(
    tensors: ReadonlyMap<string, readonly number[]>,
    { layer, use, output }: TensorReference,
    user: string,
  ): number {
    const found = tensors.get(`${layer}:${use}`)?.[output];
    return found ?? this.#sink.fail(`${user} takes a tensor of ${layer}, which gives none (use ${use})`);
  }

  /** One use of a layer; a model as a layer is laid open. @returns its outputs */
  #add(layer: ListedLayer, outer: readonly string[], inputs: readonly number[]): readonly number[] {
    const { name, className, config } = layer;
    const path = [...outer, name];
    if (modelClasses.has(className)) return this.readModel(className, config, path, inputs).outputs;
    const id = this.nodes.length;
    if (id >= mostNodes) this.#sink.fail(`more than ${mostNodes} layers`);
    this.nodes.push({ id, path, className, config, inputs });
    return [id];
  }
}

interface Call {
  readonly layer: ListedLayer;
  readonly use: number;
  readonly takes: readonly TensorReference[];
}

/** Gives calls in an order in which each stands behind those whose tensors it takes: what can go on from the last call goes first. */
class WaitingCalls {
  readonly #missing: Set<string>[];
  readonly #calls: readonly Call[];
  readonly #users = new Map<string, number[]>();
  /** A stack. */
  readonly #ready: number[] = [];

  constructor(calls: readonly Call[]) {
    this.#calls = calls;
    this.#missing = calls.map(({ takes }) => new Set(takes.map(({ layer, use }) => `${layer}:${use}`)));
    for (const [index, missing] of this.#missing.entries()) {
      for (const key of missing) {
        const users = this.#users.get(key) ?? [];
        this.#users.set(key, users);
        users.push(index);
      }
    }
    for (const [index, missing] of [...this.#missing.entries()].reverse()) {
      if (missing.size === 0) this.#ready.push(index);
    }
  }

  next(): Call | undefined {
    const index = this.#ready.pop();
    return index === undefined ? undefined : this.#calls[index];
  }

  settle(key: string): void {
    for (const index of [...(this.#users.get(key) ?? [])].reverse()) {
      const missing = this.#missing[index]!;
      if (missing.delete(key) && missing.size === 0) this.#ready.push(index);
    }
  }
}

/** With the batch in front. */
export function inputShape(config: JsonObject): unknown {
  return config["batch_shape"] ?? config["batch_input_shape"];
}
