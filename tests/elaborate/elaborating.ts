import { ShapeInference } from "../../src/analyze/shapes.ts";
import { applyEdits } from "../../src/diagnostics/edits.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { elaborate, parseInputOption, parseParameterOption } from "../../src/elaborate/elaborate.ts";
import type { LayerGraph } from "../../src/graph/layer-graph.ts";
import { printGraph } from "../../src/graph/print.ts";
import { SourceFile, spanText } from "../../src/source/source-file.ts";
import { parseProgram } from "../../src/syntax/parser.ts";

export interface Setting {
  /** Files that `use` finds, by name; library files without `.cnn`. */
  readonly files?: Readonly<Record<string, string>>;
  readonly input?: readonly string[];
  readonly set?: readonly string[];
  readonly modelName?: string;
  /** The program's file. */
  readonly name?: string;
}

export interface Elaborated {
  readonly graph: LayerGraph;
  /** What elaboration found, without the analysis' findings. */
  readonly diagnostics: readonly Diagnostic[];
  readonly inference: ShapeInference;
  readonly file: SourceFile;
}

/** Elaborates a text that reads without mistakes. */
export function elaborateText(
  text: string,
  { files = {}, input = [], set = [], modelName, name = "main.cnn" }: Setting = {},
): Elaborated {
  const file = new SourceFile(name, text);
  const program = parseProgram(file);
  if (program.diagnostics.length > 0)
    throw new Error(program.diagnostics.map(({ message }) => message).join("\n"));
  const inference = new ShapeInference();
  const { value: graph, diagnostics } = elaborate(program.value, {
    shapeOf: (node) => inference.infer(node).shape,
    readImport: (target) => (files[target] === undefined ? undefined : new SourceFile(target, files[target])),
    inputShapes: input.map((each) => parseInputOption(each).value!),
    parameters: new Map(set.map((each) => parseParameterOption(each).value!)),
    ...(modelName === undefined ? {} : { modelName }),
  });
  return { graph, diagnostics, inference, file };
}

/** The graph of a right program as text, only what was said of each layer. */
export function graphOf(text: string, setting: Setting = {}): string {
  const { graph, diagnostics, inference } = elaborateText(text, setting);
  const wrong = [...diagnostics, ...inference.diagnostics].filter(({ severity }) => severity === "error");
  if (wrong.length > 0) throw new Error(wrong.map(describe).join("\n"));
  return printGraph(graph, { defaults: false });
}

/** Only the lines of the layers, without numbers of scopes: for short expectations. */
export function layersOf(text: string, setting: Setting = {}): string[] {
  return graphOf(text, setting)
    .split("\n")
    .filter((line) => line.startsWith("%"))
    .map((line) => line.replace(/^%\d+ /, "").replace(/ {3}#.*$/, ""));
}

/** What elaboration finds, a line each: code, place, text of the place, message, labels and help. */
export function findingsOf(text: string, setting: Setting = {}): string[] {
  return elaborateText(text, setting).diagnostics.map(describe);
}

/** The source after the one fix that is offered. */
export function fixed(text: string, setting: Setting = {}): string {
  const { diagnostics, file } = elaborateText(text, setting);
  const edits = diagnostics.flatMap(({ fix }) => fix?.edits ?? []);
  return applyEdits(file, edits).text;
}

function describe({ code, severity, message, primary, labels, help }: Diagnostic): string {
  const place = (span: Diagnostic["primary"]["span"]) => {
    const { line, column } = span.file.position(span.start);
    const file = span.file.name === "main.cnn" ? "" : `${span.file.name}:`;
    return `${file}${line}:${column}`;
  };
  const others = labels.map(({ span, text }) => ` | ${place(span)} ${text}`.trimEnd()).join("");
  const shown = spanText(primary.span).replace(/\s+/g, " ");
  const kind = severity === "error" ? "" : " (warning)";
  return `${code}${kind} ${place(primary.span)} [${shown}] ${message}${others}${help === undefined ? "" : ` — ${help}`}`;
}
