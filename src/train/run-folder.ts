import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import * as nodeFiles from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../diagnostics/input-error.ts";
import { type FileSystem, isTemporaryName, writeFileAtomically } from "../files/atomic.ts";
import { makeFolder, removeEmptyFolders } from "../files/folder.ts";
import { type HeldLock, lockFolder } from "../files/lock.ts";
import { type Checkpoint, encodeCheckpoint, readCheckpoint } from "./checkpoint.ts";
import { EventLog } from "./event-log.ts";
import { renderHistory, renderHistoryLines, renderHistoryTable } from "./history.ts";
import type { TrainingJob } from "./job.ts";
import { type Receipt, readReceipt } from "./receipt.ts";

/** What a run keeps in its folder. */
export const runFiles = {
  /** The run's whole state, to go on from. */
  checkpoint: "checkpoint.safetensors",
  /** The state after the best epoch, where the settings ask for it. */
  best: "best.safetensors",
  /** The folder of the checkpoints that the settings ask to keep. */
  checkpoints: "checkpoints",
  receipt: "receipt.json",
  source: "model.cnn",
  /** Where a program goes that was changed there. */
  editedSource: "model-edited.cnn",
  historyTable: "history.csv",
  historyLines: "history.jsonl",
  curves: "curves.svg",
  /** The folder of TensorBoard's files. */
  events: "events",
  report: "report.html",
} as const;

/** Which files a checkpoint goes to beside the one to go on from. */
export interface Keeping {
  /** The state is the best so far. */
  readonly best: boolean;
  /** How many checkpoints of this kind to keep, this one included; 0: it is none of them. */
  readonly last: number;
}

/** A folder that one run at a time keeps its files in. */
export class RunFolder {
  readonly path: string;
  readonly #fileSystem: FileSystem;
  #lock: HeldLock | undefined;
  /** The folders that were made for this run. */
  #made: readonly string[] = [];
  #events: EventLog | undefined;
  /** Epochs in the history as it was last written. */
  #epochsWritten = -1;

  /** @param fileSystem where every file is written through */
  constructor(path: string, fileSystem: FileSystem = nodeFiles) {
    this.path = path;
    this.#fileSystem = fileSystem;
  }

  /** The checkpoint to go on from. */
  get checkpointPath(): string {
    return join(this.path, runFiles.checkpoint);
  }

  /** The checkpoint that the run results in: the best one, where there is one. */
  get resultPath(): string {
    const best = join(this.path, runFiles.best);
    return existsSync(best) ? best : this.checkpointPath;
  }

  get receiptPath(): string {
    return join(this.path, runFiles.receipt);
  }

  /** Whether the run has ended and all of its files are written: its receipt tells of the result. */
  get isComplete(): boolean {
    return existsSync(this.receiptPath) && readReceipt(this.receiptPath).result !== undefined;
  }

  /**
   * Takes the folder for one run, before any work is done.
   *
   * @returns the checkpoint to go on from, where the run is resumed
   * @throws InputError where another run is under way there, where the folder holds a run that would be lost, holds none to
   * resume, or cannot be written
   */
  async open(start: NonNullable<TrainingJob["start"]>): Promise<Checkpoint | undefined> {
    if (start === "resume") this.requireRun();
    this.#made = makeFolder(this.path);
    this.#lock = lockFolder(this.path, `the run in ${this.path}`);
    try {
      if (start === "fresh" && (await this.#holdsSteps())) {
        throw new InputError(`${this.path} holds a run already`, {
          place: { file: this.path },
          help: "go on with it (--resume), start anew over it (--overwrite), or name another folder (--run FOLDER)",
        });
      }
      this.#removeTemporaryFiles();
      return start === "resume" ? await readCheckpoint(this.checkpointPath) : undefined;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** @throws InputError where the folder holds no run to go on with */
  requireRun(): void {
    if (existsSync(this.checkpointPath)) return;
    throw new InputError(`there is no run to resume in ${this.path}`, {
      place: { file: this.path },
      help: "name the folder of the run with --resume FOLDER, or leave --resume out to start one",
    });
  }

  /** Whether there is a run here that something would be lost of: one that was saved after a step, or cannot be read. */
  async #holdsSteps(): Promise<boolean> {
    if (!existsSync(this.checkpointPath)) return false;
    const found = await readCheckpoint(this.checkpointPath).catch(() => undefined);
    return found?.description.progress.step !== 0;
  }

  /**
   * Puts the program in this folder aside where somebody has changed it: a run goes on with the one that it began with.
   *
   * @returns what to tell of it
   */
  setEditedSourceAside({ text }: { readonly text: string }): readonly string[] {
    const path = join(this.path, runFiles.source);
    if (!existsSync(path) || readFileSync(path, "utf8") === text) return [];
    const aside = join(this.path, runFiles.editedSource);
    renameSync(path, aside);
    return [
      `${path} was changed: the run goes on with the program that it began with, and the changed one is now ${runFiles.editedSource}; train it in a folder of its own`,
    ];
  }

  /** Writes what a run is made of, and its first checkpoint, so that it can be resumed from here on. */
  async begin(receipt: Receipt, checkpoint: Checkpoint): Promise<void> {
    const { best, checkpoints, curves, report, events } = runFiles;
    const isNew = checkpoint.description.progress.step === 0;
    if (isNew) {
      // What an earlier run has left here would be taken for this one's.
      for (const name of [best, checkpoints, curves, report, events])
        rmSync(join(this.path, name), { recursive: true, force: true });
    }
    for (const part of ["training", "validation"])
      this.#made = [...this.#made, ...makeFolder(join(this.path, events, part))];
    if (isNew || !existsSync(this.checkpointPath)) {
      await this.save(checkpoint, { best: false, last: 0 });
    } else {
      await this.#writeHistory(checkpoint);
    }
    await this.#write(runFiles.source, receipt.source.text);
    await this.writeReceipt(receipt);
  }

  /** Saves the state of the run, then its history where an epoch has been added; each file whole or not at all. */
  async save(checkpoint: Checkpoint, { best, last }: Keeping): Promise<void> {
    this.#lock?.verify();
    const pieces = encodeCheckpoint(checkpoint);
    const { progress } = checkpoint.description;
    // The checkpoint to go on from comes last: killed before it, the run does this epoch again, and with it the other files.
    if (best) await this.#write(runFiles.best, pieces);
    if (last > 0) {
      makeFolder(join(this.path, runFiles.checkpoints));
      await this.#write(join(runFiles.checkpoints, snapshotName(progress.step)), pieces);
    }
    await this.#write(runFiles.checkpoint, pieces);
    if (last > 0) this.#removeOldSnapshots(last);
    if (checkpoint.description.history.length !== this.#epochsWritten) await this.#writeHistory(checkpoint);
  }

  async writeReceipt(receipt: Receipt): Promise<void> {
    await this.#write(runFiles.receipt, `${JSON.stringify(receipt, undefined, 2)}\n`);
  }

  /** Leaves the folder to others, and none where nothing has been kept; more calls change nothing. */
  close(): void {
    this.#lock?.release();
    this.#lock = undefined;
    removeEmptyFolders(this.#made);
    this.#made = [];
  }

  async #writeHistory({ description }: Checkpoint): Promise<void> {
    const { history, model } = description;
    await this.#write(runFiles.historyLines, renderHistoryLines(history));
    await this.#write(runFiles.historyTable, renderHistoryTable(history));
    if (history.length > 0) await this.#write(runFiles.curves, renderHistory(model, history));
    this.#events ??= new EventLog(join(this.path, runFiles.events), description.startedAt, this.#fileSystem);
    await this.#events.write(history);
    this.#epochsWritten = history.length;
  }

  async #write(name: string, contents: Parameters<typeof writeFileAtomically>[1]): Promise<void> {
    await writeFileAtomically(join(this.path, name), contents, this.#fileSystem);
  }

  /** Killed while it wrote, a run leaves its unfinished files. */
  #removeTemporaryFiles(): void {
    const { events, checkpoints } = runFiles;
    for (const folder of [".", checkpoints, join(events, "training"), join(events, "validation")]) {
      const path = join(this.path, folder);
      if (!existsSync(path)) continue;
      for (const name of readdirSync(path).filter(isTemporaryName)) rmSync(join(path, name), { force: true });
    }
  }

  #removeOldSnapshots(last: number): void {
    const folder = join(this.path, runFiles.checkpoints);
    const names = readdirSync(folder).filter((name) => name.startsWith(snapshotPrefix));
    for (const name of names.sort().slice(0, -last)) rmSync(join(folder, name), { force: true });
  }
}

const snapshotPrefix = "step-";

/** Names in the order of the steps. */
function snapshotName(step: number): string {
  return `${snapshotPrefix}${String(step).padStart(9, "0")}.safetensors`;
}
