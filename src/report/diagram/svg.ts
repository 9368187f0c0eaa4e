import { line, curveBasis } from "d3-shape";
import { sum } from "../../graph/dim.ts";
import type { ShapedGraph } from "../../analyze/shaped-graph.ts";
import { formatMagnitude, formatShape } from "../numbers.ts";
import { arrange, type DrawnStage, type Point } from "./arrange.ts";
import type { Box, FoldedGraph } from "./fold.ts";

const size = { padding: 24, head: 62, foot: 34, radius: 8, inset: 14 } as const;
/** Widths of a character of the three sizes of text, for fonts that are a little wider than most. */
const character = { title: 7.9, detail: 6.3, numbers: 6.7 } as const;
const merged = 34;
const mergeSigns: Readonly<Record<string, string>> = { add: "+", multiply: "×", subtract: "−", concat: "⧺" };
/** Merges whose sign alone says what they are. */
const plainMerges = new Set(["add", "multiply", "subtract"]);

/** Colours of a box by its role: the inside, then the line around it. */
type BoxColors = Readonly<Record<Box["role"], readonly [inside: string, line: string]>>;

interface Palette extends Readonly<
  Record<"paper" | "ink" | "muted" | "edge" | "track" | "parameters" | "macs", string>
> {
  readonly boxes: BoxColors;
}

const light: Palette = {
  paper: "#ffffff",
  ink: "#1c2430",
  muted: "#5d6b7e",
  edge: "#9aa7b8",
  track: "#e6e8ec",
  parameters: "#3f6fd1",
  macs: "#d98a1f",
  boxes: {
    input: ["#eef1f5", "#b6c0cc"],
    convolution: ["#e3edff", "#8fb0ee"],
    pool: ["#dff3ee", "#7fc7b4"],
    dense: ["#ffeadb", "#eda873"],
    attention: ["#f0e6ff", "#b79be6"],
    merge: ["#ffffff", "#9aa7b8"],
    quiet: ["#f3f4f7", "#cbd2dc"],
    call: ["#eceafc", "#a9a2e6"],
  },
};

const dark: Palette = {
  paper: "#0f141b",
  ink: "#e8edf4",
  muted: "#9cabbd",
  edge: "#5b6a7d",
  track: "#252a32",
  parameters: "#7ba2f5",
  macs: "#f0b04f",
  boxes: {
    input: ["#1d2530", "#465567"],
    convolution: ["#172640", "#3f66ad"],
    pool: ["#12302a", "#2f7f6c"],
    dense: ["#3a2412", "#a5652c"],
    attention: ["#2a1f42", "#7557b3"],
    merge: ["#0f141b", "#5b6a7d"],
    quiet: ["#1a212b", "#3a4656"],
    call: ["#201e3c", "#5f57ad"],
  },
};

/** Plain rules without variables, which programs other than browsers do not know. */
function colorRules({ boxes, ...colors }: Palette): string {
  const { ink, muted, edge } = colors;
  const filled = { title: ink, head: ink, detail: muted, numbers: muted, label: muted, tip: edge };
  const { paper, track, parameters, macs } = colors;
  return [
    ...Object.entries({ ...filled, paper, track, parameters, macs }).map(
      ([name, fill]) => `.diagram .${name} { fill: ${fill} }`,
    ),
    `.diagram .edge, .diagram .stage { stroke: ${edge} }`,
    // Edges pass behind a merge's words and a stage's label.
    `.diagram .beside { stroke: ${paper}; stroke-width: 4px; paint-order: stroke }`,
    ...Object.entries(boxes).map(
      ([role, [fill, stroke]]) => `.diagram .${role} { fill: ${fill}; stroke: ${stroke} }`,
    ),
  ].join(" ");
}

const style = `
  .diagram { font-family: ui-sans-serif, system-ui, -apple-system, "Segoe UI", "Helvetica Neue", "DejaVu Sans", sans-serif }
  .diagram .title { font-weight: 600; font-size: 13.5px } .diagram .detail { font-size: 11.5px } .diagram .head { font-weight: 700; font-size: 19px }
  .diagram .numbers { font-size: 11px; font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace }
  .diagram .label { font-weight: 600; font-size: 12.5px } .diagram .edge { fill: none; stroke-width: 1.5 }
  .diagram .stage { fill: none; stroke-width: 1.2; stroke-dasharray: 5 4 } .diagram circle { stroke-width: 1.5 }
  ${colorRules(light)}
  @media (prefers-color-scheme: dark) { ${colorRules(dark)} }`;

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escapeText = (text: string): string => text.replace(/[&<>"]/g, (each) => escapes[each]!);
const round = (value: number): number => Math.round(value * 10) / 10;

/** What a diagram says above its boxes. */
export interface DiagramHead {
  readonly title: string;
  readonly subtitle: string;
}

/** A whole model's name, input, output and cost. */
export function headOf(model: ShapedGraph): DiagramHead {
  const shapes = (ids: readonly number[]): string =>
    ids.map((id) => formatShape(model.layer(id).shape)).join(", ");
  const { parameters, multiplyAccumulates } = model.totals;
  const ends = `${shapes(model.graph.inputs)} → ${shapes(model.graph.outputs.map(({ layer }) => layer))}`;
  const cost = `${formatMagnitude(parameters)} parameters · ${formatMagnitude(multiplyAccumulates)} MACs`;
  return { title: model.graph.name, subtitle: `${ends} · ${cost}` };
}

/** Cost of a box; undefined where it is not known as a number. */
interface Cost {
  readonly parameters: number;
  readonly macs: number;
}

function costOf({ layers }: Box): Cost {
  const own = layers.filter(({ node }) => node.sharesWeightsOf === undefined);
  return {
    parameters: sum(own.map((layer) => layer.parameters)).value ?? 0,
    macs: sum(layers.map((layer) => layer.multiplyAccumulates)).value ?? 0,
  };
}

/** A box with its size. */
interface Drawn {
  readonly box: Box;
  readonly cost: Cost;
  readonly width: number;
  readonly height: number;
  readonly numbers: string;
}

/**
 * A folded graph as one SVG document, from top to bottom. It follows the reader's choice of a light or a dark page. The bars of a
 * box compare its parameters and multiply-accumulates with those of the largest.
 */
export function renderDiagram(folded: FoldedGraph, { title, subtitle }: DiagramHead): string {
  const drawn = folded.boxes.map(measure);
  const { places, curves, stages, bounds } = arrange(folded, drawn);
  const inner = bounds.right - bounds.left;
  const width = Math.ceil(
    Math.max(inner, title.length * 11.5, subtitle.length * character.detail, 330) + 2 * size.padding,
  );
  const height = Math.ceil(bounds.bottom - bounds.top + size.head + size.foot + 2 * size.padding);
  const across = round((width - inner) / 2 - bounds.left);
  const down = round(size.padding + size.head - bounds.top);
  const largest: Cost = {
    parameters: Math.max(1, ...drawn.map(({ cost }) => cost.parameters)),
    macs: Math.max(1, ...drawn.map(({ cost }) => cost.macs)),
  };
  const middle = width / 2;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="diagram" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeText(`${title}: ${subtitle}`)}">`,
    `<style>${style}</style>`,
    `<rect class="paper" width="${width}" height="${height}" rx="10"/>`,
    `<text class="head" x="${middle}" y="${size.padding + 18}" text-anchor="middle">${escapeText(title)}</text>`,
    `<text class="detail" x="${middle}" y="${size.padding + 40}" text-anchor="middle">${escapeText(subtitle)}</text>`,
    `<g transform="translate(${across} ${down})">`,
    ...stages.map(renderStage),
    ...curves.map(renderEdge),
    ...stages.map(renderLabel),
    ...drawn.map((each, index) => renderBox(each, places[index]!, largest)),
    "</g>",
    renderLegend(middle, height - size.padding),
    "</svg>",
    "",
  ].join("\n");
}

function measure(box: Box): Drawn {
  const cost = costOf(box);
  const isMerge = box.role === "merge";
  const numbers = [
    formatShape(box.shape),
    ...(cost.parameters > 0 ? [`${formatMagnitude(cost.parameters)} par.`] : []),
  ].join(" · ");
  const title = titleOf(box);
  if (isMerge) {
    const beside = mergeText(box, numbers).length * character.numbers + 8;
    return { box, cost, numbers, width: merged + 2 * beside, height: merged };
  }
  const width = Math.max(
    120,
    title.length * character.title,
    box.detail.length * character.detail,
    numbers.length * character.numbers,
  );
  const rows = box.detail === "" ? 2 : 3;
  const bars = cost.parameters > 0 || cost.macs > 0 ? 13 : 0;
  return { box, cost, numbers, width: round(width + 2 * size.inset), height: 14 + rows * 17 + bars };
}

function titleOf({ title, times }: Box): string {
  return times === 1 ? title : `${title} × ${times}`;
}

function renderBox(drawn: Drawn, { x, y }: Point, largest: Cost): string {
  const { box, cost, width, height, numbers } = drawn;
  if (box.role === "merge") return renderMerge(drawn, { x, y });
  const left = round(x - width / 2);
  const top = round(y - height / 2);
  const look = `class="${box.role}"`;
  // Calls alike look like a stack of cards.
  const cards = box.times === 1 ? [] : [6, 3];
  const middle = round(x);
  const rows = [
    `<text class="title" x="${middle}" y="${top + 22}" text-anchor="middle">${escapeText(titleOf(box))}</text>`,
    ...(box.detail === ""
      ? []
      : [
          `<text class="detail" x="${middle}" y="${top + 39}" text-anchor="middle">${escapeText(box.detail)}</text>`,
        ]),
    `<text class="numbers" x="${middle}" y="${top + (box.detail === "" ? 39 : 56)}" text-anchor="middle">${escapeText(numbers)}</text>`,
  ];
  const bar = (name: keyof Cost, offset: number): string => {
    const full = width - 2 * size.inset;
    const at = `x="${round(left + size.inset)}" y="${round(top + height - offset)}" height="3" rx="1.5"`;
    const share = cost[name] / largest[name];
    const length = cost[name] === 0 ? 0 : Math.max(2, share * full);
    return `<rect class="track" ${at} width="${round(full)}"/><rect class="${name}" ${at} width="${round(length)}"/>`;
  };
  return [
    ...cards.map(
      (shift) =>
        `<rect x="${left + shift}" y="${top + shift}" width="${width}" height="${height}" rx="${size.radius}" ${look}/>`,
    ),
    `<rect x="${left}" y="${top}" width="${width}" height="${height}" rx="${size.radius}" ${look}/>`,
    ...rows,
    ...(cost.parameters > 0 || cost.macs > 0 ? [bar("parameters", 14), bar("macs", 8)] : []),
  ].join("\n");
}

function mergeText({ title, detail }: Box, numbers: string): string {
  const parts = [...(plainMerges.has(title) ? [] : [title]), ...(detail === "" ? [] : [detail]), numbers];
  return parts.join(" · ");
}

/** A small circle, its words at its right. */
function renderMerge({ box, numbers }: Drawn, { x, y }: Point): string {
  const sign = mergeSigns[box.title];
  const text = mergeText(box, numbers);
  return [
    `<circle cx="${round(x)}" cy="${round(y)}" r="${merged / 2 - 1}" class="merge"/>`,
    `<text class="title" x="${round(x)}" y="${round(y + 5)}" text-anchor="middle">${sign ?? escapeText(box.title.slice(0, 3))}</text>`,
    `<text class="numbers beside" x="${round(x + merged / 2 + 6)}" y="${round(y + 4)}">${escapeText(text)}</text>`,
  ].join("\n");
}

function renderStage({ left, top, right, bottom }: DrawnStage): string {
  return `<rect class="stage" x="${round(left)}" y="${round(top)}" width="${round(right - left)}" height="${round(bottom - top)}" rx="12"/>`;
}

/** The label stands at the left of the stage's boxes, before the edges. */
function renderLabel({ label, left, top }: DrawnStage): string {
  return `<text class="label beside" x="${round(left) + 10}" y="${round(top) + 17}">${escapeText(label)}</text>`;
}

/** A curve, and a tip that points as the curve ends. */
function renderEdge(points: readonly Point[]): string {
  const [before, end] = points.slice(-2) as [Point, Point];
  const angle = Math.atan2(end.y - before.y, end.x - before.x);
  const joint = { x: end.x - 5 * Math.cos(angle), y: end.y - 5 * Math.sin(angle) };
  const path = line<Point>()
    .x(({ x }) => round(x))
    .y(({ y }) => round(y))
    .curve(curveBasis)([...points.slice(0, -1), joint]);
  const [x, y] = [round(end.x), round(end.y)];
  const turn = round((angle * 180) / Math.PI - 90);
  const turned = turn === 0 ? "" : ` transform="rotate(${turn} ${x} ${y})"`;
  return `<path class="edge" d="${path ?? ""}"/><path class="tip" d="M${x - 4} ${y - 7}L${x + 4} ${y - 7}L${x} ${y}Z"${turned}/>`;
}

function renderLegend(middle: number, y: number): string {
  const entry = (name: string, text: string, x: number): string =>
    `<rect class="${name}" x="${x}" y="${y - 4}" width="22" height="4" rx="2"/><text class="detail" x="${x + 29}" y="${y + 2}">${text}</text>`;
  return [
    entry("parameters", "parameters", middle - 142),
    entry("macs", "multiply-accumulates", middle - 18),
  ].join("\n");
}
