/** The scores of each output of a model, a line each: `price: mae 0.1203   rmse 0.1650`. */
export function renderOutputScores(
  outputs: readonly { readonly name: string; readonly scores: Readonly<Record<string, number>> }[],
): string {
  const lines = outputs.map(({ name, scores }) => {
    const figures = Object.entries(scores).map(([metric, value]) => `${metric} ${formatScore(value)}`);
    return `${name}: ${figures.length === 0 ? "nothing measured" : figures.join("   ")}\n`;
  });
  return lines.join("");
}

/** Four decimals, or four digits where that would hide them. */
export function formatScore(value: number): string {
  return Math.abs(value) >= 1000 || (value !== 0 && Math.abs(value) < 0.001)
    ? value.toPrecision(4)
    : value.toFixed(4);
}
