// The one-page report of a run: HTML that needs nothing else, for bright and dark screens and for paper.
import type { ShapedGraph, ShapedLayer } from "../../analyze/shaped-graph.ts";
import type { ClassificationReport } from "../../metrics/classification.ts";
import { type Chart, renderCharts } from "../curves.ts";
import { formatCount, formatMagnitude, formatShape } from "../numbers.ts";
import { formatScore } from "../outputs.ts";
import { layerClass } from "../summary.ts";
import { renderConfusion } from "./confusion.ts";
import { barCell, escapeText, formatShare } from "./markup.ts";
import { pageColours, pageStyle } from "./style.ts";

/** An example that the model is wrong about. */
export interface Mistake {
  /** A picture as a `data:` address; undefined where the example is none. */
  readonly picture: string | undefined;
  /** Which example of the data's file or folder, from 1. */
  readonly row: number;
  readonly className: string;
  readonly predicted: string;
  readonly probability: number;
}

/** What the page shows, in its order. */
export interface RunReport {
  readonly title: string;
  /** One sentence under the title. */
  readonly subtitle: string;
  /** The numbers that count; the first is set off. */
  readonly tiles: readonly { readonly label: string; readonly value: string }[];
  readonly charts: readonly Chart[];
  readonly model: ShapedGraph;
  /** A drawing of the network as SVG. */
  readonly diagram: string;
  readonly data: readonly Row[];
  /** What the examples were that the model was measured on: `the 6,000 held back for validation`. */
  readonly measuredOn: string;
  /** Of a model that gives a class for each example. */
  readonly classes?: {
    readonly classification: ClassificationReport;
    readonly mistakes: readonly Mistake[];
  };
  /** Of other models: the scores of each output. */
  readonly outputs?: readonly OutputRow[];
  readonly source: string;
  readonly receipt: readonly Row[];
  readonly footer: string;
}

export interface OutputRow {
  readonly name: string;
  readonly scores: Readonly<Record<string, number>>;
}

export type Row = readonly [what: string, value: string];

/** The page as one HTML document. */
export function renderRunReport(report: RunReport): string {
  const { title, subtitle, tiles, measuredOn, classes, outputs } = report;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(title)}</title>
<style>${pageStyle}</style>
</head>
<body>
<header><h1>${escapeText(title)}</h1><p>${escapeText(subtitle)}</p></header>
<div class="tiles">${tiles.map(renderTile).join("")}</div>
<h2>Learning</h2>
<figure class="scroll">${renderCharts(report.charts, pageColours)}</figure>
<h2>Network</h2>
<figure class="scroll diagram">${report.diagram}</figure>
${renderLayers(report.model)}
<h2>Data</h2>
${renderRows(report.data)}
${classes === undefined ? "" : renderClassified(classes, measuredOn)}
${outputs === undefined ? "" : renderOutputs(outputs, measuredOn)}
<h2>Program</h2>
<pre>${escapeText(report.source)}</pre>
<h2>Receipt</h2>
${renderRows(report.receipt)}
<footer>${escapeText(report.footer)}</footer>
</body>
</html>
`;
}

function renderClassified(
  { classification, mistakes }: NonNullable<RunReport["classes"]>,
  measuredOn: string,
): string {
  const wrong = classification.count - Math.round(classification.accuracy * classification.count);
  return `<h2>Classes</h2>
<p>Measured on ${escapeText(measuredOn)}.</p>
${renderClasses(classification)}
<h2>Confusion</h2>
${renderConfusion(classification)}
<h2>Worst mistakes</h2>
${
  mistakes.length === 0
    ? "<p>None: the model is right about every example.</p>"
    : `<p>Of ${formatCount(wrong)} mistakes, those that the model is surest of.</p>
<div class="mistakes">${mistakes.map(renderMistake).join("\n")}</div>`
}`;
}

function renderOutputs(outputs: readonly OutputRow[], measuredOn: string): string {
  const names = [...new Set(outputs.flatMap(({ scores }) => Object.keys(scores)))];
  const head = names.map((name) => `<th class="number">${escapeText(name.replaceAll("_", " "))}</th>`);
  const rows = outputs.map(({ name, scores }) => {
    const cells = names.map((metric) => {
      const value = scores[metric];
      return `<td class="number">${value === undefined ? "–" : formatScore(value)}</td>`;
    });
    return `<tr><td>${escapeText(name)}</td>${cells.join("")}</tr>`;
  });
  return `<h2>Outputs</h2>
<p>Measured on ${escapeText(measuredOn)}.</p>
<div class="scroll"><table><thead><tr><th>output</th>${head.join("")}</tr></thead><tbody>
${rows.join("\n")}
</tbody></table></div>`;
}

function renderTile({ label, value }: RunReport["tiles"][number]): string {
  return `<div class="tile"><b>${escapeText(value)}</b><span>${escapeText(label)}</span></div>`;
}

function renderRows(rows: readonly Row[]): string {
  const lines = rows.map(
    ([what, value]) => `<tr><td>${escapeText(what)}</td><td>${escapeText(value)}</td></tr>`,
  );
  return `<table class="receipt"><tbody>\n${lines.join("\n")}\n</tbody></table>`;
}

/** A row a layer, with bars that show where the parameters and the work are. */
function renderLayers({ layers, totals }: ShapedGraph): string {
  const largest = (of: (layer: ShapedLayer) => number): number => Math.max(0, ...layers.map(of));
  const parameters = (layer: ShapedLayer): number =>
    layer.node.sharesWeightsOf === undefined ? (layer.parameters.value ?? 0) : 0;
  const work = (layer: ShapedLayer): number => layer.multiplyAccumulates.value ?? 0;
  const [mostParameters, mostWork] = [largest(parameters), largest(work)];
  const rows = layers.map((layer) => {
    const { node, shape } = layer;
    const isFrozen = parameters(layer) > 0 && !node.trainable;
    return `<tr${isFrozen ? ' class="frozen"' : ""}><td>${escapeText(node.name)}</td><td>${escapeText(layerClass(layer))}${isFrozen ? ", frozen" : ""}</td><td>${escapeText(formatShape(shape))}</td>${barCell(parameters(layer), mostParameters, formatCount(parameters(layer)))}${barCell(work(layer), mostWork, formatMagnitude(work(layer)))}</tr>`;
  });
  const trainable = totals.trainableParameters.value;
  const frozen =
    trainable === totals.parameters.value
      ? ""
      : `, of which ${formatCount(totals.trainableParameters)} are trained`;
  return `<div class="scroll"><table><thead><tr><th>layer</th><th>kind</th><th>output</th><th class="number">parameters</th><th class="number">multiply-accumulates</th></tr></thead><tbody>
${rows.join("\n")}
</tbody></table></div>
<p>${formatCount(totals.parameters)} parameters${frozen}; ${formatMagnitude(totals.multiplyAccumulates)} multiply-accumulates an example.</p>`;
}

function renderClasses({ classes }: ClassificationReport): string {
  const share = (value: number): string => barCell(value, 1, formatShare(value));
  const rows = classes.map(
    ({ className, precision, recall, f1, support }) =>
      `<tr><td>${escapeText(className)}</td>${share(precision)}${share(recall)}${share(f1)}<td class="number">${formatCount(support)}</td></tr>`,
  );
  return `<div class="scroll"><table><thead><tr><th>class</th><th class="number">precision</th><th class="number">recall</th><th class="number">F1</th><th class="number">examples</th></tr></thead><tbody>
${rows.join("\n")}
</tbody></table></div>`;
}

function renderMistake({ picture, row, className, predicted, probability }: Mistake): string {
  const image =
    picture === undefined ? "" : `<img src="${escapeText(picture)}" alt="example ${row}" loading="lazy">`;
  return `<figure>${image}<figcaption>${escapeText(className)}<br><s>${escapeText(predicted)}</s> ${formatShare(probability)}<br><small>no. ${formatCount(row)}</small></figcaption></figure>`;
}
