/** A text that stands for a file's: every character outside texts and comments is one that the language knows. */
export interface PlainText {
  readonly text: string;
  /** The offset in the file of an offset in `text`. */
  readonly original: (offset: number) => number;
}

/** A text with parts of it replaced, from its start to its end, beside the map back to the text before. */
export class TextChanges {
  readonly #text: string;
  readonly #pieces: string[] = [];
  /** From `starts[i]` in the new text on, the old offset is the new one plus `shifts[i]`. */
  readonly #starts: number[] = [0];
  readonly #shifts: number[] = [0];
  #read = 0;
  #written = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Puts a text in place of `length` characters. */
  put(start: number, length: number, text: string): void {
    const before = this.#text.slice(this.#read, start);
    this.#pieces.push(before, text);
    this.#read = start + length;
    this.#written += before.length + text.length;
    if (text.length !== length) {
      this.#starts.push(this.#written);
      this.#shifts.push(this.#read - this.#written);
    }
  }

  finish(): PlainText {
    this.#pieces.push(this.#text.slice(this.#read));
    const starts = this.#starts;
    const shifts = this.#shifts;
    const length = this.#text.length;
    const original = (offset: number): number => {
      let low = 0;
      let high = starts.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (starts[middle]! <= offset) low = middle;
        else high = middle - 1;
      }
      // Inside a replacement the shift would lead past its source: the next stretch's start bounds it.
      const next = low + 1 < starts.length ? starts[low + 1]! + shifts[low + 1]! : length;
      return Math.max(0, Math.min(offset + shifts[low]!, next, length));
    };
    return { text: this.#pieces.join(""), original };
  }
}
