import { scaleLinear, scaleLog } from "d3-scale";
import { line } from "d3-shape";
import { escapeText } from "./run/markup.ts";

const size = { width: 560, height: 340, left: 56, right: 20, top: 40, bottom: 48 } as const;

/** Losses over learning rates, the rates on a logarithmic scale, as an SVG document; a rate may be pointed out. */
export function renderRateCurve(
  title: string,
  rates: readonly number[],
  losses: readonly number[],
  suggestion: number | undefined,
): string {
  const across = scaleLog([rates[0]!, rates.at(-1)!], [size.left, size.width - size.right]);
  const up = scaleLinear(
    [Math.min(...losses), Math.max(...losses)],
    [size.height - size.bottom, size.top],
  ).nice();
  const decades = across.ticks().filter((tick) => Number.isInteger(Math.log10(tick)));
  const path =
    line<number>(
      (_, index) => across(rates[index]!),
      (loss) => up(loss),
    )([...losses]) ?? "";
  const bottom = size.height - size.bottom;
  const mark =
    suggestion === undefined
      ? []
      : [
          `<line x1="${across(suggestion)}" x2="${across(suggestion)}" y1="${size.top}" y2="${bottom}" stroke="#d1495b" stroke-dasharray="4 3"/>`,
          `<text x="${across(suggestion) + 5}" y="${size.top + 10}" fill="#d1495b">${suggestion}</text>`,
        ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" viewBox="0 0 ${size.width} ${size.height}" font-family="system-ui, sans-serif" font-size="12" fill="#222">`,
    `<rect width="${size.width}" height="${size.height}" fill="#fff"/>`,
    `<text x="${size.width / 2}" y="22" text-anchor="middle" font-size="15" font-weight="600">${escapeText(title)}</text>`,
    ...up.ticks(5).map((tick) => {
      const at = up(tick);
      return `<line x1="${size.left}" x2="${size.width - size.right}" y1="${at}" y2="${at}" stroke="#e3e3e3"/><text x="${size.left - 6}" y="${at + 4}" text-anchor="end">${tick}</text>`;
    }),
    ...decades.map(
      (tick) =>
        `<text x="${across(tick)}" y="${bottom + 18}" text-anchor="middle">${tick.toExponential()}</text>`,
    ),
    `<text x="${(size.left + size.width - size.right) / 2}" y="${size.height - 8}" text-anchor="middle">learning rate</text>`,
    `<path d="${path}" fill="none" stroke="#1b6ca8" stroke-width="2"/>`,
    ...mark,
    "</svg>",
    "",
  ].join("\n");
}
