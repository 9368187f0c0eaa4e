import type { ClassificationReport } from "../metrics/classification.ts";
import { formatCount } from "./numbers.ts";
import { renderTable } from "./table.ts";

/** Loss and accuracy, a row of precision, recall and F1 a class, and the confusion matrix where it fits. */
export function renderClassification(
  report: ClassificationReport,
  loss: number | undefined,
  width: number,
): string {
  const share = (value: number): string => value.toFixed(4);
  const rows = report.classes.map((row) => [
    row.className,
    share(row.precision),
    share(row.recall),
    share(row.f1),
    formatCount(row.support),
  ]);
  const { macro } = report;
  const table = renderTable(
    [
      { title: "Class", align: "left", minimum: 8 },
      { title: "Precision", align: "right" },
      { title: "Recall", align: "right" },
      { title: "F1", align: "right" },
      { title: "Examples", align: "right" },
    ],
    [
      ...rows,
      ["mean", share(macro.precision), share(macro.recall), share(macro.f1), formatCount(macro.support)],
    ],
    width,
  );
  const lossText = loss === undefined ? "" : `loss ${loss.toFixed(4)}   `;
  return `${lossText}accuracy ${share(report.accuracy)}   (${formatCount(report.count)} examples)\n\n${table}\n${renderConfusion(report, width)}`;
}

/** Counts with the true classes in rows and the predicted ones in columns. */
function renderConfusion({ confusion, classes }: ClassificationReport, width: number): string {
  const cell =
    Math.max(3, ...confusion.flat().map((count) => String(count).length), String(classes.length - 1).length) +
    1;
  const label = Math.max(8, ...classes.map(({ className }) => className.length));
  if (cell * classes.length + 12 > width)
    return `Confusion matrix: ${classes.length} classes do not fit here; see --format json\n`;
  const room = Math.min(label, width - cell * classes.length - 5);
  const lines = confusion.map((row, index) => {
    const name = classes[index]!.className;
    const shown = name.length > room ? `${name.slice(0, room - 1)}…` : name;
    return `${String(index).padStart(3)} ${shown.padEnd(room)} ${row.map((count) => (count === 0 ? "·" : String(count)).padStart(cell)).join("")}`;
  });
  const head = `${" ".repeat(room + 5)}${confusion.map((_, index) => String(index).padStart(cell)).join("")}`;
  return `Confusion matrix (rows: true class, columns: predicted)\n${head}\n${lines.join("\n")}\n`;
}
