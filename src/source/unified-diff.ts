/** How two texts differ, in the unified form that `patch` and `git apply` read. */

/** Lines beside a change that are shown as they are. */
const contextLines = 3;

/** Beyond so many edits the middle of the texts counts as replaced: finding the fewest takes the square of their number. */
const mostEdits = 1_000;

/** A stretch of the first text that gives way to a stretch of the second; offsets of lines. */
interface Change {
  readonly before: readonly [start: number, end: number];
  readonly after: readonly [start: number, end: number];
}

/** The changes that make the first text the second, empty where they are the same; `name` stands for the file in both states. */
export function renderUnifiedDiff(name: string, before: string, after: string): string {
  if (before === after) return "";
  const [old, young] = [linesOf(before), linesOf(after)];
  const hunks = groupChanges(findChanges(old, young)).map((changes) => renderHunk(changes, old, young));
  return `--- ${name}\n+++ ${name}\n${hunks.join("")}`;
}

/** Lines with their ends, of which the last may have none. */
function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** Equal lines at both ends stay; between them as few lines change as can be. */
function findChanges(before: readonly string[], after: readonly string[]): readonly Change[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let [end, otherEnd] = [before.length, after.length];
  while (end > start && otherEnd > start && before[end - 1] === after[otherEnd - 1]) {
    end -= 1;
    otherEnd -= 1;
  }
  const path = shortestPath(before.slice(start, end), after.slice(start, otherEnd));
  if (path === undefined) return [{ before: [start, end], after: [start, otherEnd] }];
  const changes: Change[] = [];
  let [row, column] = [start, start];
  // Each pair of equal lines ends a change; so does the end of the middle.
  for (const [equalRow, equalColumn] of [...path, [end - start, otherEnd - start] as const]) {
    const [nextRow, nextColumn] = [start + equalRow, start + equalColumn];
    if (nextRow > row || nextColumn > column)
      changes.push({ before: [row, nextRow], after: [column, nextColumn] });
    [row, column] = [nextRow + 1, nextColumn + 1];
  }
  return changes;
}

/**
 * The pairs of equal lines on a path of the fewest insertions and deletions: the greedy algorithm of Myers, "An O(ND) Difference
 * Algorithm and Its Variations" (1986). Undefined where there are more than `mostEdits`.
 */
function shortestPath(
  before: readonly string[],
  after: readonly string[],
): readonly (readonly [number, number])[] | undefined {
  /** For each number of edits the furthest row on each diagonal that so many reach. */
  const trace: ReadonlyMap<number, number>[] = [];
  let furthest = new Map([[1, 0]]);
  for (let edits = 0; edits <= mostEdits; edits += 1) {
    trace.push(new Map(furthest));
    const next = new Map(furthest);
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const isDown = comesFromAbove(furthest, diagonal, edits);
      let row = isDown ? furthest.get(diagonal + 1)! : furthest.get(diagonal - 1)! + 1;
      while (row < before.length && row - diagonal < after.length && before[row] === after[row - diagonal])
        row += 1;
      next.set(diagonal, row);
      if (row >= before.length && row - diagonal >= after.length)
        return traceBack(trace, before.length, after.length);
    }
    furthest = next;
  }
  return undefined;
}

/** Whether the furthest way to a diagonal is by an inserted line, not by a deleted one. */
function comesFromAbove(furthest: ReadonlyMap<number, number>, diagonal: number, edits: number): boolean {
  if (diagonal === -edits) return true;
  return diagonal !== edits && (furthest.get(diagonal - 1) ?? -1) < (furthest.get(diagonal + 1) ?? -1);
}

function traceBack(
  trace: readonly ReadonlyMap<number, number>[],
  rows: number,
  columns: number,
): readonly (readonly [number, number])[] {
  const equal: (readonly [number, number])[] = [];
  let [row, column] = [rows, columns];
  for (let edits = trace.length - 1; edits >= 0; edits -= 1) {
    const furthest = trace[edits]!;
    const diagonal = row - column;
    const before = comesFromAbove(furthest, diagonal, edits) ? diagonal + 1 : diagonal - 1;
    const [startRow, startColumn] =
      edits === 0 ? [0, 0] : [furthest.get(before)!, furthest.get(before)! - before];
    while (row > startRow && column > startColumn) {
      row -= 1;
      column -= 1;
      equal.push([row, column]);
    }
    [row, column] = [startRow, startColumn];
  }
  return equal.reverse();
}

/** Changes whose lines of context would meet stand in one hunk. */
function groupChanges(changes: readonly Change[]): readonly (readonly Change[])[] {
  const groups: Change[][] = [];
  for (const change of changes) {
    const last = groups.at(-1)?.at(-1);
    if (last !== undefined && change.before[0] - last.before[1] <= 2 * contextLines)
      groups.at(-1)!.push(change);
    else groups.push([change]);
  }
  return groups;
}

function renderHunk(changes: readonly Change[], before: readonly string[], after: readonly string[]): string {
  const [first, last] = [changes[0]!, changes.at(-1)!];
  const start = Math.max(0, first.before[0] - contextLines);
  const end = Math.min(before.length, last.before[1] + contextLines);
  const otherStart = start + first.after[0] - first.before[0];
  const otherEnd = end + last.after[1] - last.before[1];
  let text = `@@ -${rangeText(start, end)} +${rangeText(otherStart, otherEnd)} @@\n`;
  let row = start;
  for (const { before: gone, after: come } of changes) {
    text += marked(" ", before.slice(row, gone[0]));
    text += marked("-", before.slice(...gone));
    text += marked("+", after.slice(...come));
    row = gone[1];
  }
  return text + marked(" ", before.slice(row, end));
}

/** Lines count from 1; an empty stretch stands after the line that it names. */
function rangeText(start: number, end: number): string {
  const count = end - start;
  return `${count === 0 ? start : start + 1}${count === 1 ? "" : `,${count}`}`;
}

function marked(mark: string, lines: readonly string[]): string {
  return lines
    .map((line) => (line.endsWith("\n") ? mark + line : `${mark}${line}\n\\ No newline at end of file\n`))
    .join("");
}
