import { arraysOf, type BatchResult, type ExampleBatch, type Numbers } from "./engine.ts";
import {
  type ChunkJob,
  createLane,
  type Lane,
  type LaneExamples,
  type LaneJob,
  type LanePort,
  type SessionSource,
} from "./lane.ts";
import { type LaneThread, startLaneThread } from "./lane-thread.ts";
import type { OnnxRuntime } from "./onnx-runtime.ts";
import type { Slice } from "./lane-graphs.ts";

export interface LaneGroupOptions {
  /** Threads inside each operation of a lane. */
  readonly threads: number;
  readonly data: readonly LanePort[];
  readonly targets: readonly LanePort[];
  /** What each lane updates of the trained weights. */
  readonly slices: readonly Slice[];
  /** The optimizer's moments, by the input's name. */
  readonly moments: readonly string[];
}

/** What all lanes together do with a batch. */
export interface GroupJob {
  /** The chunks of each lane. */
  readonly lanes: readonly (readonly ChunkJob[])[];
  readonly batch: number;
  readonly update: LaneJob["update"];
}

/** Lanes side by side: the first in the calling thread, which waits for the others anyway, the rest in threads of their own. */
export class LaneGroup {
  readonly count: number;
  readonly slices: readonly Slice[];
  readonly #own: Lane;
  readonly #others: readonly LaneThread[];
  readonly #results: Float64Array;
  readonly #moments: Readonly<Record<string, Float32Array>>;
  /** Examples for the other lanes, in memory that they see; grows with the batch. */
  #examples: LaneExamples | undefined;

  constructor(runtime: OnnxRuntime, options: LaneGroupOptions) {
    const { slices } = options;
    const count = slices.length;
    this.count = count;
    this.slices = slices;
    this.#results = new Float64Array(new SharedArrayBuffer(8 * 3 * count));
    const vector = (): Float32Array => new Float32Array(new SharedArrayBuffer(4 * slices.at(-1)!.end));
    const lanes = slices.map((_, index) => index);
    const gradients = count === 1 ? [] : lanes.map(vector);
    const moments = count === 1 ? [] : options.moments;
    this.#moments = Object.fromEntries(moments.map((name) => [name, vector()]));
    const weights = count === 1 ? new Float32Array(0) : vector();
    const control = new Int32Array(new SharedArrayBuffer(4 * 2 * count));
    const setup = (index: number): Parameters<typeof createLane>[1] => ({
      index,
      count,
      threads: options.threads,
      data: options.data,
      targets: options.targets,
      slices,
      shared: { control, gradients, results: this.#results, weights, moments: this.#moments },
    });
    this.#own = createLane(runtime, setup(0));
    this.#others = lanes.slice(1).map((index) => startLaneThread(setup(index)));
  }

  /** Makes a session ready in all lanes, of one model or of one for each. */
  async define(key: string, models: readonly SessionSource[]): Promise<void> {
    this.#others.forEach((other, index) => {
      other.tell({ kind: "define", key, source: models[index + 1] ?? models[0]! });
    });
    await this.#own.define(key, models[0]!);
  }

  async release(key: string): Promise<void> {
    for (const other of this.#others) other.tell({ kind: "release", key });
    await this.#own.release(key);
  }

  hold(name: string, data: Float32Array): void {
    for (const other of this.#others) other.tell({ kind: "hold", name, data });
    this.#own.hold(name, data);
  }

  /** A vector as it is now; it changes with the next step. */
  vector(name: string): Float32Array {
    const moments = this.#moments[name];
    if (moments === undefined) return this.#own.vector(name);
    for (const other of this.#others) other.tell({ kind: "share moments" });
    this.#own.shareMoments();
    return moments;
  }

  /** A vector as it was before the last step; one that steps do not change as it is. */
  previous(name: string): Float32Array | undefined {
    return this.#own.previous(name);
  }

  /** The sums over a batch, once all lanes are done. */
  async work({ lanes, batch, update }: GroupJob, given: ExampleBatch): Promise<BatchResult> {
    this.#throwFailure();
    const examples = { data: arraysOf(given.data), targets: arraysOf(given.targets) };
    if (this.#others.length > 0) this.#share(lanes, examples, given.count);
    this.#others.forEach((other, index) => {
      other.tell({ kind: "work", job: { chunks: lanes[index + 1]!, batch, update } });
    });
    await this.#own.work({ chunks: lanes[0]!, batch, update }, examples);
    const sums = { lossSum: 0, correct: 0 };
    for (let lane = 0; lane < this.count; lane++) {
      sums.lossSum += this.#results[3 * lane]! + this.#results[3 * lane + 2]! * batch;
      sums.correct += this.#results[3 * lane + 1]!;
    }
    if (Number.isNaN(sums.lossSum)) {
      // A failure in another lane shows so, and its message comes with the next turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
      this.#throwFailure();
    }
    return sums;
  }

  async stop(): Promise<void> {
    for (const other of this.#others) await other.stop();
  }

  /** Copies what other lanes work on into shared memory. */
  #share(lanes: GroupJob["lanes"], examples: LaneExamples, count: number): void {
    const arrays = [...examples.data, ...examples.targets];
    let shared = this.#examples;
    const known = shared === undefined ? [] : [...shared.data, ...shared.targets];
    if (shared === undefined || arrays.some((array, index) => array.length !== known[index]!.length)) {
      shared = { data: examples.data.map(sharedLike), targets: examples.targets.map(sharedLike) };
      this.#examples = shared;
      for (const other of this.#others) other.tell({ kind: "examples", examples: shared });
    }
    const first = lanes.slice(1).find((chunks) => chunks.length > 0)?.[0]?.start ?? count;
    [...shared.data, ...shared.targets].forEach((into, index) => {
      const array = arrays[index]!;
      const from = (first * array.length) / count;
      into.set(array.subarray(from), from);
    });
  }

  #throwFailure(): void {
    for (const other of this.#others) {
      const failure = other.failure();
      if (failure !== undefined) throw failure instanceof Error ? failure : new Error(String(failure));
    }
  }
}

/** An array of the same sort and length in memory that every thread sees. */
function sharedLike<Data extends Numbers>(array: Data): Data {
  const memory = new SharedArrayBuffer(array.byteLength);
  return (array instanceof Int32Array ? new Int32Array(memory) : new Float32Array(memory)) as Data;
}
