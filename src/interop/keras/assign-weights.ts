import type { ShapedGraph, ShapedLayer } from "../../analyze/shaped-graph.ts";
import type { WeightSpec } from "../../layers/definition.ts";
import { type WeightValue, type WeightValues, weightKey } from "../../tensor/weight-values.ts";
import type { ImportSink } from "./problems.ts";
import type { WrittenLayer } from "./write-program.ts";

/** A layer's weights in Keras' order: what it trains first, then what else it keeps. */
export interface StoredLayer {
  readonly name: string;
  readonly values: readonly WeightValue[];
}

/** Weights as a file keeps them: each by a name, `model/conv/kernel:0`, or in order for each layer. */
export type StoredWeights =
  | { readonly kind: "named"; readonly tensors: WeightValues }
  | { readonly kind: "layers"; readonly layers: readonly StoredLayer[] };

/** Where a file has the weight of a layer. */
interface WeightFinder {
  find(layer: WrittenLayer, weight: WeightSpec, place: number): WeightValue | undefined;
  /** The names of what nobody asked for. */
  readonly left: readonly string[];
}

/**
 * Gives an imported program its weights.
 *
 * @returns by the program's keys; what is missing or of another shape is reported
 */
export function assignStoredWeights(
  model: ShapedGraph,
  layers: readonly WrittenLayer[],
  stored: StoredWeights,
  sink: ImportSink,
): WeightValues {
  const written = new Map(layers.map((layer) => [layer.row, layer]));
  const finder = stored.kind === "named" ? new NamedWeights(stored.tensors) : new LayerWeights(stored.layers);
  const values = new Map<string, WeightValue>();
  for (const layer of model.layers) {
    const { node, weights } = layer;
    if (node.sharesWeightsOf !== undefined || weights.length === 0) continue;
    const source = written.get(rowOf(layer))!;
    const ordered = [...weights].sort((a, b) => Number(b.trainable) - Number(a.trainable));
    for (const [place, weight] of ordered.entries()) {
      const value = finder.find(source, weight, place) ?? unsaidValue(weight);
      const expected = weight.shape.map((dim) => dim.value ?? 0);
      if (value === undefined) sink.refuse(source, `the file has no weight ${weight.name} for it`);
      else if (!isSameShape(value.shape, expected)) {
        const sizes = `${sizeText(value.shape)} in the file, and should be ${sizeText(expected)}`;
        sink.refuse(source, `its ${weight.name} is ${sizes}`);
      } else values.set(weightKey(node.name, weight.name), { shape: expected, data: value.data });
    }
  }
  const { left } = finder;
  if (left.length > 0) {
    sink.note(`the file has ${left.length} more weights that no layer takes: ${left.slice(0, 3).join(", ")}`);
  }
  return values;
}

/** How many examples the statistics of `normalize` are of; files may leave it out. */
function unsaidValue({ name }: WeightSpec): WeightValue | undefined {
  return name === "count" ? { shape: [], data: new Float32Array(1) } : undefined;
}

/** The program's row on which a layer stands. */
export function rowOf({ node: { span } }: ShapedLayer): number {
  return span.file.position(span.start).line;
}

/** By the layer's name and the weight's own. */
class NamedWeights implements WeightFinder {
  readonly #tensors: WeightValues;
  readonly #keys = new Map<string, string[]>();
  readonly #used = new Set<string>();

  constructor(tensors: WeightValues) {
    this.#tensors = tensors;
    for (const key of tensors.keys()) {
      const parts = key.replace(/:0$/, "").split("/");
      // The layer's name may hold slashes itself, and stand behind those of models around it.
      for (let start = 0; start < parts.length; start++) {
        for (let end = start + 1; end < parts.length; end++) {
          const layer = parts.slice(start, end).join("/");
          this.#add(`${layer}|${parts.slice(end).join("/")}`, key);
          // Of a wrapper: `time_distributed/dense/kernel`.
          if (end < parts.length - 1) this.#add(`${layer}|${parts.at(-1)!}`, key);
        }
      }
    }
  }

  get left(): readonly string[] {
    // Counts of examples, and the states of random numbers.
    return [...this.#tensors.keys()].filter(
      (key) => !this.#used.has(key) && !/\b(count|seed\w*)(:0)?$/.test(key),
    );
  }

  /** The weight of the layer itself, or where models within models have layers of one name, of that which lies in the right one. */
  find({ path, form }: WrittenLayer, { name }: WeightSpec): WeightValue | undefined {
    const layer = path.at(-1)!;
    for (const each of form.weights?.[name] ?? [name]) {
      const found = this.#keys.get(`${layer}|${each}`) ?? [];
      const nearest = found.filter((key) =>
        path.slice(0, -1).every((outer) => key.split("/").includes(outer)),
      );
      const exact = found.find((key) => key.replace(/:0$/, "") === `${layer}/${each}`);
      const chosen = found.length === 1 ? found[0] : nearest.length === 1 ? nearest[0] : exact;
      if (chosen === undefined) continue;
      this.#used.add(chosen);
      return this.#tensors.get(chosen);
    }
    return undefined;
  }

  #add(found: string, key: string): void {
    const keys = this.#keys.get(found) ?? [];
    this.#keys.set(found, keys);
    keys.push(key);
  }
}

/** By the layer's name and the weight's place. */
class LayerWeights implements WeightFinder {
  readonly #layers: readonly StoredLayer[];
  readonly #used = new Set<StoredLayer>();

  constructor(layers: readonly StoredLayer[]) {
    this.#layers = layers;
  }

  get left(): readonly string[] {
    // One number that is a layer's alone is the state of its random numbers.
    const isState = ({ values }: StoredLayer): boolean =>
      values.length === 1 && values[0]!.shape.join() === "2";
    return this.#layers.filter((layer) => !this.#used.has(layer) && !isState(layer)).map(({ name }) => name);
  }

  find({ path }: WrittenLayer, _: WeightSpec, place: number): WeightValue | undefined {
    const [layer, ...others] = this.#layers.filter(({ name }) => name === path.at(-1));
    if (layer === undefined || others.length > 0) return undefined;
    this.#used.add(layer);
    return layer.values[place];
  }
}

/** The same sizes, axes of one cell left out: Keras keeps some that the language does without. */
function isSameShape(actual: readonly number[], expected: readonly number[]): boolean {
  const long = (shape: readonly number[]): string => shape.filter((size) => size !== 1).join("x");
  return long(actual) === long(expected);
}

function sizeText(shape: readonly number[]): string {
  return shape.length === 0 ? "one number" : shape.join("x");
}
