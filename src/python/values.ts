/** A value of a Python program, as far as layers are written with it. */
export type PythonValue =
  | { readonly kind: "number" | "text" | "name"; readonly text: string }
  | { readonly kind: "tuple" | "list"; readonly items: readonly PythonValue[] }
  | PythonCall;

/** `layers.Conv2D(32, kernel_size=3)(x)`. */
export interface PythonCall {
  readonly kind: "call";
  /** `layers.Conv2D`. */
  readonly callee: string;
  readonly positional: readonly PythonValue[];
  readonly named: ReadonlyMap<string, PythonValue>;
  /** What the layer is applied to. */
  readonly applied: readonly PythonValue[] | undefined;
}

const token =
  /\s*(?:([A-Za-z_][\w.]*)|(-?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|("[^"\n]*"|'[^'\n]*')|([()[\],=])|(\S))/y;

const operators: ReadonlySet<string> = new Set(["+", "-", "*", "/"]);

const mostNesting = 20;

/** Reads one expression that fills a text; undefined for whatever is more than names, numbers, texts and calls. */
export function parsePythonValue(text: string): PythonValue | undefined {
  const reader = new Reader(text);
  const value = reader.value(0);
  return value !== undefined && reader.isAtEnd ? value : undefined;
}

class Reader {
  readonly #tokens: string[] = [];
  #at = 0;

  constructor(text: string) {
    token.lastIndex = 0;
    for (let match = token.exec(text); match !== null; match = token.exec(text))
      this.#tokens.push(match[0].trim());
  }

  get isAtEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  value(depth: number): PythonValue | undefined {
    const value = this.#operand(depth);
    if (value === undefined || !operators.has(this.#tokens[this.#at] ?? "")) return value;
    // Arithmetic counts where nobody asks for its value, as the inputs of a layer.
    while (operators.has(this.#tokens[this.#at] ?? "")) {
      this.#at += 1;
      if (this.#tokens[this.#at] === "/") this.#at += 1;
      if (this.#operand(depth + 1) === undefined) return undefined;
    }
    return { kind: "name", text: "…" };
  }

  #operand(depth: number): PythonValue | undefined {
    const first = this.#tokens[this.#at];
    if (first === undefined || depth > mostNesting) return undefined;
    this.#at += 1;
    if (/^[-.\d]/.test(first)) return { kind: "number", text: first.replaceAll("_", "") };
    if (/^["']/.test(first)) return { kind: "text", text: first.slice(1, -1) };
    if (first === "(" || first === "[") return this.#items(first, depth);
    if (!/^[A-Za-z_]/.test(first)) return undefined;
    return this.#tokens[this.#at] === "(" ? this.#call(first, depth) : { kind: "name", text: first };
  }

  #items(open: string, depth: number): PythonValue | undefined {
    const listed = this.#list(open === "(" ? ")" : "]", depth);
    if (listed === undefined || listed.named.size > 0) return undefined;
    const { positional: items, trails } = listed;
    if (open === "[") return { kind: "list", items };
    return items.length === 1 && !trails ? items[0] : { kind: "tuple", items };
  }

  #call(callee: string, depth: number): PythonValue | undefined {
    this.#at += 1;
    const given = this.#list(")", depth);
    if (given === undefined) return undefined;
    let applied: readonly PythonValue[] | undefined;
    if (this.#tokens[this.#at] === "(") {
      this.#at += 1;
      const listed = this.#list(")", depth);
      if (listed === undefined || listed.named.size > 0) return undefined;
      applied = listed.positional;
    }
    return { kind: "call", callee, positional: given.positional, named: given.named, applied };
  }

  /** Values up to a closing bracket, those with names apart. */
  #list(
    close: string,
    depth: number,
  ): { positional: PythonValue[]; named: Map<string, PythonValue>; trails: boolean } | undefined {
    const positional: PythonValue[] = [];
    const named = new Map<string, PythonValue>();
    let trails = false;
    while (this.#tokens[this.#at] !== close) {
      const name = this.#tokens[this.#at + 1] === "=" ? this.#tokens[this.#at] : undefined;
      if (name !== undefined) this.#at += 2;
      const value = this.value(depth + 1);
      if (value === undefined) return undefined;
      if (name === undefined) positional.push(value);
      else named.set(name, value);
      trails = this.#tokens[this.#at] === ",";
      if (trails) this.#at += 1;
      else if (this.#tokens[this.#at] !== close) return undefined;
    }
    this.#at += 1;
    return { positional, named, trails };
  }
}
