import type { Dim } from "../../src/graph/dim.ts";

/** What a dimension's text, `floor((H-3)/2)+1`, comes to where its names are numbers. */
export function valueOf(dim: Dim, names: Readonly<Record<string, number>>): number {
  return valueOfText(dim.toString(), names);
}

/** Divisions outside of `floor` and `ceil` must come out whole. */
export function valueOfText(text: string, names: Readonly<Record<string, number>>): number {
  const script = text
    .replaceAll(/\b[A-Z][A-Z0-9_]*\b/g, (name) => String(names[name]))
    .replaceAll("floor", "Math.floor")
    .replaceAll("ceil", "Math.ceil");
  if (!/^(?:Math\.(?:floor|ceil)|[\d+\-*/() ])*$/.test(script)) throw new Error(`no arithmetic: ${text}`);
  const value: unknown = new Function(`return ${script};`)();
  if (!Number.isInteger(value)) throw new Error(`${text} is ${String(value)}`);
  return value as number;
}
