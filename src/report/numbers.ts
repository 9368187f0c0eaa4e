import { type Dim, type Shape, shapeText } from "../graph/dim.ts";

/** `18,496`; a symbolic number as it is written. */
export function formatCount(count: Dim | number): string {
  const value = typeof count === "number" ? count : count.value;
  return value === undefined ? String(count) : value.toLocaleString("en-US");
}

/** `28x28x1`, or `unknown` after a mistake. */
export function formatShape(shape: Shape | undefined): string {
  return shape === undefined ? "unknown" : shapeText(shape);
}

/** `364.54 KB` as Keras prints memory: powers of 1024. */
export function formatBytes(bytes: Dim | number): string {
  const value = typeof bytes === "number" ? bytes : bytes.value;
  if (value === undefined) return "unknown";
  const units = ["B", "KB", "MB", "GB", "TB"];
  let scaled = value;
  let unit = 0;
  while (scaled >= 1024 && unit < units.length - 1) {
    scaled /= 1024;
    unit += 1;
  }
  return unit === 0 ? `${scaled} B` : `${scaled.toFixed(2)} ${units[unit]}`;
}

/** `4.89 M`: a count for people, in thousands, millions or billions. */
export function formatMagnitude(count: Dim | number): string {
  const value = typeof count === "number" ? count : count.value;
  if (value === undefined) return String(count);
  for (const [size, unit] of [
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "K"],
  ] as const) {
    if (value >= size) return `${(value / size).toFixed(2)} ${unit}`;
  }
  return String(value);
}
