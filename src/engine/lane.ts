import type { InferenceSession, Tensor } from "onnxruntime-node";
import type { OnnxRuntime } from "./onnx-runtime.ts";

/*
 * A lane is one thread that trains on its share of every batch, with sessions and weights of its own. After the shares are
 * done, each lane adds up one slice of all lanes' gradients, in the order of the lanes, updates that slice of the weights and
 * moments, and hands the new weights to the others. Against several threads inside each operation, threads meet twice a step
 * in place of some hundred times, and each core's cache holds what its own thread works on.
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
  /**
   * The session that makes new weights of the lanes' gradients, one for each lane's slice; undefined where nothing is learned,
   * or where a chunk's session did it.
   */
  readonly update: { readonly session: string; readonly scalars: readonly ScalarValue[] } | undefined;
}

/** Where examples come from; the arrays hold the whole batch. */
export interface LaneExamples {
  readonly data: Float32Array;
  readonly targets: Float32Array | Int32Array;
}

type Feeds = Record<string, Tensor>;

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
  /** One for each lane. */
  readonly gradients: readonly Float32Array[];
  /** Three numbers a lane: the sums of loss and correct answers, and the penalty of its slice. */
  readonly results: Float64Array;
  /** The weights and moments after the last step, by the input's name. */
  readonly vectors: Readonly<Record<string, Float32Array>>;
}

export interface LaneSetup {
  readonly index: number;
  readonly count: number;
  /** Threads inside each operation. */
  readonly threads: number;
  readonly data: LanePort;
  readonly targets: LanePort;
  /** What each lane updates of the weights, from `start` up to but not including `end`. */
  readonly slices: readonly { readonly start: number; readonly end: number }[];
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
  const slice = setup.slices[index]!;
  let meetings = 0;

  const vectorTensor = (data: Float32Array): Tensor => new runtime.Tensor("float32", data, [data.length]);

  /** Of moments, a lane has its slice alone. */
  function hold(name: string, whole: Float32Array): void {
    const data = name.startsWith("moment/") ? whole.subarray(slice.start, slice.end) : whole;
    const known = current.get(name);
    if (known?.data.length === data.length) (known.data as Float32Array).set(data);
    else current.set(name, vectorTensor(data.slice()));
  }

  function vector(name: string): Float32Array {
    return shared.vectors[name] ?? own(name);
  }

  function own(name: string): Float32Array {
    return current.get(name)!.data as Float32Array;
  }

  const sliceOf = (whole: Float32Array): Float32Array => whole.subarray(slice.start, slice.end);

  /** The vector that a result is the next state of: `result/weights` → `flat/weights`. */
  function stateOf(result: string): string | undefined {
    if (result.startsWith("result/moment/")) return result.slice("result/".length);
    const found = /^result\/(weights|state|gradient)$/.exec(result);
    return found === null ? undefined : `flat/${found[1]!}`;
  }

  function spareFor(name: string): Tensor {
    let tensor = spare.get(name);
    if (tensor === undefined) spare.set(name, (tensor = vectorTensor(new Float32Array(own(name).length))));
    return tensor;
  }

  /** Runs a graph; the vectors it gives anew are written beside the old ones and then take their place. */
  async function run(key: string, feeds: Feeds, into: Feeds = {}): Promise<Feeds> {
    const session = sessions.get(key)!;
    const taken: Feeds = {};
    for (const name of session.inputNames) taken[name] = (feeds[name] ?? current.get(name))!;
    const fetches: Record<string, Tensor | null> = {};
    for (const name of session.outputNames) {
      const state = stateOf(name);
      fetches[name] = state === undefined ? null : (into[name] ?? spareFor(state));
    }
    const results = await session.run(taken, fetches);
    for (const name of session.outputNames) {
      const state = stateOf(name);
      if (state === undefined) continue;
      const before = current.get(state)!;
      current.set(state, spareFor(state));
      spare.set(state, before);
    }
    return results as Feeds;
  }

  function scalarFeeds(scalars: readonly ScalarValue[]): Feeds {
    const feeds: Feeds = {};
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
    const data = part.buffer instanceof SharedArrayBuffer ? part.slice() : part;
    return new runtime.Tensor(port.type, data, [chunk.count, ...port.dims]);
  }

  /** Waits until every lane has come here as often as this one. */
  function meet(): void {
    const { control } = shared;
    meetings += 1;
    const all = meetings * count;
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
  function note(results: Feeds, examples: number): void {
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

  /** Updates this lane's slice by the sum of all lanes' gradients. */
  async function update({ session, scalars }: NonNullable<LaneJob["update"]>): Promise<void> {
    const feeds = scalarFeeds(scalars);
    for (let lane = 0; lane < count; lane++) {
      const gradient = sliceOf(lane === index ? own("flat/gradient") : shared.gradients[lane]!);
      feeds[`flat/gradient/${lane}`] = vectorTensor(lane === index ? gradient : gradient.slice());
    }
    feeds["flat/weights"] = vectorTensor(sliceOf(own("flat/weights")));
    const into = { "result/weights": vectorTensor(sliceOf(spareFor("flat/weights").data as Float32Array)) };
    const results = await run(session, feeds, into);
    shared.results[3 * index + 2] = Number(results["result/penalty"]?.data[0] ?? 0);
  }

  /** Gives the other lanes this slice of the new weights, and whoever asks the moments. */
  function publish(): void {
    for (const [name, whole] of Object.entries(shared.vectors)) {
      sliceOf(whole).set(name.startsWith("moment/") ? own(name) : sliceOf(own(name)));
    }
  }

  function takeOthers(): void {
    const [weights, all] = [own("flat/weights"), shared.vectors["flat/weights"]!];
    setup.slices.forEach(({ start, end }, lane) => {
      if (lane !== index) weights.set(all.subarray(start, end), start);
    });
  }

  /** Does this lane's part, and meets the others also where it fails, since they wait. */
  async function thenMeet(part: () => Promise<void>): Promise<void> {
    let isDone = false;
    try {
      await part();
      isDone = true;
    } finally {
      if (!isDone) shared.results[3 * index] = NaN;
      meet();
    }
  }

  async function work(job: LaneJob, examples: LaneExamples): Promise<void> {
    shared.results.fill(0, 3 * index, 3 * index + 3);
    const learns = job.update !== undefined;
    await thenMeet(async () => {
      if (learns) own("flat/gradient").fill(0);
      await runChunks(job, examples);
      if (learns && count > 1) shared.gradients[index]!.set(own("flat/gradient"));
    });
    if (!learns) return;
    if (count === 1) return update(job.update!);
    await thenMeet(async () => {
      await update(job.update!);
      publish();
    });
    takeOthers();
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
