import { InputError, type InputPlace } from "../diagnostics/input-error.ts";
import { type Dataset, selectRows } from "./dataset.ts";
import type { ReadOptions } from "./read-options.ts";

/** How many left-out examples are named. */
export const mostNamed = 5;

/** Examples of data in rows that cannot be used: the first is a mistake, unless the reader is asked to leave them out. */
export class BadRows {
  readonly #reasons = new Map<number, string>();
  readonly #isLeftOut: boolean;

  constructor({ skipBad = false }: Pick<ReadOptions, "skipBad">) {
    this.#isLeftOut = skipBad;
  }

  /** @param row from 0 @throws InputError where bad rows are not left out */
  refuse(row: number, message: string, place: InputPlace): void {
    if (!this.#isLeftOut) {
      throw new InputError(message, {
        place: { ...place, row: row + 1 },
        help: "with --skip-bad such examples are left out and counted",
      });
    }
    if (!this.#reasons.has(row)) this.#reasons.set(row, message);
  }

  /** The data without those rows. @throws InputError where nothing is left */
  leaveOutOf(whole: Dataset, place: InputPlace): Dataset {
    const reasons = [...this.#reasons].sort(([a], [b]) => a - b);
    const [first] = reasons;
    if (first === undefined) return whole;
    if (reasons.length === whole.count)
      throw new InputError(`none of the ${whole.count} examples can be used: ${first[1]}`, {
        place: { ...place, row: first[0] + 1 },
      });
    const named = reasons.slice(0, mostNamed).map(([row, message]) => `row ${row + 1}: ${message}`);
    return leaveOutRows(whole, { rows: this.#reasons, named, what: "examples" });
  }
}

/** A data set without some of its rows, which are counted; `named` says of some of them why. */
export function leaveOutRows(
  whole: Dataset,
  left: {
    readonly rows: Pick<ReadonlySet<number>, "has" | "size">;
    readonly named: readonly string[];
    readonly what: string;
  },
): Dataset {
  const { rows, named, what } = left;
  const kept = Uint32Array.from({ length: whole.count }, (_, row) => row).filter((row) => !rows.has(row));
  return {
    ...selectRows(whole, kept, `without ${rows.size} bad ${what}`),
    skipped: named,
    skippedCount: rows.size,
  };
}
