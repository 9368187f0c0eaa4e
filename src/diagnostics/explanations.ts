// explanations/: the page of each code, shown by `cnn explain CNN204` and written to docs/errors. Loaded by those two alone.
import { catalogue, type DiagnosticCode } from "./catalogue.ts";
import { argumentExplanations } from "./explanations/arguments.ts";
import { backEndExplanations } from "./explanations/backends.ts";
import type { ExampleProgram, Explanation } from "./explanations/explanation.ts";
import { fileExplanations } from "./explanations/files.ts";
import { graphExplanations } from "./explanations/graphs.ts";
import { lintExplanations } from "./explanations/lint.ts";
import { nameExplanations } from "./explanations/names.ts";
import { shapeExplanations } from "./explanations/shapes.ts";
import { syntaxExplanations } from "./explanations/syntax.ts";
import { trainingExplanations } from "./explanations/training.ts";
import { weightsExplanations } from "./explanations/weights.ts";
import { valueExplanations } from "./explanations/values.ts";
import { renderMarkdown } from "./markdown.ts";

export type { ExampleProgram, Explanation } from "./explanations/explanation.ts";

/** A page for every code: one that is missing is a type error. */
export const explanations: Readonly<Record<DiagnosticCode, Explanation>> = {
  ...syntaxExplanations,
  ...fileExplanations,
  ...nameExplanations,
  ...argumentExplanations,
  ...valueExplanations,
  ...graphExplanations,
  ...shapeExplanations,
  ...trainingExplanations,
  ...backEndExplanations,
  ...lintExplanations,
  ...weightsExplanations,
};

/** What the program of a page is called in commands and messages. */
export const exampleFileName = "model.cnn";

/** The page of a code for a terminal of this many columns. Ends with a line end. */
export function renderExplanationPage(code: DiagnosticCode, width: number): string {
  const { meaning, wrong, mended, elsewhere } = explanations[code];
  const sections = [
    `${code}: ${catalogue[code].title}`,
    meaning,
    "Wrong:",
    exampleMarkdown(wrong),
    "Mended:",
    exampleMarkdown(mended),
    ...(elsewhere === undefined ? [] : ["In Keras and PyTorch:", elsewhere]),
  ];
  return renderMarkdown(sections.join("\n\n"), width);
}

/** The page of a code as a Markdown file; `message` is what the compiler says of the wrong program. */
export function renderExplanationMarkdown(code: DiagnosticCode, message: string): string {
  const { meaning, wrong, mended, elsewhere } = explanations[code];
  const sections = [
    `# ${code}: ${catalogue[code].title}`,
    meaning,
    "## Wrong",
    exampleMarkdown(wrong),
    `\`\`\`text\n${message.trimEnd()}\n\`\`\``,
    "## Mended",
    exampleMarkdown(mended),
    ...(elsewhere === undefined ? [] : ["## In Keras and PyTorch", elsewhere]),
  ];
  return `${sections.join("\n\n")}\n`;
}

/** The program, after the files beside it and before the command, where those say anything. */
function exampleMarkdown({ text, command = "check", ...options }: ExampleProgram): string {
  const { inputs = [], parameters = [], files = {} } = options;
  const others = Object.entries(files);
  const words = [
    ...inputs.map((input) => `--input ${input}`),
    ...parameters.map((parameter) => `--set ${parameter}`),
  ];
  const call = ["cnn", command, exampleFileName, ...words].join(" ");
  const isPlain = command === "check" && words.length === 0;
  return [
    ...others.flatMap(([name, content]) => [`\`${name}\`:`, fence(languageOf(name), content)]),
    ...(others.length === 0 ? [] : [`\`${exampleFileName}\`:`]),
    fence("cnn", text),
    ...(isPlain ? [] : [fence("sh", call)]),
  ].join("\n\n");
}

function languageOf(file: string): string {
  return file.endsWith(".cnn") ? "cnn" : file.endsWith(".json") ? "json" : "text";
}

function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
}
