import type { LoopState } from "./run-state.ts";

/** Which checkpoints a run keeps beside the one that it goes on from. */
export interface SaveRule {
  /** A checkpoint every so many steps; undefined: at the ends of epochs. */
  readonly steps: number | undefined;
  /** A checkpoint every so many epochs. */
  readonly epochs: number;
  /** The newest of these that stay, each in a file of its own; 0: none but the one to go on from. */
  readonly keep: number;
  /** The score whose best epoch is kept as well. */
  readonly best: string | undefined;
}

/** Whether a rule asks for a checkpoint here. */
export function isDue(
  { steps, epochs }: SaveRule,
  { epoch, stepInEpoch, step }: LoopState["progress"],
): boolean {
  if (steps !== undefined) return step % steps === 0;
  return stepInEpoch === 0 && epoch % epochs === 0;
}
