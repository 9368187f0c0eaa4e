import type { BrokenModel, Verdict } from "./cases.ts";
import { judge } from "./cases.ts";

/** Of all cases: how many the first diagnostic explains, and how many it mends. */
export interface Tally {
  readonly cases: number;
  readonly pointed: number;
  readonly offered: number;
  readonly mended: number;
}

export function tally(verdicts: readonly Verdict[]): Tally {
  const count = (holds: (verdict: Verdict) => boolean): number => verdicts.filter(holds).length;
  return {
    cases: verdicts.length,
    pointed: count(({ pointsAtCause }) => pointsAtCause),
    offered: count(({ fixCompiles }) => fixCompiles !== undefined),
    mended: count(({ fixCompiles }) => fixCompiles === true),
  };
}

/** docs/broken-models.md: the table of the cases, with what was said then and what is said here. */
export function brokenModelsPage(models: readonly BrokenModel[]): string {
  const verdicts = models.map(judge);
  const { cases, pointed, offered, mended } = tally(verdicts);
  const share = (part: number, of: number): string => `${part} of ${of} (${Math.round((100 * part) / of)} %)`;
  return [
    "# Broken models",
    "",
    "Mistakes that people asked about, in Keras, PyTorch and ONNX, each as a small program of this language: the essence of",
    "the mistake is kept, the network around it shortened and written anew. The programs stand in",
    "[tests/broken-models/cases](../tests/broken-models/cases); each names its thread and the line that is to be changed, judged",
    "from the thread. The compiler has been improved with these cases at hand. At the first try its first diagnostic pointed at the",
    "cause in 84 of the first 112, and 38 of 51 fixes were enough. Cases 113 to 147 were written later, before the compiler was",
    "asked about them: at the first try it pointed at the cause in 34 of these 35, and all 24 fixes that it offered were enough.",
    "This page is made by `node scripts/broken-models.mjs`.",
    "",
    `- The first diagnostic points at the line to be changed: ${share(pointed, cases)}.`,
    `- It offers a fix: ${share(offered, cases)}.`,
    `- The program is free of errors after that fix: ${share(mended, offered)} of those offered, ${share(mended, cases)} of all.`,
    "",
    "| case | mistake | said then | said here | fix |",
    "| --- | --- | --- | --- | --- |",
    ...models.map((model, index) => row(model, verdicts[index]!)),
    "",
  ].join("\n");
}

function row({ name, origin, mistake, message }: BrokenModel, verdict: Verdict): string {
  const [number, ...words] = name.split("-");
  const { first, lines, pointsAtCause, fixCompiles } = verdict;
  const place = `line ${[...new Set(lines)].join(", ")}${pointsAtCause ? "" : " (not the cause)"}`;
  const said = first === undefined ? "nothing" : `${first.code}, ${place}: ${first.message}`;
  const title = first?.fix?.title ?? "";
  const fix = fixCompiles === undefined ? "none" : `${title}${fixCompiles ? "" : " (not enough)"}`;
  return `| ${number} [${words.join(" ")}](${origin}) | ${[mistake, message, said, fix].map(cell).join(" | ")} |`;
}

/** Text in a cell of a table: what Markdown would read as its own is taken as it stands. */
function cell(text: string): string {
  return text.replace(/[\\|*_<[\]]/g, "\\$&");
}
