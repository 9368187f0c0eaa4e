import { type ScheduleMoment, scheduleKinds } from "./schedules.ts";
import type { ScheduleSetting } from "./settings/schedule.ts";
import type { TrainSettings } from "./settings/table.ts";

/** What a schedule remembers of the epochs before; a checkpoint keeps it. */
export interface ScheduleState {
  /** What reductions have come to so far. */
  readonly reduction: number;
  /** The best value so far; undefined before the first. */
  readonly best: number | undefined;
  /** Epochs since then. */
  readonly waited: number;
  /** Epochs of rest left. */
  readonly resting: number;
}

export const startOfSchedule: ScheduleState = {
  reduction: 1,
  best: undefined,
  waited: 0,
  resting: 0,
};

/**
 * The learning rate of a step.
 *
 * @param epoch epochs done before this step, parts of them included
 * @param stepLength how much of an epoch a step is
 */
export function learningRateAt(
  { optimizer, schedule, epochs }: Pick<TrainSettings, "optimizer" | "schedule" | "epochs">,
  { reduction }: ScheduleState,
  { epoch, stepLength }: { readonly epoch: number; readonly stepLength: number },
): number {
  const rate = optimizer.learningRate;
  const { warmup } = schedule;
  // The rate rises from the first step on and is whole when the warm-up is over.
  if (epoch < warmup) return (rate * Math.min(warmup, epoch + stepLength)) / warmup;
  const left = Math.max(stepLength, epochs - warmup);
  const moment = { epoch: epoch - warmup, epochs: left, stepLength };
  return Math.max(lowestOf(schedule), rate * factorOf(schedule, moment) * reduction);
}

function factorOf(schedule: ScheduleSetting, moment: ScheduleMoment): number {
  const { factor } = scheduleKinds[schedule.name] as {
    factor(moment: ScheduleMoment, settings: ScheduleSetting): number;
  };
  return factor(moment, schedule);
}

function lowestOf(schedule: ScheduleSetting): number {
  return schedule.name === "plateau" ? (schedule.lowest ?? 0) : 0;
}

/** What a schedule makes of an epoch's validation loss, or of its training loss where nothing is held back (ReduceLROnPlateau). */
export function afterEpoch(schedule: ScheduleSetting, state: ScheduleState, loss: number): ScheduleState {
  if (schedule.name !== "plateau") return state;
  const { factor, patience, delta, cooldown } = schedule;
  const resting = Math.max(0, state.resting - 1);
  const rested = { ...state, resting, waited: state.resting > 0 ? 0 : state.waited };
  if (state.best === undefined || loss < state.best - delta) return { ...rested, best: loss, waited: 0 };
  if (resting > 0) return rested;
  const waited = rested.waited + 1;
  if (waited < patience) return { ...rested, waited };
  return { ...rested, reduction: state.reduction * factor, waited: 0, resting: cooldown };
}
