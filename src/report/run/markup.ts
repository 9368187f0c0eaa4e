const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** A text as it stands in HTML and SVG, in attributes too. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => escapes[character]!);
}

/** `97.3 %`, which no line break tears; a share that rounds to all or nothing without being so is told apart. */
export function formatShare(share: number): string {
  if (Number.isNaN(share)) return "–";
  const text = (100 * share).toFixed(1);
  if (text === "100.0" && share < 1) return ">\u00a099.9\u00a0%";
  return text === "0.0" && share > 0 ? "<\u00a00.1\u00a0%" : `${text}\u00a0%`;
}

/** A table cell that is drawn as a bar in proportion to the largest of its column. */
export function barCell(value: number, largest: number, text: string): string {
  const width = largest === 0 ? 0 : (100 * value) / largest;
  return `<td class="bar"><span style="width:${width.toFixed(1)}%"></span><b>${escapeText(text)}</b></td>`;
}
