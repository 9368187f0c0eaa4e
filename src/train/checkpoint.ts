import { readFile } from "node:fs/promises";
import { InputError } from "../diagnostics/input-error.ts";
import { whyUnreadable } from "../files/unreadable.ts";
import type { WeightValue, WeightValues } from "../tensor/weight-values.ts";
import { optimizerPrefix } from "../weights/assign.ts";
import { readSafetensors, writeSafetensors } from "../weights/safetensors.ts";
import type { EpochRecord } from "./history.ts";
import type { LoopState } from "./run-state.ts";
import { isRunDescription, type RunDescription } from "./run-description.ts";

/** A run at one moment: what it is made of, and how far it has come. */
export interface CheckpointDescription extends RunDescription {
  /** Epochs finished, steps of the epoch under way, and steps in all. */
  readonly progress: { readonly epoch: number; readonly stepInEpoch: number; readonly step: number };
  /** Sums over the epoch under way, so that its means come out as if it had never been interrupted. */
  readonly running: Readonly<LoopState["running"]>;
  /** What the learning rate's schedule remembers. */
  readonly schedule: LoopState["schedule"];
  readonly history: readonly EpochRecord[];
}

/** The whole state of a run at one moment. */
export interface Checkpoint {
  readonly description: CheckpointDescription;
  /** Trained and running values by `layer/weight`. */
  readonly weights: WeightValues;
  /** The optimizer's moments. */
  readonly optimizer: ReadonlyMap<string, WeightValue>;
}

const descriptionKey = "cnn-lang";

/** A checkpoint as the pieces of a safetensors file, one after the other. */
export function encodeCheckpoint(checkpoint: Checkpoint): readonly Uint8Array[] {
  const tensors = new Map(checkpoint.weights);
  for (const [name, value] of checkpoint.optimizer) tensors.set(optimizerPrefix + name, value);
  const metadata = { [descriptionKey]: JSON.stringify(checkpoint.description) };
  return writeSafetensors({ tensors, metadata });
}

/** Reads a checkpoint. @throws InputError where there is none, or where the file is damaged or not a checkpoint */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const { tensors, metadata } = readSafetensors(await readBytes(path), path);
  const description = parseDescription(metadata[descriptionKey]);
  if (description === undefined) {
    throw new InputError(`${path} holds tensors, but no run of cnn-lang`, {
      place: { file: path },
      help: "a checkpoint is what `cnn train` writes: checkpoint.safetensors in the run's folder",
    });
  }
  const weights = new Map<string, WeightValue>();
  const optimizer = new Map<string, WeightValue>();
  for (const [name, value] of tensors) {
    if (name.startsWith(optimizerPrefix)) optimizer.set(name.slice(optimizerPrefix.length), value);
    else weights.set(name, value);
  }
  return { description, weights, optimizer };
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new InputError(`no checkpoint at ${path}: ${whyUnreadable(cause)}`, {
      place: { file: path },
      cause,
    });
  }
}

/** What a checkpoint's metadata say of its run; undefined for a file of another origin. */
export function describedRun(metadata: Readonly<Record<string, string>>): CheckpointDescription | undefined {
  return parseDescription(metadata[descriptionKey]);
}

function parseDescription(text: string | undefined): CheckpointDescription | undefined {
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as Partial<CheckpointDescription> | null;
    const isSound =
      Array.isArray(value?.history) && typeof value.progress?.epoch === "number" && isRunDescription(value);
    return isSound ? (value as CheckpointDescription) : undefined;
  } catch {
    return undefined;
  }
}
