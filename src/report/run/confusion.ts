import type { ClassificationReport } from "../../metrics/classification.ts";
import { formatCount } from "../numbers.ts";
import { escapeText, formatShare } from "./markup.ts";

/** A matrix of more classes is no longer read; the pairs that are confused most are. */
const mostClasses = 30;
const mostPairs = 8;

/** Counts with the true classes in rows, each cell as strong as its share of the row. */
export function renderConfusion(report: ClassificationReport): string {
  return [report.classes.length > mostClasses ? "" : renderMatrix(report), renderPairs(report)].join("\n");
}

function renderMatrix({ confusion, classes }: ClassificationReport): string {
  const head = classes.map(({ className }) => `<th scope="col"><div>${escapeText(className)}</div></th>`);
  const rows = confusion.map((counts, row) => {
    const { className, support } = classes[row]!;
    const cells = counts.map((count, column) => {
      const share = support === 0 ? 0 : count / support;
      const kind = count === 0 ? "none" : row === column ? "hit" : "miss";
      const title = `${className} called ${classes[column]!.className}: ${count} of ${support}`;
      const text = count === 0 ? "·" : String(count);
      return `<td class="${kind}" style="--share:${share.toFixed(3)}" title="${escapeText(title)}">${text}</td>`;
    });
    return `<tr><th scope="row">${escapeText(className)}</th>${cells.join("")}</tr>`;
  });
  return `<div class="scroll"><table class="confusion"><thead><tr><th></th>${head.join("")}</tr></thead><tbody>
${rows.join("\n")}
</tbody></table></div>
<p>Rows: the true class; columns: what the model said.</p>`;
}

/** The confusions that happen most. */
function renderPairs({ confusion, classes }: ClassificationReport): string {
  const pairs = confusion
    .flatMap((counts, row) =>
      counts.map((count, column) => ({ row, column, count, share: count / (classes[row]!.support || 1) })),
    )
    .filter(({ row, column, count }) => row !== column && count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, mostPairs);
  if (pairs.length === 0) return "";
  const rows = pairs.map(({ row, column, count, share }) => {
    const names = [row, column].map((index) => `<td>${escapeText(classes[index]!.className)}</td>`);
    return `<tr>${names.join("")}<td class="number">${formatCount(count)}</td><td class="number">${formatShare(share)}</td></tr>`;
  });
  return `<h2>Confused most</h2><div class="scroll"><table><thead><tr><th>what it is</th><th>what the model said</th><th class="number">times</th><th class="number">of its class</th></tr></thead><tbody>
${rows.join("\n")}
</tbody></table></div>`;
}
