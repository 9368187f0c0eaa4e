/**
 * Names of layers. A label gives its own; what is labelled inside a call stands behind the call's label (`stage1/conv`).
 * Unlabelled layers are counted per class as in Keras 3: `conv2d`, `conv2d_1`.
 */
export class LayerNames {
  readonly #taken = new Set<string>();
  readonly #next = new Map<string, number>();
  readonly #labels: ReadonlySet<string>;

  /** `labels`: those of the text, which no unlabelled layer's name may take. */
  constructor(labels: ReadonlySet<string>) {
    this.#labels = labels;
  }

  /** The name of a labelled layer; with a number where the same label stood there before, as in a loop. */
  labelled(prefix: string, label: string): string {
    return this.#firstFree(`${prefix}${label}`, () => false);
  }

  /** The name of the next unlabelled layer whose class Keras calls `base`. */
  unlabelled(prefix: string, base: string): string {
    return this.#firstFree(`${prefix}${base}`, (name) => this.#labels.has(name.slice(prefix.length)));
  }

  /** The name of a later use of a layer whose weights are shared: `conv2d_use_2`. */
  anotherUse(owner: string): string {
    const key = `${owner}_use`;
    this.#next.set(key, Math.max(this.#next.get(key) ?? 0, 2));
    return this.#firstFree(key, () => false);
  }

  /** What the labels inside a call stand behind: the call's label, or the block's name with its count. */
  callPrefix(prefix: string, name: string): string {
    return `${this.#firstFree(`${prefix}${name}/`, () => false, true)}`;
  }

  #firstFree(base: string, isKept: (name: string) => boolean, isPrefix = false): string {
    for (let number = this.#next.get(base) ?? 0; ; number++) {
      const stem = isPrefix ? base.slice(0, -1) : base;
      const name = `${stem}${number === 0 ? "" : `_${number}`}${isPrefix ? "/" : ""}`;
      if (this.#taken.has(name) || isKept(name)) continue;
      this.#next.set(base, number + 1);
      this.#taken.add(name);
      return name;
    }
  }
}
