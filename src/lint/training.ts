import type { ShapedLayer } from "../analyze/shaped-graph.ts";
import type { ArgumentValue, Setting } from "../graph/layer-graph.ts";
import type { Span } from "../source/source-file.ts";
import { activationOf, movingKinds } from "./layer-facts.ts";
import type { Network } from "./network.ts";

/** A value of the `train` section with its place. */
export interface SettingValue {
  readonly value: ArgumentValue;
  readonly span: Span;
}

/** What rules want to know of the `train` section; what is wrong in itself is reported elsewhere. */
export interface Training {
  readonly span: Span;
  /** The first value of a setting: that of `loss`, `data`, `batch`. */
  first(setting: string): SettingValue | undefined;
  named(setting: string, ...names: readonly string[]): SettingValue | undefined;
  positional(setting: string, index: number): SettingValue | undefined;
  /** All statements of a setting that may stand several times. */
  all(setting: string): readonly Setting[];
}

export function trainingOf({ model }: Network): Training | undefined {
  const section = model.graph.sections.find(({ name }) => name === "train");
  if (section === undefined) return undefined;
  const find = (name: string): Setting | undefined =>
    section.settings.find((setting) => setting.name === name);
  const positional = (name: string, index: number): SettingValue | undefined => find(name)?.positional[index];
  return {
    span: section.span,
    first: (name) => positional(name, 0),
    positional,
    all: (name) => section.settings.filter((setting) => setting.name === name),
    named(name, ...keys) {
      const given = find(name)?.named ?? {};
      return keys.filter((key) => Object.hasOwn(given, key)).map((key) => given[key]!)[0];
    },
  };
}

/** The end of a model, or of one of its outputs. */
export interface LastLayer {
  readonly output: ShapedLayer;
  /** The layer whose activation it is: a layer with weights, or an activation by itself. */
  readonly layer: ShapedLayer;
  /** `linear` where a dense layer or convolution ends without any; undefined where something else ends the model. */
  readonly activation: string | undefined;
  /** How many numbers the last axis of the output has. */
  readonly units: number | undefined;
}

/** The end of the output of that name, or else of the only one; undefined where there is none such. */
export function lastLayerOf(network: Network, name?: ArgumentValue): LastLayer | undefined {
  const { outputs } = network.model.graph;
  const found = name === undefined ? outputs : outputs.filter((output) => output.name === name);
  if (found.length !== 1) return undefined;
  const output = network.model.layer(found[0]!.layer);
  const units = output.shape?.at(-1)?.value;
  let layer = output;
  while (movingKinds.has(layer.node.kind)) layer = network.inputOf(layer)!;
  const activation = activationOf(layer);
  const isKnown = activation !== "linear" || layer.node.kind === "dense" || layer.node.kind === "conv";
  return { output, layer, activation: isKnown ? activation : undefined, units };
}
