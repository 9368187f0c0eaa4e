import { InputError } from "../../diagnostics/input-error.ts";

/** Where a layer stands in a file, in words: `lstm (LSTM)`. */
export interface LayerPlace {
  readonly name: string;
  readonly className: string;
}

/** Collects what stands in the way of an import, and what is left out of it without changing the network. */
export class ImportSink {
  readonly problems: InputError[] = [];
  readonly #notes = new Set<string>();
  readonly #file: string;
  readonly #rows: ReadonlyMap<string, number>;

  /** @param text the file, in which layers are looked for by their names; one long line has no rows worth telling */
  constructor(file: string, text: string) {
    this.#file = file;
    this.#rows = text.trimEnd().includes("\n") ? findRows(text) : new Map();
  }

  get notes(): readonly string[] {
    return [...this.#notes];
  }

  refuse(place: LayerPlace, reason: string, help?: string): void {
    const row = this.#rows.get(place.name);
    this.problems.push(
      new InputError(`layer ${place.name} (${place.className}): ${reason}`, {
        place: row === undefined ? { file: this.#file } : { file: this.#file, row },
        ...(help === undefined ? {} : { help }),
      }),
    );
  }

  note(text: string): void {
    this.#notes.add(text);
  }

  /** For what ends the reading at once. */
  fail(reason: string, help?: string): never {
    throw new InputError(reason, { place: { file: this.#file }, ...(help === undefined ? {} : { help }) });
  }
}

/** The first row in which each name stands, counted from 1. */
function findRows(text: string): ReadonlyMap<string, number> {
  const rows = new Map<string, number>();
  for (const [index, line] of text.split("\n").entries()) {
    const name = /"name":\s*"([^"]*)"/.exec(line)?.[1];
    if (name !== undefined && !rows.has(name)) rows.set(name, index + 1);
  }
  return rows;
}
