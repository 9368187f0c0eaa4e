import { defaultKind, kindSetting, type KindsOf } from "../../settings/setting.ts";
import { scheduleKinds } from "../schedules.ts";
import { foreignNames } from "./foreign-names.ts";

export type ScheduleSetting = KindsOf<typeof scheduleKinds>;

/** The learning rate over the course of a run. */
export const scheduleSettings = {
  schedule: kindSetting(scheduleKinds, {
    what: "a schedule",
    foreign: foreignNames.schedule,
    summary: "The learning rate over the course of a run; measured in epochs, changed each step.",
    example: "schedule cosine warmup=1",
    default: defaultKind(scheduleKinds, "constant") as ScheduleSetting,
    defaultText: "`constant`",
    mayChangeOnResume: true,
  }),
};
