/**
 * Railroad diagrams as SVG. A part is entered at its left and left at its right, both on its baseline; it knows how wide it
 * is and how far it reaches above and below. Parts are made of parts.
 */
export interface Part {
  readonly width: number;
  readonly above: number;
  readonly below: number;
  /** The SVG elements of the part with the entry at (x, y). */
  draw(x: number, y: number): string;
}

const letterWidth = 8;
const boxHeight = 22;
const gap = 12;
/** Of the bends by which lines leave the baseline. */
const radius = 8;

/** A box with a text: rounded for what stands in a program, square and linked for a rule. */
export function box(text: string, kind: "literal" | "token" | "rule"): Part {
  const width = text.length * letterWidth + 2 * gap;
  return {
    width,
    above: boxHeight / 2,
    below: boxHeight / 2,
    draw(x, y) {
      const corner = kind === "rule" ? "" : ` rx="${boxHeight / 2}"`;
      const frame = `<rect x="${x}" y="${y - boxHeight / 2}" width="${width}" height="${boxHeight}"${corner}/>`;
      const label = `<text x="${x + width / 2}" y="${y + 4}">${escapeText(text)}</text>`;
      const shown = `<g class="${kind}">${frame}${label}</g>`;
      return kind === "literal" ? shown : `<a href="#${text}">${shown}</a>`;
    },
  };
}

/** A line alone. */
const nothing: Part = { width: 0, above: 0, below: 0, draw: () => "" };

export function sequence(parts: readonly Part[]): Part {
  if (parts.length === 0) return nothing;
  if (parts.length === 1) return parts[0]!;
  const width = parts.reduce((sum, part) => sum + part.width, gap * (parts.length - 1));
  return {
    width,
    above: Math.max(...parts.map(({ above }) => above)),
    below: Math.max(...parts.map(({ below }) => below)),
    draw(x, y) {
      let at = x;
      return parts
        .map((part, index) => {
          const line = index === 0 ? "" : path(`M${at - gap} ${y}h${gap}`);
          const drawn = part.draw(at, y);
          at += part.width + gap;
          return line + drawn;
        })
        .join("");
    },
  };
}

/** One of several, the first on the baseline, the others below it. */
export function choice(parts: readonly Part[]): Part {
  const inner = Math.max(...parts.map(({ width }) => width));
  const depths: number[] = [];
  for (const [index, part] of parts.entries()) {
    const before = parts[index - 1];
    const free = before === undefined ? 0 : depths[index - 1]! + before.below + gap / 2 + part.above;
    depths.push(index === 0 ? 0 : Math.max(free, 2 * radius));
  }
  const side = 2 * radius + 4;
  const last = parts.length - 1;
  return {
    width: inner + 2 * side,
    above: parts[0]!.above,
    below: Math.max(parts[0]!.below, depths[last]! + parts[last]!.below),
    draw(x, y) {
      return parts
        .map((part, index) => {
          const depth = depths[index]!;
          const rest = inner - part.width;
          const ends =
            index === 0
              ? path(`M${x} ${y}h${side}`) + path(`M${x + side + part.width} ${y}h${rest + side}`)
              : path(`M${x} ${y}h4${bend("right", "down")}v${depth - 2 * radius}${bend("down", "right")}`) +
                path(
                  `M${x + side + part.width} ${y + depth}h${rest}${bend("right", "up")}v${2 * radius - depth}${bend("up", "right")}h4`,
                );
          return ends + part.draw(x + side, y + depth);
        })
        .join("");
    },
  };
}

/** The part, or past it. */
export function optional(part: Part): Part {
  return choice([nothing, part]);
}

/** The part, again and again: a line leads back below it. */
export function oneOrMore(part: Part): Part {
  const side = 2 * radius;
  const depth = Math.max(part.below + gap / 2, 2 * radius);
  return {
    width: part.width + 2 * side,
    above: part.above,
    below: depth + 2,
    draw(x, y) {
      const right = x + side + part.width;
      const back =
        `M${right} ${y}${bend("right", "down")}v${depth - 2 * radius}${bend("down", "left")}` +
        `h${-part.width}${bend("left", "up")}v${2 * radius - depth}${bend("up", "right")}`;
      return (
        path(`M${x} ${y}h${side}`) + path(`M${right} ${y}h${side}`) + path(back) + part.draw(x + side, y)
      );
    },
  };
}

/** A whole diagram between two bars. */
export function renderDiagram(part: Part): string {
  const margin = 24;
  const height = part.above + part.below + gap;
  const width = part.width + 2 * margin;
  const y = part.above + gap / 2;
  const bar = (x: number): string => path(`M${x} ${y - 8}v16`);
  const ends = path(`M6 ${y}h${margin - 6}`) + path(`M${width - margin} ${y}h${margin - 6}`);
  return `<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${bar(6)}${ends}${bar(width - 6)}${part.draw(margin, y)}</svg>`;
}

export function escapeText(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

type Direction = "right" | "left" | "up" | "down";

const steps: Readonly<Record<Direction, readonly [number, number]>> = {
  right: [radius, 0],
  left: [-radius, 0],
  up: [0, -radius],
  down: [0, radius],
};

/** A quarter of a circle from one direction into another. */
function bend(from: Direction, to: Direction): string {
  const [control, end] = [steps[from], steps[to]];
  return `q${control[0]} ${control[1]} ${control[0] + end[0]} ${control[1] + end[1]}`;
}

function path(data: string): string {
  return `<path d="${data}"/>`;
}
