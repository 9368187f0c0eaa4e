import type { SourceFile, Span } from "../source/source-file.ts";
import type { InputStatement, ModelStatement, Parameter, Program, Statement } from "../syntax/ast.ts";
import type { Scope } from "./scope.ts";
import { reservedMeaning } from "./words.ts";

/** A file with its definitions: the program itself, or one that `use` brought in. */
export interface FileUnit {
  readonly file: SourceFile;
  readonly program: Program;
  readonly models: readonly ModelDefinition[];
  /** The names that stand outside of any model; filled when the file is loaded. */
  readonly scope: Scope;
}

/** A model as it is declared, or implied by a file that holds layers without a `model` line. */
export interface ModelDefinition {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  /** All that runs: the body, or for a model without braces the whole file. */
  readonly statements: readonly Statement[];
  /** The model line; undefined where the model is implied. */
  readonly statement: ModelStatement | undefined;
  readonly inputs: readonly InputStatement[];
  /** Where it is declared. */
  readonly span: Span;
  readonly hasBraces: boolean;
}

const layerStatements: ReadonlySet<Statement["kind"]> = new Set([
  ...(["layer", "input", "output", "from", "repeat", "for", "if", "freeze", "unfreeze"] as const),
]);

/** Whether a statement belongs to a model's own layers, unlike a definition. */
export function isModelContent(statement: Statement): boolean {
  return layerStatements.has(statement.kind);
}

/** The models of a file in the order of its text; empty for a file of blocks alone. */
export function modelsOf(file: SourceFile, { statements, span }: Program): readonly ModelDefinition[] {
  const declared = statements.filter((statement) => statement.kind === "model");
  if (declared.length === 0) {
    const first = statements.find(isModelContent);
    if (first === undefined) return [];
    return [definition(fileModelName(file), [], statements, undefined, first.span ?? span)];
  }
  return declared.map((statement) => {
    const { name, parameters, body } = statement;
    const own = body?.statements ?? withoutLayersBefore(statement, statements);
    return definition(name.name, parameters, own, statement, name.span);
  });
}

/** The statements of a model without braces; layers in front of its line are a mistake and not its own. */
function withoutLayersBefore(line: ModelStatement, statements: readonly Statement[]): readonly Statement[] {
  const at = statements.indexOf(line);
  return statements.filter((statement, index) => index > at || !isModelContent(statement));
}

function definition(
  name: string,
  parameters: readonly Parameter[],
  statements: readonly Statement[],
  statement: ModelStatement | undefined,
  span: Span,
): ModelDefinition {
  const inputs: InputStatement[] = [];
  visitStatements(statements, (each) => {
    if (each.kind === "input") inputs.push(each);
    return each.kind !== "model" && each.kind !== "block" && each.kind !== "shared";
  });
  const hasBraces = statement?.body !== undefined;
  return { name, parameters, statements, statement, inputs, span, hasBraces };
}

/** The name of a model without a `model` line: that of its file, as an identifier (`my-net.cnn` is `my_net`). */
function fileModelName(file: SourceFile): string {
  const base = file.name.replace(/^.*[/\\]/, "").replace(/\.[^.]*$/, "");
  if (!/[A-Za-z]/.test(base) || base.startsWith("<")) return "model";
  return base.replace(/\W+/g, "_").replace(/^(?=\d)/, "_");
}

/** What other files call a model: a layer's word, as `conv.cnn` has it for a name, keeps its meaning there. */
export function callName({ name }: ModelDefinition): string {
  return reservedMeaning(name) === undefined ? name : `my_${name}`;
}

/** Calls `visit` with every statement in the order of the text, and with those inside where it answers true. */
export function visitStatements(
  statements: readonly Statement[],
  visit: (statement: Statement) => boolean,
): void {
  const waiting = [...statements].reverse();
  for (let statement = waiting.pop(); statement !== undefined; statement = waiting.pop()) {
    if (!visit(statement)) continue;
    for (const body of bodiesOf(statement).reverse()) {
      for (let index = body.length - 1; index >= 0; index--) waiting.push(body[index]!);
    }
  }
}

function bodiesOf(statement: Statement): (readonly Statement[])[] {
  if (statement.kind === "if") {
    const bodies = statement.branches.map(({ body }) => body.statements);
    return statement.otherwise === undefined ? bodies : [...bodies, statement.otherwise.statements];
  }
  return "body" in statement && statement.body !== undefined ? [statement.body.statements] : [];
}

/** The labels, inputs and `let`s that run in a scope, each where it is first defined; bodies of `if` belong to the scope. */
export function findDeclaration(
  statements: readonly Statement[],
  name: string,
  isDeep = false,
): Span | undefined {
  let found: Span | undefined;
  visitStatements(statements, (statement) => {
    if (found !== undefined) return false;
    const declared =
      statement.kind === "layer"
        ? statement.label
        : statement.kind === "input" || statement.kind === "let"
          ? statement.name
          : undefined;
    if (declared?.name === name) found = declared.span;
    return statement.kind === "if" || isDeep;
  });
  return found;
}
