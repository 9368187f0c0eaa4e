import type { InferenceSession, Tensor } from "onnxruntime-node";
import type { OnnxRuntime } from "./onnx-runtime.ts";

/*
 * A lane is one thread that trains on its share of every batch. Each has sessions, weights and moments of its own; after the
 * shares are done, lanes exchange gradients through shared memory, and all make the same update of the same sum in the same
 * order, so that their weights stay equal to the bit. Against several threads inside each operation, threads meet once a
 * step in place of some hundred times, and each core's cache holds what its own thread works on.
 */

/** One number that the host gives a graph. */
export interface ScalarValue {
  readonly name: string;
  readonly type: "float32" | "int32";
  readonly value: number;
}

/** Some examples that run through one session. */
export interface ChunkJob {
  readonly session: string;
  /** The first example and how many, within the batch. */
  readonly start: number;
  readonly count: number;
  readonly scalars: readonly ScalarValue[];
}

/** What a lane is to do with its share of a batch. */
export interface LaneJob {
  readonly chunks: readonly ChunkJob[];
  /** Examples of the whole batch. */
  readonly batch: number;
  /** The session that makes new weights of the lanes' gradients; undefined where nothing is learned, or the chunk did it. */
  readonly update: { readonly session: string; readonly scalars: readonly ScalarValue[] } | undefined;
}

/** Where examples come from; the arrays hold the whole batch. */
export interface LaneExamples {
  readonly data: Float32Array;
  readonly targets: Float32Array | Int32Array;
}

/** An input that takes examples. */
export interface LanePort {
  readonly name: string;
  readonly type: "float32" | "int32";
  /** Of one example. */
  readonly dims: readonly number[];
}

/** Memory that all lanes see. */
export interface LaneShared {
  /** Counters of 32 bits, two a lane; see `createLane`. */
  readonly control: Int32Array;
  /** Two for each lane, taken in turns, so that a lane that is ahead does not write what another still reads. */
  readonly gradients: readonly (readonly Float32Array[])[];
  /** Three numbers a lane: the sums of loss and correct answers, and the penalty. */
  readonly results: Float64Array;
}

export interface LaneSetup {
  readonly index: number;
  readonly count: number;
  /** Threads inside each operation. */
  readonly threads: number;
  readonly data: LanePort;
  readonly targets: LanePort;
  readonly shared: LaneShared;
}

export interface Lane {
  /** Makes a session ready under a key. */
  define(key: string, bytes: Uint8Array): Promise<void>;
  release(key: string): Promise<void>;
  /** Sets a vector that graphs take by the name of their input. */
  hold(name: string, data: Float32Array): void;
  /** A vector as it is now. */
  vector(name: string): Float32Array;
  /** Does a job; returns when every lane has done its share. Results stand in shared memory then. */
  work(job: LaneJob, examples: LaneExamples): Promise<void>;
}

/**
 * Makes a lane in the thread that calls. The function is also sent to other threads as text, so it must not use anything from
 * outside but its arguments.
 */
export function createLane(runtime: OnnxRuntime, setup: LaneSetup): Lane {
  const { index, count, threads, shared } = setup;
  // control[0]: arrivals at meetings, all lanes together. control[i]: the messages that lane i was sent. control[count]: 1 once
  // all shall end. control[count + i]: 1 once lane i has ended.
  const arrivals = 0;
  const spins = 20_000;
  const sessions = new Map<string, InferenceSession>();
  const current = new Map<string, Tensor>();
  const spare = new Map<string, Tensor>();
  let barriers = 0;
  let turn = 0;

  const vectorTensor = (data: Float32Array): Tensor => new runtime.Tensor("float32", data, [data.length]);

  function hold(name: string, data: Float32Array): void {
    const known = current.get(name);
    if (known?.data.length === data.length) (known.data as Float32Array).set(data);
    else current.set(name, vectorTensor(data.slice()));
  }

  function vector(name: string): Float32Array {
    return current.get(name)?.data as Float32Array;
  }

  /** The vector that a result is the next state of: `result/weights` → `flat/weights`. */
  function stateOf(result: string): string | undefined {
    if (result.startsWith("result/moment/")) return result.slice("result/".length);
    const found = /^result\/(weights|state|gradient)$/.exec(result);
    return found === null ? undefined : `flat/${found[1]!}`;
  }

  function spareFor(name: string): Tensor {
    let tensor = spare.get(name);
    if (tensor === undefined) spare.set(name, (tensor = vectorTensor(new Float32Array(vector(name).length))));
    return tensor;
  }

  /** Runs a graph; the vectors it gives anew are written beside the old ones and then take their place. */
  async function run(key: string, feeds: Record<string, Tensor>): Promise<Record<string, Tensor>> {
    const session = sessions.get(key)!;
    const taken: Record<string, Tensor> = {};
    for (const name of session.inputNames) taken[name] = (feeds[name] ?? current.get(name))!;
    const fetches: Record<string, Tensor | null> = {};
    for (const name of session.outputNames) {
      const state = stateOf(name);
      fetches[name] = state === undefined ? null : spareFor(state);
    }
    const results = await session.run(taken, fetches);
    for (const name of session.outputNames) {
      const state = stateOf(name);
      if (state === undefined) continue;
      const before = current.get(state)!;
      current.set(state, spare.get(state)!);
      spare.set(state, before);
    }
    return results as Record<string, Tensor>;
  }

  function scalarFeeds(scalars: readonly ScalarValue[]): Record<string, Tensor> {
    const feeds: Record<string, Tensor> = {};
    for (const { name, type, value } of scalars) {
      const data = type === "int32" ? Int32Array.of(value) : Float32Array.of(value);
      feeds[name] = new runtime.Tensor(type, data, []);
    }
    return feeds;
  }

  function exampleFeed(
    port: LanePort,
    values: Float32Array | Int32Array,
    chunk: ChunkJob,
    batch: number,
  ): Tensor {
    const size = values.length / batch;
    const part = values.subarray(chunk.start * size, (chunk.start + chunk.count) * size);
    // ONNX Runtime takes no shared memory.
    const own = part.buffer instanceof SharedArrayBuffer ? part.slice() : part;
    return new runtime.Tensor(port.type, own, [chunk.count, ...port.dims]);
  }

  /** Waits until every lane has come here as often as this one. */
  function meet(): void {
    const { control } = shared;
    barriers += 1;
    const all = barriers * count;
    if (Atomics.add(control, arrivals, 1) + 1 === all) {
      Atomics.notify(control, arrivals);
      return;
    }
    for (let spin = 0; spin < spins; spin++) if (Atomics.load(control, arrivals) >= all) return;
    for (;;) {
      const arrived = Atomics.load(control, arrivals);
      if (arrived >= all || Atomics.load(control, count) === 1) return;
      Atomics.wait(control, arrivals, arrived);
    }
  }

  /** Adds results to this lane's sums. */
  function note(results: Record<string, Tensor>, examples: number): void {
    const numberOf = (name: string): number => Number(results[name]?.data[0] ?? 0);
    const penalty = numberOf("result/penalty");
    shared.results[3 * index]! += numberOf("result/loss") + penalty * examples;
    shared.results[3 * index + 1]! += numberOf("result/metric/accuracy");
  }

  async function runChunks({ chunks, batch }: LaneJob, examples: LaneExamples): Promise<void> {
    for (const chunk of chunks) {
      const feeds = scalarFeeds(chunk.scalars);
      feeds[setup.data.name] = exampleFeed(setup.data, examples.data, chunk, batch);
      feeds[setup.targets.name] = exampleFeed(setup.targets, examples.targets, chunk, batch);
      note(await run(chunk.session, feeds), chunk.count);
    }
  }

  /** Makes the update of all lanes' gradients, in the order of the lanes. */
  async function updateFrom(
    gradients: readonly Float32Array[],
    update: NonNullable<LaneJob["update"]>,
  ): Promise<void> {
    const feeds = scalarFeeds(update.scalars);
    for (let lane = 0; lane < count; lane++) {
      const name = `flat/gradient/${lane}`;
      if (lane !== index) hold(name, gradients[lane]!);
      feeds[name] = lane === index ? current.get("flat/gradient")! : current.get(name)!;
    }
    const results = await run(update.session, feeds);
    shared.results[3 * index + 2] = Number(results["result/penalty"]?.data[0] ?? 0);
  }

  async function work(job: LaneJob, examples: LaneExamples): Promise<void> {
    shared.results.fill(0, 3 * index, 3 * index + 3);
    const gradients = shared.gradients[turn]!;
    let isWhole = false;
    try {
      if (job.update !== undefined) vector("flat/gradient").fill(0);
      await runChunks(job, examples);
      if (job.update !== undefined && count > 1) gradients[index]!.set(vector("flat/gradient"));
      isWhole = true;
    } finally {
      // Also after a failure: the others wait.
      if (!isWhole) shared.results[3 * index] = NaN;
      meet();
    }
    if (job.update === undefined) return;
    await updateFrom(gradients, job.update);
    turn = 1 - turn;
  }

  return {
    hold,
    vector,
    work,
    async define(key, bytes) {
      const session = await runtime.InferenceSession.create(bytes, {
        executionProviders: ["cpu"],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: "sequential",
        graphOptimizationLevel: "all",
        // Errors are thrown; they need not be written to the terminal as well.
        logSeverityLevel: 4,
      });
      sessions.set(key, session);
    },
    async release(key) {
      await sessions.get(key)?.release();
      sessions.delete(key);
    },
  };
}
