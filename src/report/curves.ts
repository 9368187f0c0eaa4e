import { scaleLinear } from "d3-scale";
import { line } from "d3-shape";

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
}

const size = { width: 420, height: 300, left: 52, right: 16, top: 36, bottom: 44 } as const;
const colours = ["#1b6ca8", "#d1495b", "#3a7d44", "#8d5a97"] as const;
const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escapeText = (text: string): string => text.replace(/[&<>"]/g, (character) => escapes[character]!);

/** Charts side by side as one SVG document, epochs counted from 1. Values that are not finite leave a gap. */
export function renderCurves(title: string, charts: readonly Chart[]): string {
  const width = size.width * charts.length;
  const height = size.height + 28;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#222">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${width / 2}" y="20" text-anchor="middle" font-size="15" font-weight="600">${escapeText(title)}</text>`,
    ...charts.map((chart, index) => renderChart(chart, index * size.width, 28)),
    "</svg>",
    "",
  ].join("\n");
}

function renderChart(chart: Chart, x: number, y: number): string {
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
      `<line x1="${size.left}" x2="${size.width - size.right}" y1="${up(tick)}" y2="${up(tick)}" stroke="#e3e3e3"/>`,
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
  chart.curves.forEach((curve, index) =>
    parts.push(renderCurve(curve, index, chart.curves.length, across, up)),
  );
  parts.push("</g>");
  return parts.join("\n");
}

/** Room for one curve's line and label beside the chart's title. */
const legendWidth = 96;

function renderCurve(
  curve: Curve,
  index: number,
  count: number,
  across: (epoch: number) => number,
  up: (value: number) => number,
): string {
  const colour = colours[index % colours.length]!;
  const dash = curve.dashed ? ' stroke-dasharray="6 4"' : "";
  const points = curve.values.map((value, epoch) => [across(epoch + 1), up(value)] as const);
  const path = line<readonly [number, number]>()
    .defined(([, value]) => Number.isFinite(value))
    .x(([at]) => at)
    .y(([, value]) => value)(points);
  const dots = points
    .filter(([, value]) => Number.isFinite(value))
    .map(([at, value]) => `<circle cx="${at}" cy="${value}" r="2.5" fill="${colour}"/>`);
  const legend = size.width - size.right - legendWidth * (count - index);
  const row = size.top - 18;
  return [
    `<path d="${path ?? ""}" fill="none" stroke="${colour}" stroke-width="2"${dash}/>`,
    ...dots,
    `<line x1="${legend}" x2="${legend + 22}" y1="${row}" y2="${row}" stroke="${colour}" stroke-width="2"${dash}/>`,
    `<text x="${legend + 28}" y="${row + 4}">${escapeText(curve.label)}</text>`,
  ].join("\n");
}
