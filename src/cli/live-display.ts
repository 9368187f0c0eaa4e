import { displayWidth } from "../diagnostics/layout.ts";
import type { Palette } from "../diagnostics/render.ts";
import { formatBytes, formatCount } from "../report/numbers.ts";
import { isError } from "../train/best-epoch.ts";
import { type EpochRecord, flattenRecord, scoreOf } from "../train/history.ts";
import type { RunStart, StepProgress, TrainingEvent } from "../train/job.ts";
import type { TrainingDisplay } from "./display.ts";
import { describeDecoding, describeSeconds, describeStart, shortName } from "./progress-text.ts";
import { paletteFor, writeNote } from "./terminal.ts";

const hideCursor = "\u001b[?25l";
const showCursor = "\u001b[?25h";
const eraseLine = "\u001b[2K";
const up = (lines: number): string => `\u001b[${lines}A`;

/** A run in a terminal: a table that grows by a line an epoch, and below it bars and numbers that change in place. */
export class LiveDisplay implements TrainingDisplay {
  readonly #palette: Palette = paletteFor(process.stderr);
  #start: RunStart | undefined;
  #history: EpochRecord[] = [];
  #columns: readonly Column[] | undefined;
  /** Lines on the screen that the next ones replace. */
  #drawn = 0;

  show(event: TrainingEvent): void {
    switch (event.kind) {
      case "start":
        this.#begin(event.start);
        break;
      case "epoch":
        this.#addEpoch(event.record);
        break;
      case "download":
        this.#redraw([describeDownload(event, terminalColumns())]);
        break;
      case "decode":
        // Steps are told of in its place.
        if (this.#start === undefined)
          this.#redraw([clip(`  ${describeDecoding(event)}`, terminalColumns() - 1)]);
        break;
      case "step":
        if (this.#start !== undefined) this.#redraw(this.#describeProgress(this.#start, event.progress));
    }
  }

  note(text: string): void {
    this.finish();
    writeNote(`${text}\n`);
  }

  finish(): void {
    this.#redraw([]);
  }

  #begin(start: RunStart): void {
    this.#start = start;
    this.note(`${describeStart(start).join("\n")}\n`);
    for (const record of start.history) this.#addEpoch(record);
  }

  #addEpoch(record: EpochRecord): void {
    this.finish();
    this.#history.push(record);
    if (this.#columns === undefined) {
      this.#columns = columnsFor(record, terminalColumns());
      writeNote(`${this.#palette.quiet(headOf(this.#columns))}\n`);
    }
    const isBest = this.#best()?.epoch === record.epoch && this.#history.length > 1;
    const line = rowOf(record, this.#columns);
    writeNote(`${line}${isBest ? this.#palette.secondary("  best") : ""}\n`);
  }

  /** By the score that the settings watch, else by the loss on what was held back, else by the loss. */
  #best(): EpochRecord | undefined {
    const score = this.#watched();
    const sign = isError(score) ? -1 : 1;
    const worth = (record: EpochRecord): number => sign * (scoreOf(record, score) ?? -sign * Infinity);
    return this.#history.reduce<EpochRecord | undefined>(
      (best, record) => (best === undefined || worth(record) > worth(best) ? record : best),
      undefined,
    );
  }

  #watched(): string {
    return this.#start?.watched ?? (this.#start?.validationCount === 0 ? "loss" : "val_loss");
  }

  #describeProgress(start: RunStart, progress: StepProgress): string[] {
    const { epochs, stepsPerEpoch } = start;
    const share = progress.stepInEpoch / stepsPerEpoch;
    const whole = (progress.epoch - 1 + share) / epochs;
    const left = describeSeconds(progress.secondsLeft);
    const columns = terminalColumns();
    const barWidth = columns - textBesideBar;
    const bar = (part: number): string => this.#bar(part, barWidth < smallestBar ? 0 : barWidth);
    const percent = (part: number): string => `${Math.floor(100 * part)}%`.padStart(4);
    const words = [
      `loss ${progress.loss.toFixed(4)}`,
      ...(progress.accuracy === undefined ? [] : [`acc ${progress.accuracy.toFixed(4)}`]),
      `${formatCount(Math.round(progress.imagesPerSecond))} images/s`,
    ];
    const best = this.#best();
    const bestEpoch = best && this.#history.length > 1 ? [`best epoch ${best.epoch}`] : [];
    return [
      "",
      `  epoch ${`${progress.epoch}/${epochs}`.padEnd(8)} ${bar(share)} ${percent(share)}`,
      `  run   ${" ".repeat(8)} ${bar(whole)} ${percent(whole)}  ${left} left`,
      fitting([...words, ...bestEpoch], columns),
      ...this.#lastAndBest(columns).map(this.#palette.quiet),
    ];
  }

  /** Each score as it was last, and at its best: as many lines as they take. */
  #lastAndBest(columns: number): readonly string[] {
    if (this.#history.length === 0) return [];
    const { training, validation = {} } = this.#history.at(-1)!;
    const names = [...Object.keys(validation).map((name) => `val_${name}`), ...Object.keys(training)];
    const scores = names.map((name) => {
      const values = this.#history.flatMap((record) => scoreOf(record, name) ?? []);
      const best = isError(name) ? Math.min(...values) : Math.max(...values);
      return `${shortName(name)} ${values.at(-1)!.toFixed(4)} (${best.toFixed(4)})`;
    });
    return wrapped([`last (best): ${scores[0]!}`, ...scores.slice(1)], columns);
  }

  #bar(share: number, width: number): string {
    const filled = Math.min(width, Math.round(share * width));
    return this.#palette.secondary("━".repeat(filled)) + this.#palette.quiet("─".repeat(width - filled));
  }

  /** In one write, so that nothing flickers. */
  #redraw(wanted: readonly string[]): void {
    // What is above the top of the terminal cannot be replaced any more.
    const lines = wanted.slice(0, (process.stderr.rows || 24) - 1);
    if (this.#drawn === 0 && lines.length === 0) return;
    const back = this.#drawn === 0 ? "" : up(this.#drawn);
    const height = Math.max(this.#drawn, lines.length);
    const text = Array.from({ length: height }, (_, index) => `${eraseLine}${lines[index] ?? ""}\n`).join("");
    const surplus = height - lines.length;
    writeNote(
      `${hideCursor}${back}${text}${surplus > 0 ? up(surplus) : ""}${lines.length === 0 ? showCursor : ""}`,
    );
    this.#drawn = lines.length;
  }
}

function terminalColumns(): number {
  return process.stderr.columns || 80;
}

/** What a line of progress takes beside its bar. */
const textBesideBar = 35;
const smallestBar = 5;

/** What stands between two texts of a line. */
const between = "   ";

/** As many of the texts as fit into a line; the first in any case. */
function fitting(texts: readonly string[], columns: number): string {
  let line = clip(`  ${texts[0]!}`, columns - 1);
  for (const text of texts.slice(1)) {
    const longer = `${line}${between}${text}`;
    if (displayWidth(longer) >= columns) break;
    line = longer;
  }
  return line;
}

/** All of the texts, in as many lines as they take; one that is wider than a line is cut. */
function wrapped(texts: readonly string[], columns: number): readonly string[] {
  const lines: string[] = [];
  for (let at = 0; at < texts.length;) {
    const line = fitting(texts.slice(at), columns);
    at += Math.max(1, line.trim().split(between).length);
    lines.push(line);
  }
  return lines;
}

function describeDownload(
  { file, received, total }: Extract<TrainingEvent, { kind: "download" }>,
  width: number,
): string {
  const share = total === undefined ? formatBytes(received) : `${Math.floor((100 * received) / total)}%`;
  return clip(`downloading ${file} ${share}`, width - 1);
}

/** Width of a score's column, blanks before it included. */
const columnWidth = 10;
/** The column `epoch`, and the word `best`. */
const edgeWidth = 7 + 6;
/** What an epoch is told beside its scores, where there is room for it. */
const paceColumns: readonly Column[] = [
  { head: "images/s", width: 10, of: ({ imagesPerSecond }) => formatCount(Math.round(imagesPerSecond)) },
  { head: "time", width: 8, of: ({ seconds }) => describeSeconds(seconds) },
];
/** So many scores come before that. */
const fewestScores = 2;

/** A column of the table of epochs. */
interface Column {
  readonly head: string;
  readonly width: number;
  of(record: EpochRecord): string;
}

/** What the table has room for. Scores: losses first, then metrics, each beside its like. */
function columnsFor(record: EpochRecord, width: number): readonly Column[] {
  const names = Object.keys(record.training).flatMap((name) => [name, `val_${name}`]);
  const scores = names.filter((name) => scoreOf(record, name) !== undefined).map(scoreColumn);
  const room = width - edgeWidth;
  const least = columnWidth * Math.min(scores.length, fewestScores);
  const pace = [paceColumns, paceColumns.slice(1), []].find((set) => least + widthOf(set) <= room) ?? [];
  const count = Math.max(0, Math.floor((room - widthOf(pace)) / columnWidth));
  return [...scores.slice(0, count), ...pace];
}

function widthOf(columns: readonly Column[]): number {
  return columns.reduce((sum, { width }) => sum + width, 0);
}

function scoreColumn(name: string): Column {
  return {
    head: clip(shortName(name), columnWidth - 1),
    width: columnWidth,
    of: (record) => (flattenRecord(record)[name] ?? NaN).toFixed(4),
  };
}

function headOf(columns: readonly Column[]): string {
  return "epoch".padStart(7) + columns.map(({ head, width }) => head.padStart(width)).join("");
}

function rowOf(record: EpochRecord, columns: readonly Column[]): string {
  const cells = columns.map((column) => column.of(record).padStart(column.width));
  return String(record.epoch).padStart(7) + cells.join("");
}

function clip(text: string, width: number): string {
  return displayWidth(text) <= width ? text : `${text.slice(0, width - 1)}…`;
}
