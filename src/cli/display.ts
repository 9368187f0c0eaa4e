import type { TrainingEvent } from "../train/job.ts";

/** Shows a run: bars and a table in a terminal, plain lines elsewhere, or JSON lines. */
export interface TrainingDisplay {
  show(event: TrainingEvent): void;
  note(text: string): void;
  /** Takes away what is not to stay; more calls change nothing. */
  finish(): void;
}
