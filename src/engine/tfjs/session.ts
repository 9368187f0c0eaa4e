import type { TrainingGraphs } from "../../autodiff/training-graphs.ts";
import { averageMoment } from "../../autodiff/weight-update.ts";
import { randomWindow } from "../../tensor/random-table.ts";
import type { RandomDistribution } from "../../tensor/tensor-graph.ts";
import type { WeightValues } from "../../tensor/weight-values.ts";
import { evaluateWithTensorFlow } from "../../tfjs/evaluate-graph.ts";
import type { Tensor, TensorFlow } from "../../tfjs/tensorflow.ts";
import {
  arraysOf,
  type BatchResult,
  type ExampleBatch,
  type Numbers,
  type OptimizerState,
  type TrainingPlan,
  type TrainingSession,
  type NonFinite,
} from "../engine.ts";
import { type Chunking, chunkingOf, drawingParts } from "../chunks.ts";
import { badExample } from "../find-non-finite.ts";
import { checkMoments, randomOffset, weightsMoment } from "../step-inputs.ts";
import { graphsFor } from "../step-models.ts";
import type { LoadedTensorFlow } from "./load.ts";
import { type Sums, TensorFlowNetwork } from "./network.ts";

const flatWeights = "flat/weights";

/**
 * Training on TensorFlow.js. Penalty and optimizer are the graphs of autodiff/ as on the other engine, on all weights as one vector,
 * so that a checkpoint of one goes on with the other. A step whose loss is no number changes nothing.
 */
export class TensorFlowTrainingSession implements TrainingSession {
  readonly description: string;
  readonly notes: readonly string[];
  readonly #tf: TensorFlow;
  readonly #plan: TrainingPlan;
  readonly #graphs: TrainingGraphs;
  readonly #network: TensorFlowNetwork;
  /** The weights and the optimizer's moments, by the names of their ports. */
  readonly #vectors = new Map<string, Tensor>();
  #step = 0;
  /** The first example of the part of the step's batch that is under way, and how many the batch has. */
  #under = { start: 0, batch: 0 };
  /** How the other engine cuts a batch, each part of which has random numbers of its own; undefined where nothing is drawn. */
  readonly #chunking: Chunking | undefined;

  /**
   * @param channelBlock by which the other engine cuts batches, which decides what random numbers are drawn
   * @throws InputError where the model cannot be trained
   */
  constructor(loaded: LoadedTensorFlow, plan: TrainingPlan, channelBlock?: number) {
    const { tf, description, note } = loaded;
    this.#tf = tf;
    this.#plan = plan;
    this.description = description;
    this.notes = note === undefined ? [] : [note];
    this.#graphs = graphsFor(plan, plan.batch, plan.batch);
    const draws = this.#graphs.scalars.some(({ meaning }) => meaning === "randomOffset");
    this.#chunking = draws
      ? chunkingOf(plan, graphsFor(plan, Math.max(2, plan.batch), 1), plan.threads ?? 1, channelBlock)
      : undefined;
    this.#network = new TensorFlowNetwork(loaded, plan, this.#graphs, (layer, distribution, shape) =>
      tf.tensor(this.#drawNumbers(`offset/${layer}`, distribution, shape), [...shape]),
    );
    this.#setWeights(plan.weights);
    for (const { port, initial } of this.#graphs.optimizer.moments) {
      this.#hold(port.name, () => tf.tensor1d(initial()));
    }
  }

  async step(batch: ExampleBatch, learningRate: number): Promise<BatchResult> {
    this.#step += 1;
    const tf = this.#tf;
    const state = this.#graphs.layout.state.slots.map(({ key }) => this.#network.variable(key));
    const before = state.map((variable) => tf.clone(variable.read()));
    const { sums, gradient } = tf.tidy(() => this.#differentiate(batch));
    const [loss, correct] = await this.#read(sums);
    if (Number.isFinite(loss)) {
      const penalty = tf.tidy(() => this.#update(gradient, learningRate));
      tf.dispose([gradient, ...before]);
      return { lossSum: loss! + (await this.#penaltyOf(penalty)) * batch.count, correct: correct! };
    }
    state.forEach((variable, index) => variable.write(before[index]!));
    tf.dispose([gradient, ...before]);
    return { lossSum: loss!, correct: correct! };
  }

  settle(): Promise<BatchResult> {
    return Promise.resolve({ lossSum: 0, correct: 0 });
  }

  async findNonFinite(batch: ExampleBatch): Promise<NonFinite | undefined> {
    const example = badExample(batch);
    if (example !== undefined) return { place: "data", layer: undefined, example };
    const layer = await this.#badWeights();
    if (layer !== undefined) return { place: "weights", layer, example: undefined };
    this.#under = { start: 0, batch: batch.count };
    const outputs = this.#tf.tidy(() => [...this.#network.layerOutputs(batch)]);
    let found: string | undefined;
    for (const { layer: name, value } of outputs) {
      if (found === undefined && (await value.data()).some((number) => !Number.isFinite(number)))
        found = name;
      value.dispose();
    }
    return found === undefined
      ? { place: "loss", layer: undefined, example: undefined }
      : { place: "output", layer: found, example: undefined };
  }

  async evaluate(batch: ExampleBatch): Promise<BatchResult> {
    const tf = this.#tf;
    const average = this.#average;
    if (average !== undefined) tf.tidy(() => this.#network.setFlatWeights(average));
    const { sums, penalty } = tf.tidy(() => {
      const inputs = new Map([[flatWeights, average ?? this.#vectors.get(flatWeights)!]]);
      const wanted = ["result/penalty"];
      const results = evaluateWithTensorFlow(tf, this.#graphs.evaluate, inputs, batch.count, wanted);
      return {
        sums: stackOf(tf, this.#network.compare(batch, false)),
        penalty: results.get("result/penalty"),
      };
    });
    if (average !== undefined) tf.tidy(() => this.#network.setFlatWeights(this.#vectors.get(flatWeights)!));
    const [loss, correct] = await this.#read(sums);
    return { lossSum: loss! + (await this.#penaltyOf(penalty)) * batch.count, correct: correct! };
  }

  async weights(): Promise<WeightValues> {
    const values = new Map<string, { shape: readonly number[]; data: Float32Array<ArrayBuffer> }>();
    const { layout } = this.#graphs;
    const trained = await this.#download(this.#average ?? this.#vectors.get(flatWeights)!);
    for (const { key, shape, offset, length } of layout.weights.slots) {
      values.set(key, { shape, data: trained.slice(offset, offset + length) });
    }
    for (const { key, shape } of [...layout.state.slots, ...layout.frozen.slots]) {
      values.set(key, { shape, data: await this.#download(this.#network.variable(key).read()) });
    }
    return values;
  }

  async optimizerState(): Promise<OptimizerState> {
    const moments = new Map<string, Float32Array>();
    for (const { name, port } of this.#graphs.optimizer.moments) {
      moments.set(name, await this.#download(this.#vectors.get(port.name)!));
    }
    // With an average the weights themselves are a part of the state.
    if (this.#plan.average !== undefined) {
      moments.set(weightsMoment, await this.#download(this.#vectors.get(flatWeights)!));
    }
    return { moments, step: this.#step };
  }

  /** @throws InputError where the state is another optimizer's or another network's */
  restore(weights: WeightValues, { moments, step }: OptimizerState): Promise<void> {
    checkMoments(this.#graphs, moments);
    this.#setWeights(weights);
    const own = moments.get(weightsMoment);
    if (own !== undefined) {
      this.#hold(flatWeights, () => this.#tf.tensor1d(own));
      this.#tf.tidy(() => this.#network.setFlatWeights(this.#vectors.get(flatWeights)!));
    }
    for (const { name, port } of this.#graphs.optimizer.moments) {
      this.#hold(port.name, () => this.#tf.tensor1d(moments.get(name)!));
    }
    this.#step = step;
    return Promise.resolve();
  }

  dispose(): Promise<void> {
    this.#tf.dispose([...this.#vectors.values()]);
    this.#vectors.clear();
    this.#network.dispose();
    return Promise.resolve();
  }

  /** The moving average of the weights, by which the model is judged once there is one. */
  get #average(): Tensor | undefined {
    const isKept = this.#plan.average !== undefined && this.#step > 0;
    return isKept ? this.#vectors.get(`moment/${averageMoment}`) : undefined;
  }

  /** A batch in one part, or in the parts that batch norm takes for batches; their gradients are added up. */
  #differentiate(batch: ExampleBatch): { readonly sums: Tensor; readonly gradient: Tensor } {
    const tf = this.#tf;
    const isWhole = (this.#plan.accumulate ?? 1) === 1;
    const parts = isWhole ? [batch] : partsOf(batch, this.#plan.batch);
    let start = 0;
    const results = parts.map((part) => {
      this.#under = { start, batch: batch.count };
      start += part.count;
      const { gradient, ...sums } = this.#network.differentiate(part, batch.count);
      return { sums: stackOf(tf, sums), gradient };
    });
    return results.reduce((sofar, part) => ({
      sums: tf.add(sofar.sums, part.sums),
      gradient: tf.add(sofar.gradient, part.gradient),
    }));
  }

  /** The numbers that ONNX Runtime's session draws for these examples of the step: it draws for each chunk of a batch by itself. */
  #drawNumbers(port: string, distribution: RandomDistribution, shape: readonly number[]): Float32Array {
    const count = shape[0]!;
    const each = shape.slice(1).reduce((product, size) => product * size, 1);
    const numbers = new Float32Array(count * each);
    const { start, batch } = this.#under;
    let first = 0;
    for (const [chunk, size] of drawingParts(this.#chunking!, batch).entries()) {
      const [from, to] = [Math.max(start, first), Math.min(start + count, first + size)];
      if (from < to) {
        const offset = randomOffset(port, { seed: this.#plan.seed, step: this.#step, chunk });
        const begin = offset + (from - first) * each;
        numbers.set(randomWindow(distribution, begin, (to - from) * each), (from - start) * each);
      }
      first += size;
    }
    return numbers;
  }

  /** Runs the optimizer and keeps what it gives. @returns the penalty on weights, where there is one */
  #update(gradient: Tensor, learningRate: number): Tensor | undefined {
    const tf = this.#tf;
    const { update, optimizer } = this.#graphs;
    const factors = Object.entries(optimizer.factors(this.#step, learningRate)).map(
      ([name, value]) => [name, tf.scalar(value)] as const,
    );
    const inputs = new Map([...this.#vectors, ...factors, ["flat/gradient", gradient]]);
    const results = evaluateWithTensorFlow(tf, update, inputs, 1);
    const weights = results.get("result/weights")!;
    this.#network.setFlatWeights(weights);
    this.#hold(flatWeights, () => weights);
    for (const { name, port } of optimizer.moments) {
      this.#hold(port.name, () => results.get(`result/moment/${name}`)!);
    }
    return results.get("result/penalty");
  }

  #setWeights(weights: WeightValues): void {
    this.#network.assign(weights);
    this.#hold(flatWeights, () => this.#network.flatWeights());
  }

  /** Keeps a vector in place of the one before. */
  #hold(name: string, make: () => Tensor): void {
    const kept = this.#tf.tidy(() => this.#tf.keep(this.#tf.clone(make())));
    this.#vectors.get(name)?.dispose();
    this.#vectors.set(name, kept);
  }

  /** The layer whose weights hold a number that is none, or infinite. */
  async #badWeights(): Promise<string | undefined> {
    for (const [key, { data }] of await this.weights()) {
      if (data.some((number) => !Number.isFinite(number))) return key.slice(0, key.lastIndexOf("/"));
    }
    return undefined;
  }

  async #download(tensor: Tensor): Promise<Float32Array<ArrayBuffer>> {
    return Float32Array.from(await tensor.data());
  }

  async #read(tensor: Tensor): Promise<Float32Array> {
    const numbers = await this.#download(tensor);
    tensor.dispose();
    return numbers;
  }

  async #penaltyOf(penalty: Tensor | undefined): Promise<number> {
    return penalty === undefined ? 0 : (await this.#read(penalty))[0]!;
  }
}

function stackOf(tf: TensorFlow, { loss, correct }: Sums): Tensor {
  return tf.stack([loss, correct]);
}

/** A batch cut into parts of `size` examples; the last may be smaller. */
function partsOf(batch: ExampleBatch, size: number): readonly ExampleBatch[] {
  const parts: ExampleBatch[] = [];
  for (let start = 0; start < batch.count; start += size) {
    const count = Math.min(size, batch.count - start);
    const cut = <Data extends Numbers>(numbers: Data): Data => {
      const each = numbers.length / batch.count;
      return numbers.subarray(start * each, (start + count) * each) as Data;
    };
    parts.push({
      data: arraysOf(batch.data).map(cut),
      targets: arraysOf<Numbers>(batch.targets).map(cut),
      count,
    });
  }
  return parts;
}
