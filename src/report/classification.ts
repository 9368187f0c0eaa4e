import type { AveragedReport, ClassificationReport } from "../metrics/classification.ts";
import { displayWidth } from "../diagnostics/layout.ts";
import type { ScoreReport } from "../metrics/scores.ts";
import { formatCount } from "./numbers.ts";
import { alignText, renderTable } from "./table.ts";

const share = (value: number): string => (Number.isNaN(value) ? "–" : value.toFixed(4));

/** Loss and accuracy, other figures of the whole, a row of rates a class with averages, and the confusion matrix where it fits. */
export function renderScores(given: ScoreReport, width: number): string {
  const report = { ...given, classification: withPlainNames(given.classification) };
  const { classification, logLoss, topK, calibration } = report;
  const lossText = logLoss === undefined ? "" : `loss ${logLoss.toFixed(4)}   `;
  const figures: readonly (readonly [string, number])[] = [
    ...topK.map(({ k, accuracy }) => [`top-${k}`, accuracy] as const),
    ["kappa", classification.kappa],
    ["AUC", report.auc],
    ["average precision", report.averagePrecision],
    ["Brier", report.brier],
    ["calibration error", calibration.expectedError],
  ];
  return [
    `${lossText}accuracy ${share(classification.accuracy)}   (${formatCount(classification.count)} examples)`,
    wrapFigures(figures, width),
    "",
    renderClasses(report, width),
    renderConfusion(classification, width),
  ].join("\n");
}

/** Names of folders and columns may hold line breaks and a terminal's control characters, which would break the table. */
function withPlainNames(report: ClassificationReport): ClassificationReport {
  const classes = report.classes.map((row) => ({
    ...row,
    className: row.className.replace(/\p{Cc}+/gu, " "),
  }));
  return { ...report, classes };
}

/** `name value` pairs, as many to a line as fit. */
function wrapFigures(figures: readonly (readonly [string, number])[], width: number): string {
  const lines: string[] = [];
  for (const [name, value] of figures) {
    const text = `${name} ${share(value)}`;
    const last = lines.at(-1);
    if (last !== undefined && last.length + 3 + text.length <= width) lines.push(`${lines.pop()}   ${text}`);
    else lines.push(text);
  }
  return lines.join("\n");
}

function renderClasses({ classification, areas, averagePrecisions }: ScoreReport, width: number): string {
  const rows = classification.classes.map((row, index) => [
    row.className,
    share(row.precision),
    share(row.recall),
    share(row.f1),
    share(row.falsePositiveRate),
    share(areas.perClass[index]!),
    share(averagePrecisions.perClass[index]!),
    formatCount(row.support),
  ]);
  const average = (name: string, row: AveragedReport, area: number, precision: number): string[] => [
    name,
    share(row.precision),
    share(row.recall),
    share(row.f1),
    "",
    share(area),
    share(precision),
    formatCount(row.support),
  ];
  const { macro, micro, weighted } = classification;
  return renderTable(
    [
      { title: "Class", align: "left", minimum: 8 },
      { title: "Precis.", align: "right" },
      { title: "Recall", align: "right" },
      { title: "F1", align: "right" },
      { title: "FPR", align: "right" },
      { title: "AUC", align: "right" },
      { title: "AP", align: "right" },
      { title: "Cases", align: "right" },
    ],
    [
      ...rows,
      average("macro", macro, areas.macro, averagePrecisions.macro),
      average("micro", micro, areas.micro, averagePrecisions.micro),
      average("weighted", weighted, areas.weighted, averagePrecisions.weighted),
    ],
    width,
  );
}

/** The report as JSON; what is not determined is null. */
export function scoresToJson(report: ScoreReport): Readonly<Record<string, unknown>> {
  const { classification, topK, logLoss, areas, averagePrecisions, ...rest } = report;
  return {
    loss: logLoss,
    ...classification,
    topK: Object.fromEntries(topK.map(({ k, accuracy }) => [k, accuracy])),
    auc: report.auc,
    aucPerClass: areas.perClass,
    aucAverages: {
      macro: areas.macro,
      micro: areas.micro,
      weighted: areas.weighted,
      oneVersusOne: areas.oneVersusOne,
    },
    averagePrecision: report.averagePrecision,
    averagePrecisionPerClass: averagePrecisions.perClass,
    averagePrecisionAverages: {
      macro: averagePrecisions.macro,
      micro: averagePrecisions.micro,
      weighted: averagePrecisions.weighted,
    },
    brier: rest.brier,
    calibration: rest.calibration,
  };
}

/** Counts with the true classes in rows and the predicted ones in columns. */
function renderConfusion({ confusion, classes }: ClassificationReport, width: number): string {
  const cell =
    Math.max(3, ...confusion.flat().map((count) => String(count).length), String(classes.length - 1).length) +
    1;
  const label = Math.max(8, ...classes.map(({ className }) => displayWidth(className)));
  if (cell * classes.length + 12 > width)
    return `Confusion matrix: ${classes.length} classes do not fit here; see --format json\n`;
  const room = Math.min(label, width - cell * classes.length - 5);
  const lines = confusion.map((row, index) => {
    const name = alignText(classes[index]!.className, room, "left");
    return `${String(index).padStart(3)} ${name} ${row.map((count) => (count === 0 ? "·" : String(count)).padStart(cell)).join("")}`;
  });
  const head = `${" ".repeat(room + 5)}${confusion.map((_, index) => String(index).padStart(cell)).join("")}`;
  return `Confusion matrix (rows: true class, columns: predicted)\n${head}\n${lines.join("\n")}\n`;
}
