import type { SettingTable, ValuesOf } from "../../settings/setting.ts";
import { dataSettings } from "./data.ts";
import { keepingSettings } from "./keeping.ts";
import { lossSettings } from "./loss.ts";
import { metricSettings } from "./metrics.ts";
import { optimizerSettings } from "./optimizer.ts";
import { runSettings } from "./run.ts";
import { scheduleSettings } from "./schedule.ts";
import { updateSettings } from "./update.ts";

/** Every setting of the `train` section: the file, the command line and the manual know them from here. */
export const trainSettings = {
  ...dataSettings,
  ...lossSettings,
  ...optimizerSettings,
  ...scheduleSettings,
  ...updateSettings,
  ...runSettings,
  ...keepingSettings,
  ...metricSettings,
} satisfies SettingTable;

/** Everything that a run needs beside the model. */
export type TrainSettings = ValuesOf<typeof trainSettings>;
