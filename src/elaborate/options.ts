import { DiagnosticSink, type Outcome } from "../diagnostics/diagnostic.ts";
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

/** Reads what follows `--input`: `28x28x1` or `left=28x28x1`. Undefined where it is neither, with diagnostics. */
export function parseInputOption(text: string): Outcome<InputOverride | undefined> {
  const list = /^[(\[]?\s*((?:\d+|\?|[A-Z]\w*)(?:\s*[,*×]\s*(?:\d+|\?|[A-Z]\w*))+)\s*[)\]]?$/.exec(text)?.[1];
  if (list !== undefined) {
    const shape = list.replaceAll(/\s*[,*×]\s*/g, "x");
    return refuse("--input", text, `a shape is written \`${shape}\``, `--input ${shape}`);
  }
  const [, name] = /^([A-Za-z_]\w*)=/.exec(text) ?? [];
  const written = name === undefined ? text : text.replace("=", " ");
  return parseOption("--input", text, `input ${written}`, (statement) =>
    statement.kind === "input" && statement.name?.name === name
      ? { name, shape: statement.shape }
      : undefined,
  );
}

/** Reads what follows `--set`: `classes=5`. Undefined, with diagnostics, where it cannot be read. */
export function parseParameterOption(text: string): Outcome<readonly [string, Expression] | undefined> {
  if (!/^\s*[A-Za-z_]\w*\s*=/.test(text)) {
    return refuse("--set", text, "`--set` needs a parameter's name and its value", "`--set classes=5`");
  }
  const name = text.slice(0, text.indexOf("=")).trim();
  const example = `\`--set ${name}=5\``;
  if (/=\s*$/.test(text)) return refuse("--set", text, `\`--set ${name}=\` lacks the value`, example);
  const option = parseOption("--set", text, `let ${text}`, (statement) =>
    statement.kind === "let" ? ([statement.name.name, statement.value] as const) : undefined,
  );
  // What would be wrong with a `let` says nothing here.
  const isOfLet = option.diagnostics.some(({ message, help = "" }) => `${message} ${help}`.includes("`let"));
  if (!isOfLet) return option;
  return refuse("--set", text, `\`--set\` takes one name and one value, not \`${text}\``, example);
}

function refuse(option: string, text: string, message: string, help: string): Outcome<undefined> {
  const sink = new DiagnosticSink();
  sink.report(
    "CNN002",
    message,
    { file: new SourceFile(option, text), start: 0, end: text.length },
    { help },
  );
  return { value: undefined, diagnostics: sink.diagnostics };
}

/** Reads an option's text as the statement that it would be; places are those in the text, and nothing can be mended there. */
function parseOption<Value>(
  option: string,
  text: string,
  asStatement: string,
  read: (statement: Statement) => Value | undefined,
): Outcome<Value | undefined> {
  const file = new SourceFile(option, text);
  const shift = asStatement.length - text.length;
  const { value: program, diagnostics } = parseProgram(new SourceFile(option, asStatement));
  const [statement, ...others] = program.statements;
  const found =
    diagnostics.length === 0 && others.length === 0 && statement !== undefined
      ? read(relocate(statement, file, shift))
      : undefined;
  if (found === undefined && diagnostics.length === 0) {
    return refuse(option, text, `\`${option}\` does not take \`${text}\``, exampleOf(option));
  }
  return { value: found, diagnostics: diagnostics.map(({ fix: _, ...rest }) => relocate(rest, file, shift)) };
}

function exampleOf(option: string): string {
  return option === "--set"
    ? "`--set classes=5`"
    : "`--input 28x28x1`, of several inputs `--input left=28x28x1`";
}

/** The same tree with its places in another text, which begins `shift` characters later. */
function relocate<Node>(node: Node, file: SourceFile, shift: number): Node {
  if (Array.isArray(node)) return node.map((each: unknown) => relocate(each, file, shift)) as Node;
  if (typeof node !== "object" || node === null) return node;
  const entries = Object.entries(node).map(([key, value]: [string, unknown]) => {
    if (key === "file") return [key, file];
    if (key === "start" || key === "end") return [key, Math.max(0, (value as number) - shift)];
    return [key, relocate(value, file, shift)];
  });
  return Object.fromEntries(entries) as Node;
}
