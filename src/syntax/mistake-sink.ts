import { type Diagnostic, DiagnosticSink, type Label, type TextEdit } from "../diagnostics/diagnostic.ts";
import type { Span } from "../source/source-file.ts";

/** No more mistakes than these are looked for in one file: they are the same mistake, or no program at all. */
export const mostMistakes = 100;

/** Further lines of a habit that carry a label. */
const mostLabels = 3;

/** A way of writing that comes from another language, at one of its places. */
export interface Habit {
  readonly code: Diagnostic["code"];
  readonly message: string;
  readonly span: Span;
  readonly text?: string | undefined;
  readonly help: string;
  /** What the fix does. */
  readonly title: string;
  readonly edits: readonly TextEdit[];
}

interface Noted {
  readonly first: Habit;
  readonly others: Span[];
  readonly edits: TextEdit[];
}

/**
 * The mistakes of one text. A habit goes through a text or a part of it, so it is told once: at its first place, with the
 * other places as labels and one fix for all of them.
 */
export class MistakeSink extends DiagnosticSink {
  readonly #habits = new Map<unknown, Noted>();

  override report(...finding: Parameters<DiagnosticSink["report"]>): void {
    if (this.diagnostics.length < mostMistakes) super.report(...finding);
  }

  /** Notes one place of a habit; `within` is what it goes through: any value that stands for a part of the text. */
  note(within: unknown, habit: Habit): void {
    const noted = this.#habits.get(within);
    if (noted === undefined) {
      this.#habits.set(within, { first: habit, others: [], edits: [...habit.edits] });
      return;
    }
    noted.others.push(habit.span);
    noted.edits.push(...habit.edits);
  }

  /** Adds to the fix of a habit that is noted; in one place edits go in in the order in which they are added. */
  addEdits(within: unknown, edits: readonly TextEdit[]): void {
    this.#habits.get(within)?.edits.push(...edits);
  }

  /** Reports the habits, and gives the offsets of all that is reported, ascending. */
  tellHabits(): readonly number[] {
    const places: number[] = [];
    for (const { first, others, edits } of this.#habits.values()) {
      const { code, message, span, text = "", help, title } = first;
      this.report(code, message, span, { text, labels: placesOf(span, others), help, fix: { title, edits } });
      places.push(...others.map(({ start }) => start));
    }
    this.#habits.clear();
    return [...places, ...this.diagnostics.map(({ primary }) => primary.span.start)].sort((a, b) => a - b);
  }
}

/** Labels on the next lines that a habit goes on in. */
function placesOf({ file, start }: Span, others: readonly Span[]): readonly Label[] {
  const lines = new Map<number, Span>();
  for (const other of others) {
    const { line } = file.position(other.start);
    if (line !== file.position(start).line && !lines.has(line)) lines.set(line, other);
  }
  const left = lines.size - mostLabels;
  const more = left === 1 ? ", and in 1 more line" : `, and in ${left} more lines`;
  return [...lines.values()].slice(0, mostLabels).map((span, index) => ({
    span,
    text: index === mostLabels - 1 && left > 0 ? `here too${more}` : "here too",
  }));
}
