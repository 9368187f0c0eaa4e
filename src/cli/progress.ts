import { flattenRecord } from "../train/history.ts";
import type { TrainingEvent } from "../train/job.ts";
import type { TrainingDisplay } from "./display.ts";
import { LiveDisplay } from "./live-display.ts";
import { describeDecoding, describeEpoch, describeStart, describeStep } from "./progress-text.ts";
import { writeNote, writeOut } from "./terminal.ts";

/** Seconds between two plain lines within an epoch. */
const plainInterval = 10;
/** Seconds between two JSON lines within an epoch. */
const jsonInterval = 1;

/** All but JSON goes to standard error. */
export function createTrainingDisplay(format: "human" | "json"): TrainingDisplay {
  if (format === "json") return new JsonDisplay();
  return process.stderr.isTTY ? new LiveDisplay() : new PlainDisplay();
}

/** Lets through what comes at least so many seconds after what it let through before. */
class Pace {
  readonly #seconds: number;
  #last = performance.now();

  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  isDue(): boolean {
    const now = performance.now();
    if (now - this.#last < this.#seconds * 1000) return false;
    this.#last = now;
    return true;
  }
}

class PlainDisplay implements TrainingDisplay {
  readonly #pace = new Pace(plainInterval);
  #epochs = 0;
  #lastDownload = "";

  show(event: TrainingEvent): void {
    if (event.kind === "start") {
      this.#epochs = event.start.epochs;
      writeNote(`${describeStart(event.start).join("\n")}\n`);
    } else if (event.kind === "epoch") {
      writeNote(`${describeEpoch(event.record, this.#epochs)}\n`);
    } else if (event.kind === "download") {
      if (event.file !== this.#lastDownload) writeNote(`downloading ${event.file}\n`);
      this.#lastDownload = event.file;
    } else if (event.kind === "decode") {
      if (this.#pace.isDue()) writeNote(`${describeDecoding(event)}\n`);
    } else if (this.#pace.isDue()) {
      const { epoch, stepInEpoch } = event.progress;
      writeNote(`epoch ${epoch}/${this.#epochs} step ${stepInEpoch}: ${describeStep(event.progress)}\n`);
    }
  }

  note(text: string): void {
    writeNote(`${text}\n`);
  }

  finish(): void {
    // Lines are complete as they stand.
  }
}

/** One object a line on standard output, the kind of each in `event`. */
class JsonDisplay implements TrainingDisplay {
  readonly #pace = new Pace(jsonInterval);

  show(event: TrainingEvent): void {
    if (event.kind === "start") {
      const { history, ...start } = event.start;
      writeEvent({ event: "start", ...start, epochsDone: history.length });
    } else if (event.kind === "epoch") {
      writeEvent({ event: "epoch" }, flattenRecord(event.record));
    } else if (event.kind === "step" && this.#pace.isDue()) {
      writeEvent({ event: "step", ...event.progress });
    } else if (event.kind === "decode" && this.#pace.isDue()) {
      writeEvent({ event: "decode", folder: event.folder, done: event.done, total: event.total });
    } else if (event.kind === "download" && event.received === event.total) {
      writeEvent({ event: "download", file: event.file, bytes: event.received });
    }
  }

  note(text: string): void {
    writeNote(`${text}\n`);
  }

  finish(): void {
    // Lines are complete as they stand.
  }
}

/** An event as a line of JSON, its names as in history.jsonl: `images_per_second`. @param scores go by the names that they have */
export function writeEvent(event: object, scores: object = {}): void {
  const named = Object.entries(event).map(([key, value]: [string, unknown]) => [
    key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value,
  ]);
  writeOut(`${JSON.stringify({ ...Object.fromEntries(named), ...scores })}\n`);
}
