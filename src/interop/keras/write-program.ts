import { reservedMeaning } from "../../elaborate/words.ts";
import { kerasLayerName } from "../../layers/index.ts";
import { layerForms } from "./forms/index.ts";
import type { LayerForm } from "./form.ts";
import { LayerReader } from "./layer-reader.ts";
import { inputShape, type KerasNetwork, type KerasNode } from "./network.ts";
import type { ImportSink, LayerPlace } from "./problems.ts";

/** A layer of the configuration, and the row of the program on which it stands. */
export interface WrittenLayer extends LayerPlace {
  readonly path: readonly string[];
  readonly form: LayerForm;
  readonly config: KerasNode["config"];
  /** Of its statements, counted from 1. */
  readonly row: number;
  /** Its input's last axis, where the configuration says which that is. */
  readonly lastAxis: number | undefined;
}

export interface WrittenProgram {
  readonly text: string;
  readonly layers: readonly WrittenLayer[];
}

/** Writes a network as a program, one row a layer; what has no counterpart is reported. */
export function writeProgram(network: KerasNetwork, sink: ImportSink): WrittenProgram {
  return new ProgramWriter(network, sink).write();
}

class ProgramWriter {
  readonly #network: KerasNetwork;
  readonly #sink: ImportSink;
  readonly #rows: string[] = [];
  readonly #layers: WrittenLayer[] = [];
  readonly #taken = new Set<string>();
  /** The name of each node's tensor; those that no row names have none. */
  readonly #labels = new Map<number, string>();
  /** Nodes that do nothing stand for their input. */
  readonly #sameAs = new Map<number, number>();
  /** The names of layers that are used several times, by their paths. */
  readonly #shared = new Map<string, string>();
  readonly #named: ReadonlySet<number>;
  /** Activations that are arguments of the layer before, by that layer's node. */
  readonly #activations: ReadonlyMap<number, KerasNode>;
  #current: number | undefined;

  constructor(network: KerasNetwork, sink: ImportSink) {
    this.#network = network;
    this.#sink = sink;
    this.#named = findNamed(network);
    this.#activations = findActivations(network);
  }

  write(): WrittenProgram {
    const { nodes, name, outputs } = this.#network;
    this.#rows.push(`model ${this.#newName(name, "model")}`, "");
    this.#declareShared();
    const folded = new Set([...this.#activations.values()].map(({ id }) => id));
    for (const node of nodes) {
      if (folded.has(node.id)) continue;
      if (node.className === "InputLayer") this.#writeInput(node);
      else this.#writeLayer(node);
    }
    const results = outputs.map((id) => this.#resolve(id));
    if (results.length > 1 || results[0] !== this.#current) {
      this.#rows.push(
        `output ${results.map((id) => this.#labels.get(id) ?? this.#missingLabel(id)).join(" ")}`,
      );
    }
    return { text: `${this.#rows.join("\n")}\n`, layers: this.#layers };
  }

  #writeInput(node: KerasNode): void {
    const shape = inputShape(node.config);
    const sizes = Array.isArray(shape) ? (shape as unknown[]).slice(1) : [];
    if (
      sizes.length === 0 ||
      !sizes.every((size) => size === null || (typeof size === "number" && size > 0))
    ) {
      this.#sink.refuse(
        placeOf(node),
        "its shape is not said",
        "build the model with an Input of a known rank, and save it again",
      );
    }
    const isSole = this.#network.inputs.length === 1;
    const name = isSole && !this.#named.has(node.id) ? "" : `${this.#labelFor(node)} `;
    this.#rows.push(`input ${name}${sizes.map((size) => size ?? "?").join("x")}`);
    this.#current = node.id;
  }

  #writeLayer(node: KerasNode): void {
    const place = placeOf(node);
    const form = layerForms.get(node.className);
    const inputs = node.inputs.map((id) => this.#resolve(id));
    if (form === undefined) {
      this.#sink.refuse(
        place,
        "the language has no counterpart",
        "docs/keras-layers.md says which layers it has, and why others are missing",
      );
      this.#settle(node, inputs[0]);
      return;
    }
    const { reader, statements } = this.#read(node, form, inputs);
    if (statements.length === 0) {
      this.#settle(node, inputs[0]);
      return;
    }
    this.#goTo(inputs[0]);
    const shared = this.#shared.get(pathText(node));
    const row = shared === undefined ? statements : [shared];
    const activation = this.#activations.get(node.id);
    const result = activation?.id ?? node.id;
    const label =
      this.#named.has(result) || !isAutomatic(node) ? `${this.#labelFor(node, result, shared)}: ` : "";
    const last = `${label}${row.at(-1)!}${activation === undefined ? "" : ` ${this.#argumentOf(activation)}`}`;
    this.#rows.push([...row.slice(0, -1), last].join("; "));
    if (shared === undefined) this.#remember(node, form, reader.lastAxis);
    this.#current = result;
  }

  /** An activation's statement as the argument of another: `leaky_relu 0.1` is `leaky_relu(0.1)`, whose default is another there. */
  #argumentOf(node: KerasNode): string {
    const [statement = "linear"] = this.#read(node, layerForms.get(node.className)!, node.inputs).statements;
    const [word, parameter = word === "leaky_relu" ? "0.3" : undefined] = statement.split(" ");
    return parameter === undefined ? word! : `${word}(${parameter})`;
  }

  #read(
    node: KerasNode,
    form: LayerForm,
    inputs: readonly number[],
  ): { readonly reader: LayerReader; readonly statements: readonly string[] } {
    const about = { dialect: this.#network.dialect, inputCount: inputs.length, sink: this.#sink };
    const reader = new LayerReader(placeOf(node), node.config, about);
    const isAttention = node.className === "MultiHeadAttention";
    if (inputs.length === 0) reader.refuse("it takes no tensor");
    if (isAttention && new Set(inputs).size > 1) {
      reader.refuse(
        "its query, value and key are different tensors, and only self-attention has a counterpart",
      );
    }
    const others = isAttention
      ? []
      : inputs.slice(1).map((id) => this.#labels.get(id) ?? this.#missingLabel(id));
    const statements = form.statements(reader, others);
    const isFrozen = node.config["trainable"] === false && form.weights !== undefined;
    return {
      reader,
      statements: isFrozen
        ? statements.map((each, index) => (index === 0 ? `${each} trainable=no` : each))
        : statements,
    };
  }

  /** A layer that is used several times is declared in front, with its weights. */
  #declareShared(): void {
    const uses = new Map<string, KerasNode[]>();
    for (const node of this.#network.nodes) {
      if (layerForms.get(node.className)?.weights === undefined) continue;
      const path = pathText(node);
      uses.set(path, [...(uses.get(path) ?? []), node]);
    }
    for (const [path, [node, ...others]] of uses) {
      if (others.length === 0) continue;
      const form = layerForms.get(node!.className)!;
      const { reader, statements } = this.#read(node!, form, node!.inputs.slice(0, 1));
      const name = this.#newName(node!.path.join("_"), "layer");
      this.#shared.set(path, name);
      this.#rows.push(`shared ${name} { ${statements.join("; ")} }`);
      this.#remember(node!, form, reader.lastAxis);
    }
  }

  #remember(node: KerasNode, form: LayerForm, lastAxis: number | undefined): void {
    const { path, config } = node;
    this.#layers.push({ ...placeOf(node), path, form, config, row: this.#rows.length, lastAxis });
  }

  #goTo(id: number | undefined): void {
    if (id === undefined || id === this.#current) return;
    this.#rows.push(`from ${this.#labels.get(id) ?? this.#missingLabel(id)}`);
    this.#current = id;
  }

  #settle(node: KerasNode, input: number | undefined): void {
    if (input !== undefined) this.#sameAs.set(node.id, input);
  }

  #resolve(id: number): number {
    return this.#sameAs.get(id) ?? id;
  }

  /** @param result the node whose tensor goes by the label */
  #labelFor(node: KerasNode, result = node.id, shared?: string): string {
    const label = this.#newName(shared === undefined ? node.path.join("_") : `${shared}_out`, "layer");
    this.#labels.set(result, label);
    return label;
  }

  /** Every tensor that is named has its label before it is: `findNamed` goes over the same uses. */
  #missingLabel(id: number): string {
    return this.#network.nodes[id]!.path.join("_");
  }

  #newName(given: string, otherwise: string): string {
    const plain = given.replace(/[^A-Za-z0-9_]/g, "_").replace(/^(?=\d)/, "_") || otherwise;
    const free =
      reservedMeaning(plain) === undefined && !/^[A-Z]+$/.test(plain) ? plain : `${plain}_${otherwise}`;
    let name = free;
    for (let count = 2; this.#taken.has(name); count++) name = `${free}_${count}`;
    this.#taken.add(name);
    return name;
  }
}

/** The nodes whose tensors must have a name: those that a later row than the next takes, or takes beside another. */
function findNamed({ nodes, outputs }: KerasNetwork): ReadonlySet<number> {
  const named = new Set<number>();
  // Layers that do nothing are told apart only when they are written, so what they stand for is named to be sure.
  const isSilent = (node: KerasNode): boolean =>
    silentClasses.has(node.className) || !layerForms.has(node.className);
  let before: number | undefined;
  for (const node of nodes) {
    const [first, ...others] = node.inputs;
    for (const id of others) named.add(id);
    if (first !== undefined && first !== before) named.add(first);
    if (isSilent(node) && first !== undefined) named.add(first);
    before = node.id;
  }
  if (outputs.length > 1 || outputs[0] !== before) for (const id of outputs) named.add(id);
  return named;
}

/**
 * Our exports write an activation that the layers of TensorFlow.js do not take as a layer of its own, `conv/activation`, which nobody
 * but it sees the tensor before.
 */
function findActivations({ nodes, outputs }: KerasNetwork): ReadonlyMap<number, KerasNode> {
  const users = new Map<number, number>(outputs.map((id) => [id, 1]));
  const uses = new Map<string, number>();
  for (const node of nodes) {
    for (const id of node.inputs) users.set(id, (users.get(id) ?? 0) + 1);
    uses.set(pathText(node), (uses.get(pathText(node)) ?? 0) + 1);
  }
  return new Map(
    nodes.flatMap((node) => {
      const before = nodes[node.inputs[0] ?? -1];
      const isOwn = before !== undefined && pathText(node) === `${pathText(before)}/activation`;
      const takesOne = isOwn && activationTakers.has(before.className) && uses.get(pathText(before)) === 1;
      return takesOne && users.get(before.id) === 1 && layerForms.has(node.className)
        ? [[before.id, node] as const]
        : [];
    }),
  );
}

/** Classes whose statements take an activation. */
const activationTakers: ReadonlySet<string> = new Set([
  "Dense",
  ...[...layerForms.keys()].filter((name) => /Conv/.test(name)),
]);

/** Classes whose layers may leave no statement. */
const silentClasses: ReadonlySet<string> = new Set([
  "Identity",
  "RandomFlip",
  "RandomRotation",
  "RandomZoom",
  "RandomTranslation",
  "RandomContrast",
  "RandomBrightness",
]);

/** Names that Keras gives by itself, without their numbers. */
const automaticNames: ReadonlySet<string> = new Set(
  [...layerForms.keys(), "LocalResponseNormalization", "InstanceNormalization"].map(kerasLayerName),
);

/**
 * Whether the layer has a name like that which it would have anyway: `conv2d_3`, in TensorFlow.js `conv2d_Conv2D3`; the numbers may
 * come out otherwise.
 */
function isAutomatic({ path: [name], path, className }: KerasNode): boolean {
  const base = name!.replace(/_?\d+$/, "").replace(new RegExp(`_${className}$`), "");
  return path.length === 1 && (automaticNames.has(base) || automaticNames.has(name!));
}

function pathText({ path }: KerasNode): string {
  return path.join("/");
}

function placeOf({ path, className }: KerasNode): LayerPlace {
  return { name: path.join("/"), className };
}
