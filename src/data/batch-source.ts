// The batches of a run. Where examples come from memory as they are, the calling thread copies them, which takes no time to
// speak of; what is augmented or read from a file is prepared by threads, some batches ahead of the step.
import type { Worker } from "node:worker_threads";
import {
  type Batch,
  type BatchArrays,
  batchArrays,
  batchCount,
  batches,
  type BatchForm,
  batchOf,
  batchRows,
  type EpochPlan,
} from "./batches.ts";
import { columnsOf, type ValueColumn } from "./columns.ts";
import { type Dataset, exampleSize, storedRows } from "./dataset.ts";
import { type PendingRows, rowsFilled } from "./pending-rows.ts";
import { shareStore } from "./store.ts";
import {
  dataThreads,
  type FillJob,
  slotStates,
  startDataThread,
  threadBytes,
  type TravellingMistake,
  unpackMistake,
} from "./threads.ts";

/** Gives the batches of one epoch after the other. */
export interface BatchSource {
  /** A batch holds until the next one is asked for. */
  epoch(plan: EpochPlan): AsyncGenerator<Batch, void, undefined>;
  /** Seconds that batches were waited for so far: what the step lost to the data. */
  readonly waitedSeconds: number;
  close(): Promise<void>;
}

/** Batches that are ready or under way, for each thread, besides the one in use. */
const batchesAhead = 2;

/** Bytes that batches ahead of the step may take. */
const mostAhead = 256e6;

/** Threads that read from a file wait for it more than they compute: some more of them keep it busy. */
const readingThreads = 4;

/** How batches are prepared. */
interface BatchPlan {
  /** 0 where the calling thread copies them. */
  readonly threads: number;
  /** What that takes of memory beside the data. */
  readonly bytes: number;
}

/** How the batches of some data are prepared, so that the step need not wait and memory stays that of a few batches. */
export function planBatches(dataset: Dataset, form: BatchForm): BatchPlan {
  const perExample = [dataset, ...columnsOf(dataset)].reduce((sum, { shape }) => sum + exampleSize(shape), 0);
  const batch = 4 * Math.min(form.batchSize, dataset.count) * perExample;
  if (isPlain(dataset, form)) return { threads: 0, bytes: batch };
  const each = threadBytes.fill + batchesAhead * batch;
  const wanted = dataThreads(each, dataset.examples.kind === "file" ? readingThreads : 1);
  const threads = Math.max(1, Math.min(wanted, Math.floor(mostAhead / (batchesAhead * batch))));
  return { threads, bytes: batch + threads * each };
}

/** Whether the examples of a batch need only be copied. */
function isPlain({ examples }: Dataset, { augmentations = [] }: BatchForm): boolean {
  return examples.kind === "memory" && augmentations.length === 0;
}

/** @param threads how many prepare batches, where it is not the calling one; what they give does not depend on it */
export function openBatches(
  dataset: Dataset,
  form: BatchForm,
  threads = planBatches(dataset, form).threads,
): BatchSource {
  return isPlain(dataset, form) ? new PlainSource(dataset, form) : new ThreadedSource(dataset, form, threads);
}

/** The numbers of the rows alone, for who has the data already. */
export function openRows(dataset: Dataset, batchSize: number): BatchSource {
  const empty = {
    examples: new Float32Array(0),
    labels: new Int32Array(0),
    mix: undefined,
    columns: [],
  } as const;
  return {
    waitedSeconds: 0,

    async *epoch(plan) {
      for (const { index, rows } of batchRows(dataset, batchSize, plan))
        yield { ...empty, index, size: rows.length, rows: Int32Array.from(rows) };
    },
    close: () => Promise.resolve(),
  };
}

/** The data as several threads can see it without copies of their own: what is not in shared memory is copied there. */
export function shareStores(dataset: Dataset): Dataset {
  const share = <Part extends Pick<ValueColumn, "examples">>(part: Part): Part => ({
    ...part,
    examples: shareStore(part.examples),
  });
  const { otherInputs, targets } = dataset;
  return {
    ...share(dataset),
    ...(otherInputs === undefined ? {} : { otherInputs: otherInputs.map(share) }),
    ...(targets === undefined ? {} : { targets: targets.map(share) }),
  };
}

class PlainSource implements BatchSource {
  waitedSeconds = 0;
  readonly #dataset: Dataset;
  readonly #form: BatchForm;

  constructor(dataset: Dataset, form: BatchForm) {
    this.#dataset = dataset;
    this.#form = form;
  }

  async *epoch(plan: EpochPlan): AsyncGenerator<Batch, void, undefined> {
    const { pending } = this.#dataset.examples;
    if (pending === undefined) return yield* batches(this.#dataset, { ...this.#form, ...plan });
    yield* this.#pendingEpoch(plan, pending);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Each batch once its rows are there. */
  async *#pendingEpoch(plan: EpochPlan, pending: PendingRows): AsyncGenerator<Batch, void, undefined> {
    const filled = batches(this.#dataset, { ...this.#form, ...plan });
    try {
      for (const { rows } of batchRows(this.#dataset, this.#form.batchSize, plan)) {
        const started = performance.now();
        await rowsFilled(pending, storedRows(this.#dataset, rows));
        this.waitedSeconds += (performance.now() - started) / 1000;
        const next = filled.next();
        if (next.done !== true) yield next.value;
      }
    } finally {
      filled.return();
    }
  }
}

class ThreadedSource implements BatchSource {
  waitedSeconds = 0;
  readonly #dataset: Dataset;
  readonly #form: BatchForm;
  readonly #slots: readonly BatchArrays[];
  readonly #states: Int32Array;
  readonly #threads: readonly Worker[];
  #failure: unknown;

  constructor(dataset: Dataset, form: BatchForm, threads: number) {
    this.#dataset = dataset;
    this.#form = form;
    const perEpoch = batchCount(dataset.count, form.batchSize);
    const slotCount = 1 + batchesAhead * Math.min(threads, perEpoch);
    const largest = Math.min(form.batchSize, dataset.count);
    this.#slots = Array.from({ length: slotCount }, () => batchArrays(largest, dataset, true));
    this.#states = new Int32Array(new SharedArrayBuffer(4 * slotCount));
    const { batchSize: _size, ...rest } = form;
    const shared = shareStores(dataset);
    this.#threads = Array.from({ length: Math.min(threads, perEpoch) }, () => {
      const thread = startDataThread({
        kind: "fill",
        dataset: shared,
        form: rest,
        slots: this.#slots,
        states: this.#states,
      });
      thread.on("message", (mistake: TravellingMistake) => (this.#failure ??= unpackMistake(mistake)));
      thread.on("error", (error) => this.#fail(error));
      thread.unref();
      return thread;
    });
  }

  async *epoch({ epoch = 0, ...plan }: EpochPlan): AsyncGenerator<Batch, void, undefined> {
    const waiting: FillJob[] = [];
    const jobs = batchRows(this.#dataset, this.#form.batchSize, plan);
    const free = this.#slots.map((_, slot) => slot);
    const askAhead = (): void => {
      while (free.length > 0) {
        const next = jobs.next();
        if (next.done) return;
        const job = { slot: free.shift()!, epoch, ...next.value, rows: next.value.rows.slice() };
        Atomics.store(this.#states, job.slot, slotStates.empty);
        this.#threads[job.index % this.#threads.length]!.postMessage(job);
        waiting.push(job);
      }
    };
    try {
      askAhead();
      for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
        const state = await this.#filled(job.slot);
        yield batchOf(this.#slots[job.slot]!, job.index, job.rows.length, state === slotStates.mixed);
        free.push(job.slot);
        askAhead();
      }
    } finally {
      // An epoch that is left early leaves slots that threads still write to.
      for (const { slot } of waiting) await this.#filled(slot).catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }

  /** Sleeps until a slot is filled; a tenth of a second at most before this thread's events have their turn. */
  async #filled(slot: number): Promise<number> {
    const started = performance.now();
    let state = Atomics.load(this.#states, slot);
    while (state === slotStates.empty && this.#failure === undefined) {
      if (Atomics.wait(this.#states, slot, slotStates.empty, 100) === "timed-out") {
        await new Promise((resolve) => setImmediate(resolve));
      }
      state = Atomics.load(this.#states, slot);
    }
    this.waitedSeconds += (performance.now() - started) / 1000;
    if (state === slotStates.empty || state === slotStates.failed) throw await this.#reason();
    return state;
  }

  /** What went wrong in a thread; its message may be under way yet. */
  async #reason(): Promise<unknown> {
    while (this.#failure === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
    return this.#failure;
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
  }
}
