/** Things that are dear to make, by keys: the ones not asked for longest make room for others. */
export class RecentlyUsed<Value> {
  readonly #most: number;
  readonly #release: (value: Value) => Promise<void>;
  /** Those used last at the end. */
  readonly #values = new Map<string, Value>();

  constructor(most: number, release: (value: Value) => Promise<void>) {
    this.#most = most;
    this.#release = release;
  }

  async get(key: string, make: () => Promise<Value>): Promise<Value> {
    const known = this.#values.get(key);
    const value = known ?? (await make());
    this.#values.delete(key);
    const [oldest] = this.#values;
    if (known === undefined && oldest !== undefined && this.#values.size >= this.#most) {
      this.#values.delete(oldest[0]);
      await this.#release(oldest[1]);
    }
    this.#values.set(key, value);
    return value;
  }

  async releaseAll(): Promise<void> {
    const values = [...this.#values.values()];
    this.#values.clear();
    for (const value of values) await this.#release(value);
  }
}

/** Sessions kept for batch sizes; a run has the full batch and the last of an epoch, each in up to two chunk sizes. */
export const mostSessions = 12;
