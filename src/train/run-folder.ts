import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../diagnostics/input-error.ts";
import { writeFileAtomically } from "../files/atomic.ts";
import { makeFolder } from "../files/folder.ts";
import { type Checkpoint, readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { type EpochRecord, renderHistory, renderHistoryLines, renderHistoryTable } from "./history.ts";
import type { TrainingJob } from "./job.ts";

/** The file in a run's folder that holds the run's whole state. */
export const checkpointName = "checkpoint.safetensors";

/** A folder that a run keeps its files in. */
export class RunFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  get checkpointPath(): string {
    return join(this.path, checkpointName);
  }

  /**
   * Makes the folder ready before any work is done, so that a run does not fail at its first checkpoint.
   *
   * @returns the checkpoint to go on from, where the run is resumed
   * @throws InputError where the folder holds a run that would be lost, holds none to resume, or cannot be written
   */
  async open(start: TrainingJob["start"]): Promise<Checkpoint | undefined> {
    const holdsRun = existsSync(this.checkpointPath);
    if (start === "resume") {
      if (holdsRun) return readCheckpoint(this.checkpointPath);
      throw new InputError(`there is no run to resume in ${this.path}`, {
        place: { file: this.path },
        help: "name the folder of the run with --resume FOLDER, or leave --resume out to start one",
      });
    }
    if (holdsRun && start === "fresh") {
      throw new InputError(`${this.path} holds a run already`, {
        place: { file: this.path },
        help: "go on with it (--resume), start anew over it (--overwrite), or name another folder (--run FOLDER)",
      });
    }
    makeFolder(this.path);
    await this.#writeHistory("", []);
    return undefined;
  }

  /** Saves the state of the run and its history so far; each file whole or not at all. */
  async save(checkpoint: Checkpoint): Promise<void> {
    await writeCheckpoint(this.checkpointPath, checkpoint);
    await this.#writeHistory(checkpoint.description.model, checkpoint.description.history);
  }

  async #writeHistory(model: string, history: readonly EpochRecord[]): Promise<void> {
    await writeFileAtomically(join(this.path, "history.jsonl"), renderHistoryLines(history));
    await writeFileAtomically(join(this.path, "history.csv"), renderHistoryTable(history));
    if (history.length > 0)
      await writeFileAtomically(join(this.path, "curves.svg"), renderHistory(model, history));
  }
}
