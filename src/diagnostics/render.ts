import type { SourceFile } from "../source/source-file.ts";
import type { Diagnostic, Label } from "./diagnostic.ts";
import { changedLines } from "./edits.ts";
import { displayWidth, visibleText, wrapText } from "./layout.ts";

/** How the parts of a message are coloured; the plain palette changes nothing. */
export interface Palette {
  error(text: string): string;
  warning(text: string): string;
  strong(text: string): string;
  quiet(text: string): string;
  secondary(text: string): string;
}

const same = (text: string): string => text;
export const plainPalette: Palette = {
  error: same,
  warning: same,
  strong: same,
  quiet: same,
  secondary: same,
};

export interface RenderOptions {
  /** Columns of the terminal. */
  readonly width?: number;
  readonly palette?: Palette;
}

/** Columns before a mended line, the gutter aside. */
const fixLead = " = fix: ".length;

/** Up to so many columns a mended line is shown whole, also in a narrow terminal; a longer one is described. */
const minimumFixWidth = 80;

/** The longest stretch of one source line that an excerpt shows, in UTF-16 units. */
const longestExcerpt = 160;

interface PlacedLabel {
  readonly label: Label;
  readonly primary: boolean;
  readonly line: number;
}

/** A diagnostic as text for people: message, excerpt with underlines and arithmetic, help, fix. Ends with a line end. */
export function renderDiagnostic(diagnostic: Diagnostic, options: RenderOptions = {}): string {
  const width = options.width ?? 80;
  const palette = options.palette ?? plainPalette;
  const tone = diagnostic.severity === "error" ? palette.error : palette.warning;
  const placed = placeLabels(diagnostic);
  const gutter = String(Math.max(...placed.map((entry) => entry.line))).length;
  const bar = `${" ".repeat(gutter)} ${palette.quiet("│")}`;
  const out: string[] = [];

  const head = `${diagnostic.severity}[${diagnostic.code}]`;
  const [first = "", ...others] = wrapText(`${head}: ${visibleText(diagnostic.message)}`, width);
  const rest = others.length === 0 ? [] : wrapText(others.join(" "), width - 2);
  out.push(
    `${tone(head)}${palette.strong(first.slice(head.length))}`,
    ...rest.map((line) => `  ${palette.strong(line)}`),
  );

  let file: SourceFile | undefined;
  for (const group of groupByFile(placed, diagnostic.primary.span.file)) {
    const shown = group.find((entry) => entry.primary) ?? group[0]!;
    const { line, column } = group[0]!.label.span.file.position(shown.label.span.start);
    const arrow = file === undefined ? "┌─" : "├─";
    file = group[0]!.label.span.file;
    out.push(
      `${" ".repeat(gutter)} ${palette.quiet(arrow)} ${visibleText(file.name).replaceAll("\n", "␊")}:${line}:${column}`,
      bar,
    );
    out.push(...renderExcerpt(group, { gutter, bar, width, palette, tone }));
  }
  out.push(bar);
  out.push(...renderFooter(diagnostic, gutter, width, palette));
  return out.map((line) => line.trimEnd()).join("\n") + "\n";
}

/** All diagnostics, a blank line between them, then a line that counts them. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], options: RenderOptions = {}): string {
  return diagnostics.map((diagnostic) => renderDiagnostic(diagnostic, options)).join("\n");
}

function placeLabels(diagnostic: Diagnostic): PlacedLabel[] {
  const place = (label: Label, primary: boolean): PlacedLabel => ({
    label,
    primary,
    line: label.span.file.position(label.span.start).line,
  });
  return [place(diagnostic.primary, true), ...diagnostic.labels.map((label) => place(label, false))];
}

/** One group a file, the primary label's file first; within a group by line, then column. */
function groupByFile(placed: readonly PlacedLabel[], primaryFile: SourceFile): PlacedLabel[][] {
  const groups = new Map<SourceFile, PlacedLabel[]>([[primaryFile, []]]);
  for (const entry of placed) {
    const group = groups.get(entry.label.span.file) ?? [];
    groups.set(entry.label.span.file, group);
    group.push(entry);
  }
  const order = (a: PlacedLabel, b: PlacedLabel): number =>
    a.line - b.line || a.label.span.start - b.label.span.start;
  return [...groups.values()].map((group) => group.sort(order));
}

interface ExcerptStyle {
  readonly gutter: number;
  readonly bar: string;
  readonly width: number;
  readonly palette: Palette;
  readonly tone: (text: string) => string;
}

function renderExcerpt(group: readonly PlacedLabel[], style: ExcerptStyle): string[] {
  // A mark behind the last character needs a column of its own.
  const room = style.width - style.gutter - 4;
  return [...new Set(group.map((entry) => entry.line))].flatMap((line) => {
    const labels = group.filter((entry) => entry.line === line);
    return cutLine(labels, line, room).flatMap((stretch) => renderStretch(stretch, line, style));
  });
}

/** A stretch of one source line, and the labels that stand in it. */
interface Stretch {
  readonly text: string;
  /** The offset in the file at which `text` begins. */
  readonly from: number;
  readonly labels: readonly PlacedLabel[];
}

/** The whole line where it fits, or else stretches of it around labels that stand near each other. */
function cutLine(labels: readonly PlacedLabel[], line: number, room: number): Stretch[] {
  const { file } = labels[0]!.label.span;
  const start = file.lineStart(line);
  const whole = file.lineText(line);
  if (fitsColumns(whole, room)) return [{ text: whole, from: start, labels }];
  const near: PlacedLabel[][] = [];
  for (const entry of labels) {
    const last = near.at(-1);
    const { span } = entry.label;
    if (last !== undefined && span.end - last[0]!.label.span.start <= room - ellipsisRoom) last.push(entry);
    else near.push([entry]);
  }
  return near.map((entries) => stretchAround(entries, whole, start, room));
}

/** Whether a text is shown in so many columns; of a very long one the characters are not even counted. */
function fitsColumns(text: string, columns: number): boolean {
  return text.length <= longestExcerpt && displayWidth(visibleText(text)) <= columns;
}

/** Columns for `…` and a blank at both ends. */
const ellipsisRoom = 4;

function stretchAround(labels: readonly PlacedLabel[], whole: string, start: number, room: number): Stretch {
  const first = labels[0]!.label.span.start - start;
  const last = Math.max(...labels.map(({ label }) => label.span.end)) - start;
  const free = Math.max(0, room - ellipsisRoom - (last - first));
  const from = Math.max(0, Math.min(first - Math.floor(free / 2), whole.length - (room - ellipsisRoom)));
  const to = Math.min(whole.length, Math.max(from + room - ellipsisRoom, first + 1));
  const text = `${from > 0 ? "… " : ""}${whole.slice(from, to)}${to < whole.length ? " …" : ""}`;
  return { text, from: start + from - (from > 0 ? 2 : 0), labels };
}

function renderStretch({ text, from, labels }: Stretch, line: number, style: ExcerptStyle): string[] {
  const { gutter, bar, width, palette } = style;
  const out: string[] = [];
  const shown = visibleText(text);
  const number = palette.quiet(`${String(line).padStart(gutter)} │`);
  const arithmetic = [...new Set(labels.flatMap(({ label }) => label.arithmetic ?? []))].join("   ");
  const beside = `${shown}        ${arithmetic}`;
  const fits = arithmetic !== "" && gutter + 3 + displayWidth(beside) <= width;
  out.push(`${number} ${fits ? `${shown}        ${palette.quiet(arithmetic)}` : shown}`);
  for (const entry of labels) out.push(...renderMarks(entry, text, from, style));
  if (arithmetic !== "" && !fits) {
    for (const part of wrapText(arithmetic, width - gutter - 5)) out.push(`${bar}   ${palette.quiet(part)}`);
  }
  return out;
}

/** The underline of one label and what it says, beside the marks or below them. */
function renderMarks(
  { label, primary }: PlacedLabel,
  text: string,
  from: number,
  style: ExcerptStyle,
): string[] {
  const { gutter, bar, width, palette, tone } = style;
  const start = Math.max(0, label.span.start - from);
  const covered = visibleText(text.slice(start, Math.max(start, label.span.end - from)));
  const indent = " ".repeat(displayWidth(visibleText(text.slice(0, start))));
  const marks = (primary ? "^" : "-").repeat(Math.max(1, displayWidth(covered)));
  const paint = primary ? tone : palette.secondary;
  const room = width - gutter - 3 - indent.length - marks.length - 1;
  if (label.text === "" || displayWidth(label.text) <= room) {
    return [`${bar} ${indent}${paint(`${marks} ${label.text}`.trimEnd())}`];
  }
  // What is too long to stand beside the marks stands below them, as far to the right as it has room.
  const lead = Math.max(0, Math.min(indent.length, width - gutter - 3 - displayWidth(label.text)));
  const below = wrapText(label.text, width - gutter - 3 - lead);
  return [
    `${bar} ${indent}${paint(marks)}`,
    ...below.map((part) => `${bar} ${" ".repeat(lead)}${paint(part)}`),
  ];
}

function renderFooter(diagnostic: Diagnostic, gutter: number, width: number, palette: Palette): string[] {
  const out: string[] = [];
  const say = (kind: string, said: string, wrap = true): void => {
    const text = visibleText(said);
    const lead = `${" ".repeat(gutter + 1)}= ${kind}`;
    const lines = wrap ? wrapText(text, width - lead.length - 1) : [text];
    out.push(`${" ".repeat(gutter + 1)}${palette.quiet("=")} ${palette.strong(kind)} ${lines[0]}`);
    for (const line of lines.slice(1)) out.push(`${" ".repeat(lead.length + 1)}${line}`);
  };
  for (const note of diagnostic.notes) say("note:", note);
  if (diagnostic.help !== undefined) say("help:", diagnostic.help);
  if (diagnostic.fix !== undefined) {
    const changed = changedLines(diagnostic.fix);
    for (const { line, text } of changed.slice(0, 4)) {
      if (text === undefined) say("fix:", `line ${line}: remove it`, false);
      else {
        const parts = text.split("\n").map((part) => `line ${line}: ${part.trim()}`);
        const room = Math.max(width, minimumFixWidth) - gutter - fixLead;
        if (parts.every((part) => fitsColumns(part, room)))
          for (const part of parts) say("fix:", part, false);
        else say("fix:", diagnostic.fix.title);
      }
    }
    if (changed.length > 4)
      say("fix:", `and ${changed.length - 4} more ${changed.length === 5 ? "line" : "lines"}`);
  }
  say("explain:", `cnn explain ${diagnostic.code}`, false);
  return out;
}
