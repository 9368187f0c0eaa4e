// diagnostics/: what the compiler says about a program, as data first (code, places, arithmetic, help, fix) and text last.
import type { Span } from "../source/source-file.ts";
import type { DiagnosticCode } from "./catalogue.ts";

/** `error`: the program means nothing; `warning`: it may be wrong, or a lint. */
export type Severity = "error" | "warning";

/** A place in a source text and what is to be said there. */
export interface Label {
  readonly span: Span;
  /** Said under the place; empty where the underline says enough. */
  readonly text: string;
  /** Shown to the right of the source line: shapes and arithmetic such as `3x3x32 → 1x1x64   (3 - 3)/1 + 1 = 1`. */
  readonly arithmetic?: string;
}

/** A replacement of source text; an insertion where the span is empty. */
export interface TextEdit {
  readonly span: Span;
  readonly text: string;
}

/** A change that can be applied by a machine, and what it does in words. */
export interface Fix {
  readonly title: string;
  readonly edits: readonly TextEdit[];
  /**
   * True where a person should look at it first: it makes another network of a sound one, or guesses what was meant. Without
   * it the fix says what was meant beyond doubt, or leaves a network that computes the same with the same weights.
   */
  readonly isUnsafe?: boolean;
}

/** One finding. The primary label is the first operation that is impossible; the others are the places that matter to it. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  readonly message: string;
  readonly primary: Label;
  readonly labels: readonly Label[];
  /** Facts that stand after the excerpt. */
  readonly notes: readonly string[];
  readonly help?: string;
  readonly fix?: Fix;
  /** What an earlier pass found within these is a part of this mistake, and need not be said. */
  readonly covers?: readonly Span[];
}

/** What every pass returns: its product, as far as there is one, and what it found. */
export interface Outcome<Value> {
  readonly value: Value;
  readonly diagnostics: readonly Diagnostic[];
}

/** Collects the findings of a pass. */
export class DiagnosticSink {
  readonly #diagnostics: Diagnostic[] = [];

  get diagnostics(): readonly Diagnostic[] {
    return this.#diagnostics;
  }

  get hasErrors(): boolean {
    return this.#diagnostics.some((diagnostic) => diagnostic.severity === "error");
  }

  report(
    code: DiagnosticCode,
    message: string,
    span: Span,
    details: Partial<Omit<Diagnostic, "code" | "message" | "primary">> & {
      text?: string;
      arithmetic?: string;
    } = {},
  ): void {
    const { text = "", arithmetic, severity = "error", labels = [], notes = [], help, fix, covers } = details;
    this.#diagnostics.push({
      code,
      severity,
      message,
      primary: arithmetic === undefined ? { span, text } : { span, text, arithmetic },
      labels,
      notes,
      ...(help === undefined ? {} : { help }),
      ...(fix === undefined ? {} : { fix }),
      ...(covers === undefined ? {} : { covers }),
    });
  }

  add(diagnostics: readonly Diagnostic[]): void {
    this.#diagnostics.push(...diagnostics);
  }
}
