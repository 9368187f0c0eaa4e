// train/: the loop around the step: a run from its settings to its checkpoint, history and curves.
import type { CompileOptions } from "../compile.ts";
import type { Device } from "../engine/engine.ts";
import type { EpochRecord } from "./history.ts";
import type { SettingOverrides } from "./settings/overrides.ts";

/** A run as plain data, so that it can be handed to a worker thread. */
export interface TrainingJob {
  readonly source: { readonly name: string; readonly text: string };
  readonly compile: Pick<CompileOptions, "inputs" | "parameters" | "modelName">;
  readonly overrides: SettingOverrides;
  /** Where named data sets are looked for first. */
  readonly dataFolder?: string;
  readonly runFolder: string;
  /** `fresh` refuses a folder that holds a run, `overwrite` starts anew there, `resume` goes on. */
  readonly start: "fresh" | "overwrite" | "resume";
  readonly threads?: number;
  /** What the steps run on; the CPU if left out. */
  readonly device?: Device;
}

/** What a run is about to do. */
export interface RunStart {
  readonly model: string;
  readonly parameters: number;
  readonly data: string;
  readonly trainCount: number;
  readonly validationCount: number;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  readonly engine: string;
  readonly notes: readonly string[];
  /** Epochs that an earlier part of the run finished. */
  readonly epochsDone: number;
}

/** Where a run stands; means are over the epoch so far. */
export interface StepProgress {
  readonly epoch: number;
  readonly stepInEpoch: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly imagesPerSecond: number;
  readonly secondsLeft: number;
}

export type TrainingEvent =
  | { readonly kind: "start"; readonly start: RunStart }
  | {
      readonly kind: "download";
      readonly file: string;
      readonly received: number;
      readonly total: number | undefined;
    }
  | { readonly kind: "step"; readonly progress: StepProgress }
  | { readonly kind: "epoch"; readonly record: EpochRecord };

/** What a run came to. */
export interface TrainingResult {
  readonly checkpoint: string;
  readonly history: readonly EpochRecord[];
  /** False where it was asked to stop before its last epoch. */
  readonly finished: boolean;
  readonly seconds: number;
}

/** What a run tells, and how it is asked to stop: it then saves and ends after the step under way. */
export interface TrainingObserver {
  onEvent(event: TrainingEvent): void;
  shouldStop(): boolean;
}
