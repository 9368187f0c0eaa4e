import type { TrainSettings } from "./table.ts";

/** Options that set one argument of a setting, and leave the rest of it as it is. */
export const shorthands = {
  rate: { setting: "optimizer", argument: "rate", summary: "the optimizer's learning rate" },
  momentum: { setting: "optimizer", argument: "momentum", summary: "the optimizer's momentum" },
} as const satisfies Readonly<
  Record<string, { setting: keyof TrainSettings; argument: string; summary: string }>
>;
