import { analyze } from "./analyze/analyze.ts";
import type { ShapedGraph } from "./analyze/shaped-graph.ts";
import { ShapeInference } from "./analyze/shapes.ts";
import type { Diagnostic } from "./diagnostics/diagnostic.ts";
import { type ElaborateOptions, elaborate } from "./elaborate/elaborate.ts";
import type { SourceFile } from "./source/source-file.ts";
import type { Program } from "./syntax/ast.ts";
import { parseProgram } from "./syntax/parser.ts";

/** What a program is compiled for: input shapes, model parameters, and how files that it uses are read. */
export type CompileOptions = Omit<ElaborateOptions, "shapeOf">;

/** What came of a program. */
export interface Compilation {
  readonly file: SourceFile;
  readonly program: Program;
  /** The network, also where parts of it are wrong: shapes after a mistake are unknown. */
  readonly model: ShapedGraph;
  /** In the order of the text, at most `mostDiagnostics`; the model may be used where none is an error. */
  readonly diagnostics: readonly Diagnostic[];
}

/** More findings than anybody reads are cut off. */
const mostDiagnostics = 100;

/**
 * The compiler, from text to a network whose every shape, weight and cost is known:
 *
 *     text ─parse→ Program ─elaborate→ LayerGraph ─analyze→ ShapedGraph
 *
 * The inference grows with the graph, since a program may ask for the shape of the tensor it has built so far.
 */
export function compile(file: SourceFile, options: CompileOptions = {}): Compilation {
  const program = parseProgram(file);
  const inference = new ShapeInference();
  const graph = elaborate(program.value, { ...options, shapeOf: (node) => inference.infer(node).shape });
  const model = analyze(graph.value, inference);
  const diagnostics = [...program.diagnostics, ...graph.diagnostics, ...model.diagnostics];
  return { file, program: program.value, model: model.value, diagnostics: inTextOrder(diagnostics, file) };
}

/** By place; findings in other files stand where they came. */
function inTextOrder(diagnostics: readonly Diagnostic[], file: SourceFile): Diagnostic[] {
  const place = ({ primary }: Diagnostic): number =>
    primary.span.file === file ? primary.span.start : Infinity;
  return diagnostics
    .map((diagnostic, index) => ({ diagnostic, index }))
    .sort((a, b) => compareNumbers(place(a.diagnostic), place(b.diagnostic)) || a.index - b.index)
    .slice(0, mostDiagnostics)
    .map(({ diagnostic }) => diagnostic);
}

function compareNumbers(left: number, right: number): number {
  return left === right ? 0 : left < right ? -1 : 1;
}
