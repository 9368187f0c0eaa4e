import { join } from "node:path";
import { appendToFile, type FileSystem, writeFileAtomically } from "../files/atomic.ts";
import { encodeEvent, encodeEventFile, type ScalarEvent } from "../report/tensorboard.ts";
import type { EpochRecord } from "./history.ts";

/**
 * The epochs of a run as TensorBoard reads them: a folder for training and one for validation, so that both are drawn into
 * one chart. A file begins anew from the history where a run begins or goes on, and grows from there, so that TensorBoard,
 * which holds it open, sees each epoch at once.
 */
export class EventLog {
  readonly #folder: string;
  /** Seconds since 1970. */
  readonly #start: number;
  readonly #fileSystem: FileSystem;
  #written = -1;

  /** @param startedAt when the run began, in ISO 8601 */
  constructor(folder: string, startedAt: string, fileSystem: FileSystem) {
    this.#folder = folder;
    this.#start = Date.parse(startedAt) / 1000;
    this.#fileSystem = fileSystem;
  }

  /** Brings the files up to the history, which grows from call to call. */
  async write(history: readonly EpochRecord[]): Promise<void> {
    await this.#writePart("training", history, ({ training, learningRate, imagesPerSecond }) => ({
      ...training,
      learning_rate: learningRate,
      images_per_second: imagesPerSecond,
    }));
    await this.#writePart("validation", history, ({ validation }) => validation);
    this.#written = history.length;
  }

  async #writePart(
    part: string,
    history: readonly EpochRecord[],
    scalarsOf: (record: EpochRecord) => ScalarEvent["scalars"] | undefined,
  ): Promise<void> {
    const path = join(this.#folder, part, `events.out.tfevents.${Math.floor(this.#start)}.cnn`);
    let wallTime = this.#start;
    const events = history.flatMap((record): ScalarEvent[] => {
      wallTime += record.seconds;
      const scalars = scalarsOf(record);
      return scalars === undefined ? [] : [{ wallTime, step: record.epoch, scalars }];
    });
    if (this.#written < 0) {
      await writeFileAtomically(path, encodeEventFile(this.#start, events), this.#fileSystem);
    } else {
      for (const event of events.filter(({ step }) => step > this.#written))
        await appendToFile(path, encodeEvent(event), this.#fileSystem);
    }
  }
}
