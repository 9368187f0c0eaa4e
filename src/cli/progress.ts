import { Presets, SingleBar } from "cli-progress";
import { type EpochRecord, type Scores, validationPrefix } from "../train/history.ts";
import type { RunStart, StepProgress, TrainingEvent } from "../train/job.ts";
import { formatCount } from "../report/numbers.ts";
import { writeNote } from "./terminal.ts";

/** Shows a run: a bar an epoch in a terminal, plain lines elsewhere. Everything goes to standard error. */
export interface TrainingDisplay {
  show(event: TrainingEvent): void;
  note(text: string): void;
  /** Takes the bar away; more calls change nothing. */
  finish(): void;
}

/** Seconds between two plain lines within an epoch. */
const plainInterval = 10;

export function createTrainingDisplay(): TrainingDisplay {
  return process.stderr.isTTY ? new BarDisplay() : new PlainDisplay();
}

class PlainDisplay implements TrainingDisplay {
  #epochs = 0;
  #lastLine = performance.now();
  #lastDownload = "";

  show(event: TrainingEvent): void {
    if (event.kind === "start") {
      this.#epochs = event.start.epochs;
      writeNote(describeStart(event.start));
    } else if (event.kind === "epoch") {
      writeNote(`${describeEpoch(event.record, this.#epochs)}\n`);
      this.#lastLine = performance.now();
    } else if (event.kind === "download") {
      if (event.file !== this.#lastDownload) writeNote(`downloading ${event.file}\n`);
      this.#lastDownload = event.file;
    } else if (performance.now() - this.#lastLine > plainInterval * 1000) {
      this.#lastLine = performance.now();
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

class BarDisplay implements TrainingDisplay {
  #bar: SingleBar | undefined;
  #start: RunStart | undefined;

  show(event: TrainingEvent): void {
    if (event.kind === "start") {
      this.finish();
      this.#start = event.start;
      writeNote(describeStart(event.start));
    } else if (event.kind === "epoch") {
      this.finish();
      writeNote(`${describeEpoch(event.record, this.#start?.epochs ?? 0)}\n`);
    } else if (event.kind === "download") {
      const payload = { file: event.file };
      this.#bar ??= createBar("downloading {file} {bar} {percentage}%", event.total ?? 0, payload);
      this.#bar.update(event.received, payload);
    } else {
      const total = this.#start?.stepsPerEpoch ?? 0;
      const payload = { epoch: event.progress.epoch, text: describeStep(event.progress) };
      this.#bar ??= createBar(
        `epoch {epoch}/${this.#start?.epochs} {bar} {percentage}% {text}`,
        total,
        payload,
      );
      this.#bar.update(event.progress.stepInEpoch, payload);
    }
  }

  note(text: string): void {
    this.finish();
    writeNote(`${text}\n`);
  }

  finish(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }
}

function createBar(format: string, total: number, payload: object): SingleBar {
  const bar = new SingleBar(
    {
      format,
      barsize: 14,
      hideCursor: true,
      clearOnComplete: true,
      stopOnComplete: false,
      linewrap: false,
      stream: process.stderr,
    },
    Presets.rect,
  );
  bar.start(total, 0, payload);
  return bar;
}

function describeStart(start: RunStart): string {
  const validation =
    start.validationCount === 0 ? "" : `, ${formatCount(start.validationCount)} held back for validation`;
  return [
    `${start.model}: ${formatCount(start.parameters)} parameters, ${start.engine}`,
    `${start.data}: ${formatCount(start.trainCount)} training images${validation}`,
    ...start.notes,
    ...(start.history.length > 0 ? [`going on after epoch ${start.history.length} of ${start.epochs}`] : []),
    "",
  ].join("\n");
}

function describeStep({ loss, accuracy, imagesPerSecond, secondsLeft }: StepProgress): string {
  return `loss ${loss.toFixed(4)} acc ${accuracy.toFixed(4)} ${Math.round(imagesPerSecond)}/s ${describeSeconds(secondsLeft)} left`;
}

function describeEpoch(record: EpochRecord, epochs: number): string {
  const { epoch, training, validation, imagesPerSecond, seconds } = record;
  const held = validation === undefined ? "" : `  ${describeScores(validation, validationPrefix)}`;
  return `epoch ${epoch}/${epochs}  ${describeScores(training)}${held}  ${Math.round(imagesPerSecond)}/s ${describeSeconds(seconds)}`;
}

function describeScores(scores: Scores, prefix = ""): string {
  return Object.entries(scores)
    .map(([name, value]) => `${prefix}${name === "accuracy" ? "acc" : name} ${value.toFixed(4)}`)
    .join(" ");
}

/** `45s`, `3m05s`, `2h10m`. */
export function describeSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole}s`;
  const pad = (value: number): string => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)}m${pad(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h${pad(Math.floor((whole % 3600) / 60))}m`;
}
