// Rows of a store that threads fill while others already read those that are there.
import { setTimeout as sleep } from "node:timers/promises";
import { InputError } from "../diagnostics/input-error.ts";
import { packMistake, type TravellingMistake, unpackMistake } from "./threads.ts";

/** What is known of rows that are on their way; all of it shared between threads. */
export interface PendingRows {
  /** Of each row 1 once it can be read. */
  readonly states: Int32Array;
  /** Why no more rows will come: how far that has been told, and how many bytes of `reason` say it. */
  readonly failure: Int32Array;
  readonly reason: Uint8Array;
}

const failureAt = { state: 0, length: 1 } as const;
const failureStates = { none: 0, underWay: 1, told: 2 } as const;

/** No message is longer. */
const longestReason = 65_536;

/** Milliseconds between two looks at whether filling has failed. */
const patience = 100;

export function pendingRows(count: number): PendingRows {
  return {
    states: new Int32Array(new SharedArrayBuffer(4 * count)),
    failure: new Int32Array(new SharedArrayBuffer(8)),
    reason: new Uint8Array(new SharedArrayBuffer(longestReason)),
  };
}

/** Says that a row can be read. */
export function markFilled({ states }: PendingRows, row: number): void {
  Atomics.store(states, row, 1);
  Atomics.notify(states, row);
}

/** Says that no more rows will come; the first reason is the one that readers get. */
export function failPending({ failure, reason }: PendingRows, error: unknown): void {
  const { none, underWay, told } = failureStates;
  if (Atomics.compareExchange(failure, failureAt.state, none, underWay) !== none) return;
  const travelling =
    error instanceof InputError ? packMistake(error) : { kind: "error", message: String(error) };
  const bytes = new TextEncoder().encode(JSON.stringify(travelling)).subarray(0, longestReason);
  reason.set(bytes);
  failure[failureAt.length] = bytes.length;
  Atomics.store(failure, failureAt.state, told);
}

/** Waits until a row can be read; the thread sleeps. @throws what filling failed with */
export function waitForRow(pending: PendingRows, row: number): void {
  while (!isFilled(pending, row)) Atomics.wait(pending.states, row, 0, patience);
}

/** The same for some rows, while this thread goes on with its events. */
export async function rowsFilled(pending: PendingRows, rows: Iterable<number>): Promise<void> {
  for (const row of rows) while (!isFilled(pending, row)) await sleep(1);
}

function isFilled({ states, failure, reason }: PendingRows, row: number): boolean {
  if (Atomics.load(states, row) === 1) return true;
  if (Atomics.load(failure, failureAt.state) !== failureStates.told) return false;
  const text = new TextDecoder().decode(reason.slice(0, failure[failureAt.length]));
  const travelling = JSON.parse(text) as
    TravellingMistake | { readonly kind: "error"; readonly message: string };
  throw travelling.kind === "mistake" ? unpackMistake(travelling) : new Error(travelling.message);
}
