import type { InferenceSession, Tensor } from "onnxruntime-node";
import type { OnnxRuntime } from "./onnx-runtime.ts";

/*
 * A lane is one thread that trains on its share of every batch, with sessions and weights of its own. After the shares are
 * done, each lane adds up one slice of all lanes' gradients, in the order of the lanes, updates that slice of the weights and
 * moments, and hands the new weights to the others. Against several threads inside each operation, threads meet twice a step
 * in place of some hundred times, and each core's cache holds what its own thread works on.
 */

/** A number that the host gives a graph, or one for each turn of its loop. */
export interface ScalarValue {
  readonly name: string;
  readonly type: "float32" | "int32";
  readonly value: number | readonly number[];
}

/** Some examples that run through one session. */
export interface ChunkJob {
  readonly session: string;
  /** The first example and how many, within the batch. */
  readonly start: number;
  readonly count: number;
  /** Turns of the session's loop, which share the examples; undefined where it has none. */
  readonly turns: number | undefined;
  readonly scalars: readonly ScalarValue[];
}

/** What a session is made of: a model, and which of its inputs are parts of others (`onnx/select`). */
export interface SessionSource {
  readonly bytes: Uint8Array;
  /** How far ONNX Runtime shall look for a better graph. */
  readonly optimization: "basic" | "disabled";
  /** Whether it shall plan the memory of all values by the first run. */
  readonly isPlanned: boolean;
  readonly views: readonly {
    readonly name: string;
    readonly source: string;
    readonly start: number;
    readonly end: number;
    readonly times: number;
  }[];
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
  readonly data: readonly Float32Array[];
  readonly targets: readonly (Float32Array | Int32Array)[];
}

type Feeds = Record<string, Tensor>;
type View = SessionSource["views"][number] & { readonly dims: readonly number[] };

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
  /** The weights, where lanes hand each other what is new of them. */
  readonly weights: Float32Array;
  /** The moments by the input's name, when they were last asked for. */
  readonly moments: Readonly<Record<string, Float32Array>>;
}

export interface LaneSetup {
  readonly index: number;
  readonly count: number;
  /** Threads inside each operation. */
  readonly threads: number;
  readonly data: readonly LanePort[];
  readonly targets: readonly LanePort[];
  /** What each lane updates of the weights, from `start` up to but not including `end`. */
  readonly slices: readonly { readonly start: number; readonly end: number }[];
  readonly shared: LaneShared;
}

export interface Lane {
  /** Makes a session ready under a key. */
  define(key: string, source: SessionSource): Promise<void>;
  release(key: string): Promise<void>;
  /** Sets a vector that graphs take by the name of their input. */
  hold(name: string, data: Float32Array): void;
  /** A vector as it is now; of moments, this lane's slice. */
  vector(name: string): Float32Array;
  /** A vector as it was before the last step, or as it is where steps do not change it; undefined where there is none. */
  previous(name: string): Float32Array | undefined;
  /** Writes this lane's slice of the moments into shared memory; returns when every lane has. */
  shareMoments(): void;
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
  const sessions = new Map<
    string,
    { readonly session: InferenceSession; readonly views: ReadonlyMap<string, View> }
  >();
  const current = new Map<string, Tensor>();
  const spare = new Map<string, Tensor>();
  const copies = new Map<string, Float32Array | Int32Array>();
  const slice = setup.slices[index]!;
  // What V8 frees when it happens to look makes it look often, with threads that take the processor from the lanes.
  const nowhere = new MessageChannel().port1;
  nowhere.close();
  let meetings = 0;

  const vectorTensor = (data: Float32Array): Tensor => new runtime.Tensor("float32", data, [data.length]);

  /** Of moments, a lane has its slice alone. */
  function hold(name: string, whole: Float32Array): void {
    const isSlice = count > 1 && name.startsWith("moment/");
    const data = isSlice ? whole.subarray(slice.start, slice.end) : whole;
    const known = current.get(name);
    if (known?.data.length === data.length) (known.data as Float32Array).set(data);
    else current.set(name, vectorTensor(data.slice()));
  }

  function vector(name: string): Float32Array {
    return current.get(name)!.data as Float32Array;
  }

  function previous(name: string): Float32Array | undefined {
    return (spare.get(name) ?? current.get(name))?.data as Float32Array | undefined;
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
    if (tensor === undefined) spare.set(name, (tensor = vectorTensor(new Float32Array(vector(name).length))));
    return tensor;
  }

  /**
   * Runs a graph; the vectors it gives anew are written beside the old ones and then take their place. A gradient is taken as it
   * comes: it is copied in any case, and is of use but once.
   */
  async function run(key: string, feeds: Feeds, into: Feeds = {}): Promise<Feeds> {
    const { session, views } = sessions.get(key)!;
    const taken: Feeds = {};
    for (const name of session.inputNames) {
      const view = views.get(name);
      const tensor = (feeds[view?.source ?? name] ?? current.get(view?.source ?? name))!;
      taken[name] = view === undefined ? tensor : partOf(tensor, view);
    }
    const fetches: Record<string, Tensor | null> = {};
    for (const name of session.outputNames) {
      const state = stateOf(name);
      const isWritten = state !== undefined && name !== "result/gradient";
      fetches[name] = isWritten ? (into[name] ?? spareFor(state)) : null;
    }
    const results = (await session.run(taken, fetches)) as Feeds;
    for (const name of session.outputNames) {
      const state = stateOf(name);
      if (state === undefined) continue;
      const before = current.get(state)!;
      if (name === "result/gradient") {
        current.set(state, results[name]!);
        discard(before);
      } else {
        current.set(state, spareFor(state));
        spare.set(state, before);
        // ONNX Runtime's binding copies results also where memory was given for them.
        discard(results[name]!);
      }
    }
    return results;
  }

  /** Frees a tensor's memory at once, by sending it to where nobody listens. */
  function discard({ data }: Tensor): void {
    const { buffer } = data as Float32Array;
    if (buffer instanceof ArrayBuffer) nowhere.postMessage(undefined, [buffer]);
  }

  /** Memory of this lane to copy into what ONNX Runtime takes, kept for the next step. */
  function copyOf<Data extends Float32Array | Int32Array>(name: string, data: Data): Data {
    let copy = copies.get(name);
    if (copy?.length !== data.length) copies.set(name, (copy = data.slice()));
    else copy.set(data);
    return copy as Data;
  }

  function partOf({ type, data }: Tensor, { start, end, times, dims }: View): Tensor {
    let part = (data as Float32Array).subarray(start, end);
    if (times > 1) {
      const repeated = new Float32Array(part.length * times);
      for (let at = 0; at < repeated.length; at += part.length) repeated.set(part, at);
      part = repeated;
    }
    return new runtime.Tensor(type as "float32", part, dims);
  }

  function scalarFeeds(scalars: readonly ScalarValue[]): Feeds {
    const feeds: Feeds = {};
    for (const { name, type, value } of scalars) {
      const values = typeof value === "number" ? [value] : value;
      const data = type === "int32" ? Int32Array.from(values) : Float32Array.from(values);
      feeds[name] = new runtime.Tensor(type, data, typeof value === "number" ? [] : [values.length]);
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
    const data = part.buffer instanceof SharedArrayBuffer ? copyOf(port.name, part) : part;
    const { count: examples, turns } = chunk;
    const leading = turns === undefined ? [examples] : [turns, examples / turns];
    return new runtime.Tensor(port.type, data, [...leading, ...port.dims]);
  }

  /**
   * Looks for a counter to reach a number, so many times at most. A function of its own without anything behind its loop: V8
   * compiles a loop while it runs, and then code behind it that never ran costs a return to the interpreter at every meeting.
   */
  function spinUntil(control: Int32Array, at: number, least: number, times: number): boolean {
    for (let spin = 0; spin < times; spin++) if (Atomics.load(control, at) >= least) return true;
    return false;
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
    if (spinUntil(control, arrivals, all, spins)) return;
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
    for (const name of Object.keys(results))
      if (name.startsWith("result/metric/accuracy"))
        shared.results[3 * index + 1]! += numberOf(name) / setup.targets.length;
  }

  async function runChunks({ chunks, batch }: LaneJob, examples: LaneExamples): Promise<void> {
    const isAdded =
      chunks[0] === undefined ||
      sessions.get(chunks[0].session)!.session.inputNames.includes("flat/gradient");
    if (isAdded) current.get("flat/gradient")?.data.fill(0 as never);
    for (const chunk of chunks) {
      const feeds = scalarFeeds(chunk.scalars);
      setup.data.forEach((port, at) => {
        feeds[port.name] = exampleFeed(port, examples.data[at]!, chunk, batch);
      });
      setup.targets.forEach((port, at) => {
        feeds[port.name] = exampleFeed(port, examples.targets[at]!, chunk, batch);
      });
      note(await run(chunk.session, feeds), chunk.count);
    }
  }

  /** Updates this lane's slice by the sum of all lanes' gradients. */
  async function update({ session, scalars }: NonNullable<LaneJob["update"]>): Promise<void> {
    if (slice.end === slice.start) return;
    const feeds = scalarFeeds(scalars);
    for (let lane = 0; lane < count; lane++) {
      const name = `flat/gradient/${lane}`;
      const gradient = sliceOf(lane === index ? vector("flat/gradient") : shared.gradients[lane]!);
      feeds[name] = vectorTensor(lane === index ? gradient : copyOf(name, gradient));
    }
    feeds["flat/weights"] = vectorTensor(sliceOf(vector("flat/weights")));
    const into = { "result/weights": vectorTensor(sliceOf(spareFor("flat/weights").data as Float32Array)) };
    const results = await run(session, feeds, into);
    shared.results[3 * index + 2] = Number(results["result/penalty"]?.data[0] ?? 0);
  }

  /** Takes what is new of the weights from the other lanes. */
  function takeWeights(): void {
    const weights = vector("flat/weights");
    setup.slices.forEach(({ start, end }, lane) => {
      if (lane !== index) weights.set(shared.weights.subarray(start, end), start);
    });
  }

  function shareMoments(): void {
    for (const [name, whole] of Object.entries(shared.moments)) sliceOf(whole).set(vector(name));
    meet();
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
      await runChunks(job, examples);
      if (learns && count > 1) shared.gradients[index]!.set(vector("flat/gradient"));
    });
    if (!learns) return;
    if (count === 1) return update(job.update!);
    await thenMeet(async () => {
      await update(job.update!);
      sliceOf(shared.weights).set(sliceOf(vector("flat/weights")));
    });
    takeWeights();
  }

  return {
    hold,
    vector,
    previous,
    shareMoments,
    work,
    async define(key, { bytes, views, optimization, isPlanned }) {
      const session = await runtime.InferenceSession.create(bytes, {
        executionProviders: ["cpu"],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: "sequential",
        graphOptimizationLevel: optimization,
        enableMemPattern: isPlanned,
        // Threads that look for work for much longer than the pause between two operations take the processor from others.
        extra: { session: { intra_op: { spin_duration_us: "200" } } },
        // Errors are thrown; they need not be written to the terminal as well.
        logSeverityLevel: 4,
      });
      const dimsOf = (name: string): readonly number[] => {
        const metadata = session.inputMetadata.find((input) => input.name === name)!;
        return metadata.isTensor ? metadata.shape.map(Number) : [];
      };
      const named = views.map((view) => [view.name, { ...view, dims: dimsOf(view.name) }] as const);
      sessions.set(key, { session, views: new Map(named) });
    },
    async release(key) {
      await sessions.get(key)?.session.release();
      sessions.delete(key);
    },
  };
}
