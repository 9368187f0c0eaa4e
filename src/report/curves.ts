import { scaleLinear } from "d3-scale";
import { line } from "d3-shape";
import { escapeText } from "./run/markup.ts";

/** One line of a chart. */
export interface Curve {
  readonly label: string;
  readonly values: readonly number[];
  /** A dashed line marks what was measured on held-out data. */
  readonly dashed: boolean;
}

/** One chart: curves over epochs. */
export interface Chart {
  readonly title: string;
  readonly curves: readonly Curve[];
  /** An epoch to point out. */
  readonly mark?: { readonly epoch: number; readonly label: string };
}

const size = { width: 420, height: 300, left: 62, right: 16, top: 36, bottom: 44 } as const;

/** What the parts of charts are drawn in, as CSS. */
export interface CurveColours {
  readonly ink: string;
  readonly paper: string;
  readonly grid: string;
  /** One a curve, again from the start where there are more curves. */
  readonly curves: readonly string[];
}

const printColours: CurveColours = {
  ink: "#222",
  paper: "#fff",
  grid: "#e3e3e3",
  curves: ["#1b6ca8", "#d1495b", "#3a7d44", "#8d5a97"],
};

/** Charts as one SVG document, epochs counted from 1. Values that are not finite leave a gap. */
export function renderCurves(title: string, charts: readonly Chart[]): string {
  const head = `<text x="${(size.width * columnsOf(charts)) / 2}" y="20" text-anchor="middle" font-size="15" font-weight="600">${escapeText(title)}</text>`;
  return renderDocument(charts, printColours, head, 28);
}

/** The same without a title, in other colours, to stand in a page. */
export function renderCharts(charts: readonly Chart[], colours: CurveColours): string {
  return renderDocument(charts, colours, "", 0);
}

const columnsOf = (charts: readonly Chart[]): number => Math.min(2, Math.max(1, charts.length));

/** Two charts a row. */
function renderDocument(
  charts: readonly Chart[],
  colours: CurveColours,
  head: string,
  headHeight: number,
): string {
  const columns = columnsOf(charts);
  const width = size.width * columns;
  const height = size.height * Math.max(1, Math.ceil(charts.length / columns)) + headHeight;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" style="fill:${colours.ink}">`,
    ...(colours.paper === "none"
      ? []
      : [`<rect width="${width}" height="${height}" style="fill:${colours.paper}"/>`]),
    head,
    ...charts.map((chart, index) =>
      renderChart(chart, colours, {
        x: (index % columns) * size.width,
        y: headHeight + Math.floor(index / columns) * size.height,
      }),
    ),
    "</svg>",
    "",
  ].join("\n");
}

function renderChart(
  chart: Chart,
  colours: CurveColours,
  { x, y }: { readonly x: number; readonly y: number },
): string {
  const epochs = Math.max(1, ...chart.curves.map((curve) => curve.values.length));
  const finite = chart.curves.flatMap((curve) => curve.values.filter(Number.isFinite));
  const low = Math.min(...finite, Infinity);
  const high = Math.max(...finite, -Infinity);
  const across = scaleLinear([1, Math.max(2, epochs)], [size.left, size.width - size.right]);
  const domain = finite.length === 0 ? [0, 1] : low === high ? [low - 0.5, high + 0.5] : [low, high];
  const up = scaleLinear(domain, [size.height - size.bottom, size.top]).nice();
  const parts = [`<g transform="translate(${x} ${y})">`];
  for (const tick of up.ticks(5)) {
    parts.push(
      `<line x1="${size.left}" x2="${size.width - size.right}" y1="${up(tick)}" y2="${up(tick)}" style="stroke:${colours.grid}"/>`,
      `<text x="${size.left - 6}" y="${up(tick) + 4}" text-anchor="end">${up.tickFormat(5)(tick)}</text>`,
    );
  }
  for (const tick of across.ticks(Math.min(epochs, 8)).filter(Number.isInteger)) {
    parts.push(
      `<text x="${across(tick)}" y="${size.height - size.bottom + 18}" text-anchor="middle">${tick}</text>`,
    );
  }
  const middle = (size.left + size.width - size.right) / 2;
  parts.push(
    `<text x="${middle}" y="${size.height - 8}" text-anchor="middle">epoch</text>`,
    `<text x="${size.left}" y="${size.top - 14}" font-weight="600">${escapeText(chart.title)}</text>`,
  );
  if (chart.mark !== undefined) parts.push(renderMark(chart.mark, across, colours, isHighAt(chart, up)));
  chart.curves.forEach((curve, index) => {
    const colour = colours.curves[index % colours.curves.length]!;
    parts.push(renderCurve(curve, { index, count: chart.curves.length, colour }, across, up));
  });
  parts.push("</g>");
  return parts.join("\n");
}

/** Room for one curve's line and label beside the chart's title. */
const legendWidth = 96;

/** Whether the curves run in the upper half at the mark, so that its label has room below them. */
function isHighAt({ curves, mark }: Chart, up: (value: number) => number): boolean {
  const heights = curves
    .map(({ values }) => values[(mark?.epoch ?? 0) - 1] ?? NaN)
    .filter((value) => Number.isFinite(value))
    .map(up);
  const middle = (size.top + size.height - size.bottom) / 2;
  return heights.some((height) => height < middle) && !heights.some((height) => height > middle);
}

/** An upright line at an epoch. */
function renderMark(
  { epoch, label }: NonNullable<Chart["mark"]>,
  across: (epoch: number) => number,
  colours: CurveColours,
  isHigh: boolean,
): string {
  const at = across(epoch);
  const row = isHigh ? size.height - size.bottom - 6 : size.top + 10;
  const isLeft = at > (size.left + size.width) / 2;
  return [
    `<line x1="${at}" x2="${at}" y1="${size.top}" y2="${size.height - size.bottom}" stroke-dasharray="2 3" style="stroke:${colours.ink}" opacity="0.5"/>`,
    `<text x="${at + (isLeft ? -5 : 5)}" y="${row}" text-anchor="${isLeft ? "end" : "start"}" opacity="0.7">${escapeText(label)}</text>`,
  ].join("\n");
}

function renderCurve(
  curve: Curve,
  { index, count, colour }: { readonly index: number; readonly count: number; readonly colour: string },
  across: (epoch: number) => number,
  up: (value: number) => number,
): string {
  const dash = curve.dashed ? ' stroke-dasharray="6 4"' : "";
  const points = curve.values.map((value, epoch) => [across(epoch + 1), up(value)] as const);
  const path = line<readonly [number, number]>()
    .defined(([, value]) => Number.isFinite(value))
    .x(([at]) => at)
    .y(([, value]) => value)(points);
  const dots = points
    .filter(([, value]) => Number.isFinite(value))
    .map(([at, value]) => `<circle cx="${at}" cy="${value}" r="2.5" style="fill:${colour}"/>`);
  const legend = size.width - size.right - legendWidth * (count - index);
  const row = size.top - 18;
  return [
    `<path d="${path ?? ""}" fill="none" style="stroke:${colour}" stroke-width="2"${dash}/>`,
    ...dots,
    `<line x1="${legend}" x2="${legend + 22}" y1="${row}" y2="${row}" style="stroke:${colour}" stroke-width="2"${dash}/>`,
    `<text x="${legend + 28}" y="${row + 4}">${escapeText(curve.label)}</text>`,
  ].join("\n");
}
