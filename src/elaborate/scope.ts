import type { LayerId } from "../graph/layer-graph.ts";
import type { Span } from "../source/source-file.ts";
import type { BlockStatement, SharedStatement, Statement } from "../syntax/ast.ts";
import type { FileUnit, ModelDefinition } from "./files.ts";
import type { Value } from "./values.ts";

/** What flows through a model: the tensor of a layer, or one that an earlier mistake leaves unknown. */
export type Tensor = LayerId | "lost";

/** The layers from `first` up to but not including `end`. */
export interface LayerRange {
  readonly first: LayerId;
  readonly end: LayerId;
}

export interface ValueBinding {
  readonly kind: "value";
  readonly value: Value;
  readonly what: "parameter" | "let" | "loop name" | "dimension";
  readonly span: Span;
}

export interface TensorBinding {
  readonly kind: "tensor";
  readonly tensor: Tensor;
  readonly layers: LayerRange;
  /** Where the name stands for a call: the names within, reached by `call.inner`. */
  readonly inner: Scope | undefined;
  readonly span: Span;
}

export interface BlockBinding {
  readonly kind: "block";
  readonly statement: BlockStatement;
  /** The scope in which the block stands. */
  readonly scope: Scope;
  readonly unit: FileUnit;
  readonly span: Span;
}

/** One instance of a `shared`. */
export interface SharedBinding {
  readonly kind: "shared";
  readonly statement: SharedStatement;
  readonly scope: Scope;
  readonly unit: FileUnit;
  readonly span: Span;
  /** The layers of its first use, which own the weights. */
  owners: LayerRange | undefined;
}

export interface ModelBinding {
  readonly kind: "model";
  readonly model: ModelDefinition;
  readonly unit: FileUnit;
  readonly span: Span;
}

/** `use x as y`: what `y.` prefixes. */
export interface LibraryBinding {
  readonly kind: "library";
  readonly unit: FileUnit;
  readonly span: Span;
}

/** A name that several used files give, and none of them more than the others. */
export interface AmbiguousBinding {
  readonly kind: "ambiguous";
  readonly bindings: readonly Binding[];
  readonly span: Span;
}

export type Binding =
  | ValueBinding
  | TensorBinding
  | BlockBinding
  | SharedBinding
  | ModelBinding
  | LibraryBinding
  | AmbiguousBinding;

/** One namespace for labels, values, blocks and models; names of the scopes around it are seen, except a caller's tensors. */
export class Scope {
  readonly parent: Scope | undefined;
  /** The statements that run in it, to tell a name that is defined later from one that is not defined. */
  readonly statements: readonly Statement[];
  /** True for the body of a block, `shared` or model: tensors of the scopes around it are not seen. */
  readonly isCall: boolean;
  /** True where a failed `use` or condition leaves names out: an unknown name may be no mistake. */
  isIncomplete = false;
  /** Names that `use` brought in: a definition of the file's own wins, and a file that uses this one does not see them. */
  readonly imported = new Set<string>();
  /** Of a file that is one model without a `model` line: what other files call it. Its own statements may mean something else by the name. */
  wholeFile: { readonly name: string; readonly binding: ModelBinding } | undefined;
  readonly #names = new Map<string, Binding>();

  constructor(parent: Scope | undefined, statements: readonly Statement[], isCall: boolean) {
    this.parent = parent;
    this.statements = statements;
    this.isCall = isCall;
  }

  own(name: string): Binding | undefined {
    return this.#names.get(name);
  }

  set(name: string, binding: Binding): void {
    this.#names.set(name, binding);
  }

  /** Takes a name from a used file, which does not come before one of the file's own. */
  import(name: string, binding: Binding): void {
    const earlier = this.#names.get(name);
    if (earlier === undefined) {
      this.#names.set(name, binding);
      this.imported.add(name);
    } else if (this.imported.has(name) && earlier !== binding) {
      const bindings = earlier.kind === "ambiguous" ? earlier.bindings : [earlier];
      if (bindings.includes(binding)) return;
      this.#names.set(name, { kind: "ambiguous", bindings: [...bindings, binding], span: earlier.span });
    }
  }

  /** The binding of a name here or further out; a tensor outside of the call that this scope belongs to counts as hidden. */
  find(name: string): { readonly binding: Binding; readonly isHidden: boolean } | undefined {
    let isOutside = false;
    for (let scope: Scope | undefined = this as Scope; scope !== undefined; scope = scope.parent) {
      const binding = scope.#names.get(name);
      if (binding !== undefined) return { binding, isHidden: isOutside && binding.kind === "tensor" };
      isOutside ||= scope.isCall;
    }
    return undefined;
  }

  /** The names seen from here whose bindings are of one of the given kinds. */
  *visibleNames(...kinds: readonly Binding["kind"][]): Generator<string> {
    let isOutside = false;
    for (let scope: Scope | undefined = this as Scope; scope !== undefined; scope = scope.parent) {
      for (const [name, binding] of scope.#names) {
        if (kinds.includes(binding.kind) && !(isOutside && binding.kind === "tensor")) yield name;
      }
      isOutside ||= scope.isCall;
    }
  }

  /** This scope's own names in the order of their definition. */
  *ownNames(): Generator<readonly [string, Binding]> {
    yield* this.#names;
  }

  /** What another file means by a name of the file that this scope belongs to. */
  given(name: string): Binding | undefined {
    const own = this.imported.has(name) ? undefined : this.#names.get(name);
    return own ?? (this.wholeFile?.name === name ? this.wholeFile.binding : undefined);
  }

  /** The names that other files can say, in the order of their definition. */
  *givenNames(): Generator<readonly [string, Binding]> {
    const names = new Set([...this.#names.keys()].filter((name) => !this.imported.has(name)));
    if (this.wholeFile !== undefined) names.add(this.wholeFile.name);
    for (const name of names) yield [name, this.given(name)!];
  }

  /** Whether names may be missing from this scope or one further out. */
  get mayLackNames(): boolean {
    for (let scope: Scope | undefined = this as Scope; scope !== undefined; scope = scope.parent) {
      if (scope.isIncomplete) return true;
    }
    return false;
  }
}
