// The generated part of docs/: a page for each diagnostic, the layers with their arguments, the settings for training.
import { catalogue, type DiagnosticCode } from "../../src/diagnostics/catalogue.ts";
import { explanations, renderExplanationMarkdown } from "../../src/diagnostics/explanations.ts";
import { renderDiagnostic } from "../../src/diagnostics/render.ts";
import { readFileSync } from "node:fs";
import { withAugmentations } from "./augmentations.ts";
import { mistakeOf, renderMistake } from "../../src/diagnostics/render-mistake.ts";
import { findingsOf } from "./findings.ts";
import { weightsMistakeOf } from "./weights-mistake.ts";
import { renderKerasLayers } from "./keras-layers.ts";
import { renderLayers } from "./layers.ts";
import { modelFiles } from "./models.ts";
import { withSettings } from "./settings.ts";

/** The width at which pages show messages. */
const messageWidth = 100;

const ranges: readonly (readonly [prefix: string, title: string])[] = [
  ["CNN0", "Reading the text"],
  ["CNN1", "Names, arguments and compile time"],
  ["CNN2", "Shapes and weights"],
  ["CNN3", "Training and data"],
  ["CNN4", "Back ends"],
  ["CNN5", "Lint"],
  ["CNN6", "Files of weights"],
  ["CNN9", "Mistakes of the compiler itself"],
];

/** Every generated file of docs/, by its path from the repository's root. @param library the folder of the standard library */
export async function documentationFiles(library: string): Promise<ReadonlyMap<string, string>> {
  const codes = Object.keys(catalogue) as DiagnosticCode[];
  return new Map([
    ...(await Promise.all(
      codes.map(async (code): Promise<[string, string]> => [
        `docs/errors/${code}.md`,
        await renderErrorPage(code),
      ]),
    )),
    ["docs/errors/README.md", renderErrorIndex(codes)],
    ["docs/layers.md", renderLayers()],
    ...modelFiles(library),
    ["docs/keras-layers.md", renderKerasLayers()],
    ["docs/data.md", withAugmentations(readFileSync("docs/data.md", "utf8"))],
    ["docs/training.md", withSettings(readFileSync("docs/training.md", "utf8"))],
  ]);
}

async function renderErrorPage(code: DiagnosticCode): Promise<string> {
  const { wrong } = explanations[code];
  const [first] = findingsOf(wrong);
  const mistake = first === undefined ? await weightsMistakeOf(wrong) : undefined;
  if (mistake !== undefined)
    return renderExplanationMarkdown(code, renderMistake(mistakeOf(mistake), { width: messageWidth }));
  if (first === undefined) throw new Error(`the wrong program of ${code} gives no diagnostic`);
  return renderExplanationMarkdown(code, renderDiagnostic(first, { width: messageWidth }));
}

function renderErrorIndex(codes: readonly DiagnosticCode[]): string {
  const sections = ranges.flatMap(([prefix, title]) => {
    const rows = codes
      .filter((code) => code.startsWith(prefix))
      .map((code) => `- [${code}](${code}.md): ${catalogue[code].title}`);
    return rows.length === 0 ? [] : [`## ${title}`, rows.join("\n")];
  });
  const introduction = `Every finding has a code. Its page says what it means and shows a program that gives it, the message, and the program
mended. \`cnn explain CNN204\` shows the same in a terminal.`;
  return `${["# Diagnostics", introduction, ...sections].join("\n\n")}\n`;
}
