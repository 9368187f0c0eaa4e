import type { RandomDistribution } from "../../tensor/tensor-graph.ts";
import type { LayerVariable, Tensor, TensorFlow, TensorFlowLayer } from "../tensorflow.ts";
import { numbersOfCondition } from "./many-axes.ts";

/** Gives random numbers of a distribution for a layer; a run gives its own, a page takes TensorFlow.js'. */
export type RandomSource = (
  layer: string,
  distribution: RandomDistribution,
  shape: readonly number[],
) => Tensor;

/** What a custom layer computes with. */
export interface CustomContext<Settings> {
  readonly tf: TensorFlow;
  readonly settings: Settings;
  readonly inputs: readonly Tensor[];
  /** Of one example. */
  readonly outputShape: readonly number[];
  readonly training: boolean;
  weight(name: string): Tensor;
  optionalWeight(name: string): Tensor | undefined;
  /** Gives a weight that no gradient trains its next value. */
  updateWeight(name: string, value: Tensor): void;
  random(distribution: RandomDistribution, shape: readonly number[]): Tensor;
}

/** The whole of a custom layer: its weights and the shape of its result stand in its configuration. */
export type CustomCompute<Settings extends object> = (context: CustomContext<Settings>) => Tensor;

export interface CustomWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly trainable: boolean;
}

/** What a model.json says of a custom layer, beside its name. */
export interface CustomConfig {
  readonly settings: object;
  readonly outputShape: readonly number[];
  readonly weights: readonly CustomWeight[];
}

/** Makes a layer of a class; `random` is for training in a run. */
export type CustomConstructor = new (
  config: CustomConfig & { readonly name?: string; readonly trainable?: boolean },
  random?: RandomSource,
) => TensorFlowLayer;

/** A class of layers that TensorFlow.js can save and load, made around a computation. */
export function createCustomClass(
  tf: TensorFlow,
  className: string,
  compute: CustomCompute<object>,
): CustomConstructor {
  class CustomLayer extends tf.layers.Layer {
    static readonly className = className;
    readonly #config: CustomConfig;
    readonly #random: RandomSource;
    readonly #variables = new Map<string, LayerVariable>();

    constructor(config: ConstructorParameters<CustomConstructor>[0], random?: RandomSource) {
      super({
        ...(config.name === undefined ? {} : { name: config.name }),
        trainable: config.trainable ?? true,
      });
      const { settings, outputShape, weights } = config;
      this.#config = { settings, outputShape, weights };
      this.#random = random ?? ((_, distribution, shape) => drawRandom(tf, distribution, shape));
    }

    override build(): void {
      const zeros = tf.initializers.zeros();
      for (const { name, shape, trainable } of this.#config.weights) {
        const variable = this.addWeight(name, [...shape], "float32", zeros, undefined, trainable);
        this.#variables.set(name, variable);
      }
      this.built = true;
    }

    override computeOutputShape(): (number | null)[] {
      return [null, ...this.#config.outputShape];
    }

    override call(inputs: Tensor | Tensor[], { training }: { training?: boolean }): Tensor {
      const variable = (name: string): LayerVariable => this.#variables.get(name)!;
      return tf.tidy(() =>
        compute({
          tf,
          settings: this.#config.settings,
          inputs: Array.isArray(inputs) ? inputs : [inputs],
          outputShape: this.#config.outputShape,
          training: training ?? false,
          weight: (name) => variable(name).read(),
          optionalWeight: (name) => this.#variables.get(name)?.read(),
          updateWeight: (name, value) => void variable(name).write(value),
          random: (distribution, shape) => this.#random(this.name, distribution, shape),
        }),
      );
    }

    override getConfig(): ReturnType<TensorFlowLayer["getConfig"]> {
      return { ...super.getConfig(), ...(this.#config as object) };
    }
  }
  tf.serialization.registerClass(CustomLayer as never);
  return CustomLayer as CustomConstructor;
}

function drawRandom(tf: TensorFlow, distribution: RandomDistribution, shape: readonly number[]): Tensor {
  if (distribution.kind === "normal") return tf.randomNormal([...shape]);
  const uniform = tf.randomUniform([...shape]);
  if (distribution.kind !== "keep") return uniform;
  const { rate } = distribution;
  return tf.mul(numbersOfCondition(tf, tf.greaterEqual(uniform, rate)), rate < 1 ? 1 / (1 - rate) : 0);
}
