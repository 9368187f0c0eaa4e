import { displayWidth } from "../diagnostics/layout.ts";

/** A column: its title, how its cells align, and how narrow it may become when the table must fit. */
export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
  /** Columns below which it is not squeezed; a column without it keeps its width. */
  readonly minimum?: number;
}

/** A table with ruled borders, for a terminal. Cells too long for their column end in `…`. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): string {
  const widths = fitWidths(columns, rows, width);
  const rule = (left: string, line: string, cross: string, right: string): string =>
    left + widths.map((columnWidth) => line.repeat(columnWidth + 2)).join(cross) + right;
  const row = (cells: readonly string[], bar: string): string =>
    `${bar} ${cells.map((cell, index) => alignText(cell, widths[index]!, columns[index]!.align)).join(` ${bar} `)} ${bar}`;
  return [
    rule("┏", "━", "┳", "┓"),
    row(
      columns.map((column) => column.title),
      "┃",
    ),
    rule("┡", "━", "╇", "┩"),
    ...rows.map((cells) => row(cells, "│")),
    rule("└", "─", "┴", "┘"),
    "",
  ].join("\n");
}

function fitWidths(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): number[] {
  const widths = columns.map((column, index) =>
    rows.reduce(
      (widest, row) => Math.max(widest, displayWidth(row[index] ?? "")),
      displayWidth(column.title),
    ),
  );
  let excess = widths.reduce((sum, columnWidth) => sum + columnWidth + 3, 1) - width;
  while (excess > 0) {
    const squeezable = columns
      .map(({ minimum }, index) => ({ index, room: minimum === undefined ? 0 : widths[index]! - minimum }))
      .sort((a, b) => b.room - a.room)[0];
    if (squeezable === undefined || squeezable.room <= 0) break;
    widths[squeezable.index]! -= 1;
    excess -= 1;
  }
  return widths;
}

/** A text in exactly so many columns of a terminal; too long, it ends in `…`. */
export function alignText(cell: string, width: number, align: Column["align"]): string {
  const clipped = clip(cell, width);
  const blanks = " ".repeat(Math.max(0, width - displayWidth(clipped)));
  return align === "left" ? clipped + blanks : blanks + clipped;
}

function clip(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = "";
  for (const character of text) {
    if (displayWidth(kept + character) > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}
