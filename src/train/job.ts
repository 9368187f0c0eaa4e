// train/: the loop around the step: a run from its settings to its checkpoint, history and curves.
import type { CompileOptions } from "../compile.ts";
import type { EngineName } from "../engine/choose.ts";
import type { Device } from "../engine/engine.ts";
import type { EpochRecord } from "./history.ts";
import type { Receipt } from "./receipt.ts";
import type { SettingOverrides } from "./settings/overrides.ts";

/** A run as plain data, so that it can be handed to a worker thread. */
export interface TrainingJob {
  readonly source: { readonly name: string; readonly text: string };
  readonly compile?: Pick<CompileOptions, "inputs" | "parameters" | "modelName">;
  readonly overrides?: SettingOverrides;
  /** Where named data sets are looked for first. */
  readonly dataFolder?: string | undefined;
  /** A run's folder, a checkpoint or a safetensors file: what it holds of the model's weights is what the run starts from. */
  readonly from?: string | undefined;
  readonly runFolder: string;
  /** `fresh`, the default, refuses a folder that holds a run, `overwrite` starts anew there, `resume` goes on. */
  readonly start?: "fresh" | "overwrite" | "resume";
  /** A checkpoint that the run goes on from in a folder of its own; `start` is `fresh` then. */
  readonly checkpoint?: string;
  /** Threads of the engine: the machine's cores by default, and for a run that goes on those it began with. */
  readonly threads?: number | undefined;
  /** What the steps run on; the CPU if left out. */
  readonly device?: Device | undefined;
  /** What computes: `ort` by default, and for a run that goes on what it began with. */
  readonly engine?: EngineName | undefined;
  /** The run that this one repeats: its program's files are those of the receipt, and what differs is told. */
  readonly repeats?: Receipt;
  /** The words of the command, for the receipt. */
  readonly command?: readonly string[];
}

/** What a run is about to do. */
export interface RunStart {
  readonly model: string;
  readonly parameters: number;
  readonly data: string;
  readonly trainCount: number;
  readonly validationCount: number;
  /** What the examples to validate with are called, where they came with the data and were not held back from it. */
  readonly validationData?: string | undefined;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  readonly engine: string;
  readonly notes: readonly string[];
  /** The score by which the settings tell the best epoch, where they do. */
  readonly watched: string | undefined;
  /** What an earlier part of the run came to. */
  readonly history: readonly EpochRecord[];
}

/** Where a run stands; means are over the epoch so far. */
export interface StepProgress {
  readonly epoch: number;
  readonly stepInEpoch: number;
  readonly loss: number;
  /** Where examples have classes. */
  readonly accuracy?: number;
  readonly imagesPerSecond: number;
  /** To the end of the last epoch. */
  readonly secondsLeft: number;
}

/** One step. */
export interface BatchRecord {
  /** From 1. */
  readonly epoch: number;
  /** Steps of the run so far, this one included. */
  readonly step: number;
  readonly count: number;
  /** The mean loss over the batch; undefined where the device keeps it for some steps. */
  readonly loss: number | undefined;
}

export type TrainingEvent =
  | { readonly kind: "start"; readonly start: RunStart }
  | {
      readonly kind: "download";
      readonly file: string;
      readonly received: number;
      readonly total: number | undefined;
    }
  /** Pictures are decoded once, while the first steps are taken. */
  | { readonly kind: "decode"; readonly folder: string; readonly done: number; readonly total: number }
  | { readonly kind: "step"; readonly progress: StepProgress }
  | { readonly kind: "epoch"; readonly record: EpochRecord };

/**
 * How a run ended: its last epoch was reached; a `stop` setting saw no better score; it was asked to.
 */
export type RunEnd = "finished" | "no longer better" | "stopped";

/** What a run came to. */
export interface TrainingResult {
  readonly runFolder: string;
  /** The checkpoint whose weights are the run's result: the best where a best is kept, else the last. */
  readonly checkpoint: string;
  readonly history: readonly EpochRecord[];
  readonly end: RunEnd;
  /** The epoch whose weights `checkpoint` holds, where the best is kept. */
  readonly bestEpoch: number | undefined;
  /** Of this part of the run. */
  readonly seconds: number;
  /** Whether the run ended with the weights of the one that it repeats, bit for bit; undefined where that cannot be told. */
  readonly isRepeated: boolean | undefined;
}

/** The handle on a run that callbacks get. */
export interface RunControl {
  /** Saves and ends the run after the step under way. */
  stop(): void;
}

/** What a run tells, and how it is asked to stop. */
export interface TrainingObserver {
  /** Everything worth showing, steps at most ten times a second. */
  onEvent?(event: TrainingEvent): void;
  /** After each step. */
  onBatch?(batch: BatchRecord, run: RunControl): void;
  /** After each epoch, once it is saved. */
  onEpoch?(record: EpochRecord, run: RunControl): void | Promise<void>;
  /** Asked before each step; yes is as good as `stop()`. */
  shouldStop?(): boolean;
}
