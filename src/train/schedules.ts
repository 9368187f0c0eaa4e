import { flag, number, numbers, optionalNumber } from "../settings/argument.ts";
import type { ArgumentsOf, ArgumentTable } from "../settings/argument.ts";

/** Where a run stands, for a schedule. Everything is measured in epochs, parts of them included. */
export interface ScheduleMoment {
  /** Epochs since the start, or since the end of the warm-up. */
  readonly epoch: number;
  /** How long the whole shall take. */
  readonly epochs: number;
  /** How much of an epoch a step is. */
  readonly stepLength: number;
}

/** A learning rate over the course of a run, before its settings are known. */
export interface ScheduleKind<Table extends ArgumentTable = ArgumentTable> {
  readonly summary: string;
  readonly arguments: Table;
  /** What the optimizer's learning rate is multiplied by. */
  factor(moment: ScheduleMoment, settings: ArgumentsOf<Table>): number;
}

function scheduleKind<Table extends ArgumentTable>(
  kind: ScheduleKind<Table>,
): ScheduleKind<Table & typeof warmup> {
  return { ...kind, arguments: { ...kind.arguments, ...warmup }, factor: kind.factor };
}

const warmup = {
  warmup: number("epochs over which the rate rises to its value first", { default: 0, minimum: 0 }),
};

const every = number("epochs from one change to the next", {
  default: 1,
  above: 0,
  elsewhere: ["step_size", "decay_steps", "period"],
});
const factor = (value: number) =>
  number("the factor", { default: value, above: 0, elsewhere: ["gamma", "decay_rate", "drop"] });
const staircase = flag("whether the rate changes once in `every` epochs only");
const final = (value: number) => number("the share of the rate at the end", { default: value, minimum: 0 });

/** Half a cosine from 1 to 0 while `share` goes from 0 to 1. */
const cosineFall = (share: number): number => 0.5 * (1 + Math.cos(Math.PI * Math.min(1, share)));

/**
 * Every schedule by its name. Formulas are those of Keras' schedules, with epochs for steps and shares of the optimizer's rate for
 * rates; `one_cycle` is PyTorch's.
 */
export const scheduleKinds = {
  constant: scheduleKind({ summary: "the rate as it is", arguments: {}, factor: () => 1 }),
  step: scheduleKind({
    summary: "times `factor` every so many epochs",
    arguments: { every: { ...every, default: 10 }, factor: factor(0.1) },
    factor: ({ epoch }, { every: length, factor }) => factor ** Math.floor(epoch / length),
  }),
  piecewise: scheduleKind({
    summary: "a value from each boundary on",
    arguments: {
      boundaries: numbers("epochs at which the next value begins", { minimum: 0 }),
      values: numbers("shares of the rate, one more than boundaries", { minimum: 0 }),
    },
    factor({ epoch }, { boundaries, values }) {
      const passed = boundaries.filter((boundary) => epoch >= boundary).length;
      return values[Math.min(passed, values.length - 1)] ?? 1;
    },
  }),
  exponential: scheduleKind({
    summary: "times `factor` in `every` epochs, steadily",
    arguments: { factor: factor(0.96), every, staircase },
    factor: ({ epoch }, { factor, every: length, staircase: stepped }) =>
      factor ** (stepped ? Math.floor(epoch / length) : epoch / length),
  }),
  inverse_time: scheduleKind({
    summary: "divided by 1 + `decay` · epochs",
    arguments: { decay: number("how fast", { default: 0.5, minimum: 0 }), every, staircase },
    factor: ({ epoch }, { decay, every: length, staircase: stepped }) =>
      1 / (1 + decay * (stepped ? Math.floor(epoch / length) : epoch / length)),
  }),
  polynomial: scheduleKind({
    summary: "down to `final` along a power of what is left",
    arguments: { power: number("the power; 1 is a line", { default: 1, above: 0 }), final: final(0.0001) },
    factor: ({ epoch, epochs }, { power, final: end }) =>
      (1 - end) * (1 - Math.min(1, epoch / epochs)) ** power + end,
  }),
  cosine: scheduleKind({
    summary: "down to `final` along a cosine; Loshchilov and Hutter, 2017",
    arguments: { final: final(0) },
    factor: ({ epoch, epochs }, { final: end }) => (1 - end) * cosineFall(epoch / epochs) + end,
  }),
  cosine_restarts: scheduleKind({
    summary: "cosine, beginning anew after `first` epochs and then after `times` as many each time",
    arguments: {
      first: number("epochs of the first fall", { default: 10, above: 0 }),
      times: number("how much longer each fall is than the one before", { default: 2, minimum: 1 }),
      height: number("how high each fall begins against the one before", { default: 1, above: 0 }),
      final: final(0),
    },
    factor({ epoch }, { first, times, height, final: end }) {
      let [length, start, peak] = [first, 0, 1];
      while (epoch >= start + length) [start, length, peak] = [start + length, length * times, peak * height];
      return (1 - end) * peak * cosineFall((epoch - start) / length) + end;
    },
  }),
  one_cycle: scheduleKind({
    summary: "up to the rate and down again along cosines; Smith, 2018",
    arguments: {
      rise: number("the share of the run in which the rate rises", { default: 0.3, above: 0, below: 1 }),
      start: number("the rate is divided by this at the start", { default: 25, minimum: 1 }),
      end: number("the first rate is divided by this at the end", { default: 10_000, minimum: 1 }),
    },
    factor({ epoch, epochs, stepLength }, { rise, start, end }) {
      // The first phase ends, and the second, with the last step that belongs to it.
      const top = Math.max(stepLength, rise * epochs - stepLength);
      const bottom = epochs - stepLength;
      const low = 1 / start;
      if (epoch <= top) return low + (1 - low) * (1 - cosineFall(epoch / top));
      const last = low / end;
      return last + (1 - last) * cosineFall((epoch - top) / (bottom - top));
    },
  }),
  plateau: scheduleKind({
    summary:
      "times `factor` whenever the validation loss has not become better for `patience` epochs (Keras' ReduceLROnPlateau)",
    arguments: {
      factor: number("the factor", { default: 0.1, above: 0, below: 1 }),
      patience: number("epochs to wait for better", { default: 10, minimum: 0 }),
      delta: number("by how much better", { default: 1e-4, minimum: 0, aliases: ["min_delta"] }),
      cooldown: number("epochs of rest after a change", { default: 0, minimum: 0 }),
      lowest: optionalNumber("the lowest rate", { minimum: 0, aliases: ["min_lr"] }),
    },
    factor: () => 1,
  }),
} as const;

export type ScheduleKinds = typeof scheduleKinds;
