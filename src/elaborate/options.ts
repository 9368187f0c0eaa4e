import type { Outcome } from "../diagnostics/diagnostic.ts";
import type { Shape } from "../graph/dim.ts";
import type { LayerNode } from "../graph/layer-graph.ts";
import { SourceFile } from "../source/source-file.ts";
import type { Expression, Statement } from "../syntax/ast.ts";
import { parseProgram } from "../syntax/parser.ts";

/** `--input 28x28x1`; with a name `--input left=28x28x1`. */
export interface InputOverride {
  readonly name: string | undefined;
  readonly shape: Expression;
}

/** What elaboration needs from outside; it reads no files itself. */
export interface ElaborateOptions {
  /** The shape of a new layer's tensor; called for each layer in the order of their ids. Undefined after a mistake. */
  readonly shapeOf: (node: LayerNode) => Shape | undefined;
  /** Finds what `use` names: a file of the library, or one beside the file that asks. Undefined where there is none. */
  readonly readImport?: (
    target: string,
    kind: "library" | "file",
    from: SourceFile,
  ) => SourceFile | undefined;
  /** The names that `use` could have meant there; for suggestions alone. */
  readonly importNames?: (kind: "library" | "file", from: SourceFile) => readonly string[];
  /** What `--input` says. */
  readonly inputShapes?: readonly InputOverride[];
  /** What `--set name=value` says, by the parameter's name. */
  readonly parameters?: ReadonlyMap<string, Expression>;
  /** Which model of a file with several; without it the one that no other of them uses. */
  readonly modelName?: string;
}

/** The file name that texts of the command line bear in diagnostics. */
export const commandLineName = "<command line>";

/** Reads what follows `--input`: `28x28x1` or `left=28x28x1`. Undefined where it is neither, with diagnostics if there is more to say. */
export function parseInputOption(text: string): Outcome<InputOverride | undefined> {
  const [, name, shape] = /^(?:([A-Za-z_]\w*)=)?([^=]+)$/.exec(text) ?? [];
  if (shape === undefined) return { value: undefined, diagnostics: [] };
  return parseOption(name === undefined ? `input ${shape}` : `input ${name} ${shape}`, (statement) =>
    statement.kind === "input" && statement.name?.name === name
      ? { name, shape: statement.shape }
      : undefined,
  );
}

/** Reads what follows `--set`: `classes=5`. Undefined, with diagnostics, where it cannot be read. */
export function parseParameterOption(text: string): Outcome<readonly [string, Expression] | undefined> {
  return parseOption(`let ${text}`, (statement) =>
    statement.kind === "let" ? ([statement.name.name, statement.value] as const) : undefined,
  );
}

function parseOption<Value>(
  text: string,
  read: (statement: Statement) => Value | undefined,
): Outcome<Value | undefined> {
  const { value: program, diagnostics } = parseProgram(new SourceFile(commandLineName, text));
  const [statement, ...others] = program.statements;
  const isOne = diagnostics.length === 0 && statement !== undefined && others.length === 0;
  return { value: isOne ? read(statement) : undefined, diagnostics };
}
