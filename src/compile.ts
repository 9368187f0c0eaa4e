import { analyze } from "./analyze/analyze.ts";
import type { ShapedGraph } from "./analyze/shaped-graph.ts";
import { ShapeInference } from "./analyze/shapes.ts";
import { type Diagnostic, DiagnosticSink, type Outcome } from "./diagnostics/diagnostic.ts";
import { withoutMended } from "./diagnostics/edits.ts";
import { elaborate } from "./elaborate/elaborate.ts";
import { type ElaborateOptions, parseInputOption, parseParameterOption } from "./elaborate/options.ts";
import { type Allowed, type ClassCount, lint, suppress } from "./lint/lint.ts";
import { findPython } from "./python/lines.ts";
import { isOption, type SourceFile } from "./source/source-file.ts";
import type { Program } from "./syntax/ast.ts";
import { parseProgram } from "./syntax/parser.ts";

/** What a program is compiled for. */
export interface CompileOptions {
  /** Input shapes as on the command line: `28x28x1`, `left=28x28x1`. */
  readonly inputs?: readonly string[];
  /** Model parameters as on the command line: `classes=5`. */
  readonly parameters?: readonly string[];
  /** Which model of a file with several; without it the one that no other uses. */
  readonly modelName?: string;
  /** Finds the files that `use` names; without it there are none. */
  readonly readImport?: ElaborateOptions["readImport"];
  /** The names that `use` could have meant, for suggestions. */
  readonly importNames?: ElaborateOptions["importNames"];
  /** How many classes a data set has that `train` names; without it units are not compared with classes. */
  readonly classesOf?: ClassCount;
}

/** What came of a program. */
export interface Compilation {
  readonly file: SourceFile;
  readonly program: Program;
  /** The network, also where parts of it are wrong: shapes after a mistake are unknown. */
  readonly model: ShapedGraph;
  /** In the order of the text, at most `mostDiagnostics`; the model may be used where none is an error. */
  readonly diagnostics: readonly Diagnostic[];
  /** Warnings that comments in the program allow. */
  readonly allowed: readonly Allowed[];
}

/** More findings than anybody reads are cut off. */
const mostDiagnostics = 100;

/**
 * The compiler, from text to a network whose every shape, weight and cost is known:
 *
 *     text ─parse→ Program ─elaborate→ LayerGraph ─analyze→ ShapedGraph ─lint→ warnings
 *
 * The inference grows with the graph, since a program may ask for the shape of the tensor it has built so far. A program
 * with errors is not linted: what is wrong already has the word.
 */
export function compile(file: SourceFile, options: CompileOptions = {}): Compilation {
  const sink = new DiagnosticSink();
  const program = readProgram(file);
  const inference = new ShapeInference();
  const graph = elaborate(program.value, {
    shapeOf: (node) => inference.infer(node).shape,
    inputShapes: parseOptions(options.inputs, parseInputOption, sink),
    parameters: new Map(parseOptions(options.parameters, parseParameterOption, sink)),
    readImport: options.readImport,
    importNames: options.importNames,
    modelName: options.modelName,
  });
  // Without what the command line says of its sizes, what a model asks of them says nothing.
  const areSizesKnown = !sink.hasErrors;
  const model = analyze(graph.value, inference);
  const ofText = withoutMended(program.diagnostics, graph.diagnostics);
  for (const diagnostics of [ofText, graph.diagnostics, model.diagnostics])
    sink.add(areSizesKnown ? diagnostics : diagnostics.filter(({ severity }) => severity === "error"));
  const isSound = !sink.hasErrors;
  if (isSound) sink.add(lint(model.value, program.value, options.classesOf));
  const { left, allowed } = suppress(sink.diagnostics, program.value, isSound ? model.value : undefined);
  return {
    file,
    program: program.value,
    model: model.value,
    diagnostics: inTextOrder(left, file).map(withoutFixOfOption),
    allowed,
  };
}

/** The tree of a text, what was pasted from a Python program set aside and reported. */
export function readProgram(file: SourceFile): Outcome<Program> {
  const python = findPython(file);
  const { value, diagnostics } = parseProgram(file, python.spans);
  return { value, diagnostics: [...python.diagnostics, ...diagnostics] };
}

function parseOptions<Value>(
  texts: readonly string[] = [],
  parse: (text: string) => Outcome<Value | undefined>,
  sink: DiagnosticSink,
): Value[] {
  return texts.flatMap((text) => {
    const { value, diagnostics } = parse(text);
    sink.add(diagnostics);
    return value === undefined ? [] : [value];
  });
}

/** What was said on the command line is mended there, by hand. */
function withoutFixOfOption(diagnostic: Diagnostic): Diagnostic {
  if (diagnostic.fix?.edits.some(({ span }) => isOption(span.file)) !== true) return diagnostic;
  const { fix: _, ...rest } = diagnostic;
  return rest;
}

/** By place in this file; findings elsewhere (in used files, on the command line) keep their order after these. */
export function inTextOrder(diagnostics: readonly Diagnostic[], file: SourceFile): Diagnostic[] {
  const isHere = ({ primary }: Diagnostic): boolean => primary.span.file === file;
  const here = diagnostics.filter(isHere).sort((a, b) => a.primary.span.start - b.primary.span.start);
  return [...here, ...diagnostics.filter((diagnostic) => !isHere(diagnostic))].slice(0, mostDiagnostics);
}
