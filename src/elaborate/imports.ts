import type { Fix } from "../diagnostics/diagnostic.ts";
import { statementRemoval } from "../diagnostics/edits.ts";
import { suggestName } from "../diagnostics/suggest.ts";
import type { Identifier, Statement, UseStatement, Program } from "../syntax/ast.ts";
import { parseProgram } from "../syntax/parser.ts";
import { blanksBefore } from "../source/blanks.ts";
import { type SourceFile, spanText } from "../source/source-file.ts";
import type { Elaboration, Frame } from "./context.ts";
import type { FileUnit, ModelDefinition } from "./files.ts";
import { callName, isModelContent, modelsOf } from "./files.ts";
import { hoistDefinitions } from "./hoist.ts";
import { findLibraryModel, isPythonImport, readPythonImport } from "./library-models.ts";
import { defineName, replacement } from "./lookup.ts";
import { Scope } from "./scope.ts";
import { runStatements } from "./statements.ts";
import { shortened } from "./values.ts";

/** The version of the language that this compiler speaks. */
export const languageVersion = 1;

/**
 * Loads a file: its `language` line is checked, its names are defined, those it uses included. `using` are the files that
 * wait for it, the program itself first.
 */
export function loadUnit(
  elaboration: Elaboration,
  file: SourceFile,
  program: Program,
  using: readonly string[],
): FileUnit {
  const { statements } = program;
  const unit: FileUnit = {
    file,
    program,
    models: modelsOf(file, program),
    scope: new Scope(undefined, statements, true),
  };
  checkLanguage(statements, elaboration);
  checkLayout(unit, elaboration);
  const frame = definitionFrame(elaboration, unit);
  defineFileNames(unit, frame, [...using, file.name]);
  const isProgram = using.length === 0;
  const ownModel = unit.models.find(({ hasBraces }) => !hasBraces);
  if (isProgram && ownModel !== undefined) return unit; // its statements run as the model
  hoistDefinitions(statements, frame);
  const end = statements.findIndex((each) => isModelContent(each) || each.kind === "model");
  const lets = statements.filter(
    ({ kind }, index) => kind === "let" && (ownModel === undefined || end < 0 || index < end),
  );
  runStatements(lets, frame);
  return unit;
}

/** Defines the models of a file and the names that it uses from others. */
export function defineFileNames(unit: FileUnit, frame: Frame, using: readonly string[]): void {
  const { elaboration, scope } = frame;
  for (const statement of unit.program.statements)
    if (statement.kind === "use") executeUse(statement, frame, using);
  executePythonImports(unit, frame, using);
  for (const model of unit.models) {
    // A model that is the whole file has a name for other files alone.
    if (!model.hasBraces && scope !== unit.scope) continue;
    const { name, span } = model;
    const binding = { kind: "model", model, unit, span } as const;
    if (model.statement === undefined) scope.wholeFile = { name: callName(model), binding };
    else defineName(elaboration, scope, { name, span }, binding);
  }
}

/** What stands around the definitions of a file: no tensor, and nothing is built. */
function definitionFrame(elaboration: Elaboration, unit: FileUnit): Frame {
  const { program, scope } = unit;
  const definition: ModelDefinition = {
    name: "",
    parameters: [],
    statements: program.statements,
    statement: undefined,
    inputs: [],
    span: program.span,
    hasBraces: false,
  };
  return {
    elaboration,
    unit,
    scope,
    flow: { current: "none" },
    model: { definition, isMain: false, isDry: true, inputs: [], outputs: [], given: undefined },
    path: [],
    labelPrefix: "",
    modelPrefix: "",
    level: "file",
    branches: undefined,
    sharings: [],
    depth: 0,
    calls: [],
  };
}

function checkLanguage(statements: readonly Statement[], elaboration: Elaboration): void {
  for (const [index, statement] of statements.entries()) {
    if (statement.kind !== "language") continue;
    const { version, span } = statement;
    if (index > 0) {
      elaboration.report("CNN100", "`language` stands first in a file", span, {
        help: "put it in the first line",
        ...(statements[0]?.kind === "language"
          ? { labels: [{ span: statements[0].span, text: "it stands here already" }] }
          : {}),
      });
    }
    if (Number(version.text) === languageVersion) continue;
    const message = `this compiler reads language ${languageVersion}, not ${shortened(version.text)}`;
    elaboration.report("CNN101", message, version.span, {
      help: "a newer file needs a newer compiler",
    });
  }
}

/** In a file of models with braces every layer stands in one; a model without braces is alone, and its layers follow it. */
function checkLayout({ models, program }: FileUnit, elaboration: Elaboration): void {
  const open = models.find(({ hasBraces }) => !hasBraces);
  const bare = models.filter(({ hasBraces }) => !hasBraces);
  if (models.length > 1 && bare.length > 0) {
    const [first, ...others] = bare;
    elaboration.report("CNN105", "a file of several models gives each of them braces", first!.span, {
      labels: others.map(({ span }) => ({ span, text: "and here" })),
      help: "`model name(parameters) { … }`",
    });
  }
  if (models.length === 0 || (open !== undefined && open.statement === undefined)) return;
  const line = open === undefined ? program.statements.length : program.statements.indexOf(open.statement!);
  // Where every model has braces, what is required outside of them would be required of none.
  const isMisplaced = (statement: Statement): boolean =>
    isModelContent(statement) || (open === undefined && statement.kind === "require");
  const misplaced = program.statements.slice(0, line).filter(isMisplaced);
  const [outside] = misplaced;
  if (outside === undefined) return;
  const message =
    open === undefined ? "this stands outside of the file's models" : "this stands before the model line";
  elaboration.report("CNN105", message, outside.span, {
    labels: [
      { span: models[0]!.span, text: open === undefined ? "a model begins here" : "the model begins here" },
    ],
    help: "definitions (`use`, `let`, `block`, `shared`) stand outside of a model; layers, sections and what is required within",
    ...(models.length === 1 ? { fix: movedIntoModel(models[0]!, misplaced) } : {}),
  });
}

/** Statements that stand behind a model in braces, moved to its end; undefined where some stand before it. */
function movedIntoModel({ statement }: ModelDefinition, misplaced: readonly Statement[]): Fix | undefined {
  const body = statement?.body?.span;
  if (body === undefined || misplaced.some(({ span }) => span.start < body.end)) return undefined;
  const end = body.end - 1;
  const moved = misplaced.map(({ span }) => `  ${spanText(span)}\n`).join("");
  const begun = blanksBefore(body.file.text, end);
  const isOwnLine = body.file.text[begun - 1] === "\n";
  return {
    title: `move it into \`${statement!.name.name}\``,
    edits: [
      {
        span: { file: body.file, start: begun, end: isOwnLine ? begun : end },
        text: isOwnLine ? moved : `\n${moved}`,
      },
      ...misplaced.flatMap(({ span }) => statementRemoval(span)),
    ],
  };
}

/**
 * Lines of Python that import what the library has: reported as the `use`s that they mean, and carried out. Neighbours are one
 * mistake, those too that import what is part of the language.
 */
function executePythonImports({ program }: FileUnit, frame: Frame, using: readonly string[]): void {
  const { elaboration } = frame;
  const imports = program.statements
    .filter((statement) => statement.kind === "missing")
    .filter(isPythonImport)
    .map((statement) => ({ statement, use: readPythonImport(statement, elaboration.options) }));
  const runs: (typeof imports)[] = [];
  for (const each of imports) {
    const previous = runs.at(-1)?.at(-1)?.statement.span;
    const { span } = each.statement;
    const isNext = previous !== undefined && span.file.text.slice(previous.end, span.start).trim() === "";
    if (isNext) runs.at(-1)!.push(each);
    else runs.push([each]);
  }
  for (const run of runs) {
    const uses = run.flatMap(({ use }) => (use === undefined ? [] : [use]));
    const [first] = uses;
    if (first === undefined) continue;
    elaboration.report("CNN008", `this is Python; here it is written \`${useText(first)}\``, first.span, {
      help: "`use` brings the blocks and models of a file",
      fix: {
        title: `write \`${useText(first)}\``,
        edits: run.flatMap(({ statement: { span }, use }) =>
          use === undefined ? statementRemoval(span) : [{ span, text: useText(use) }],
        ),
      },
      covers: run.map(({ statement }) => statement.span),
    });
    for (const use of uses) executeUse(use, frame, using);
  }
}

function useText({ target, alias }: UseStatement & { readonly target: Identifier }): string {
  return `use ${target.name}${alias === undefined ? "" : ` as ${alias.name}`}`;
}

function executeUse(statement: UseStatement, frame: Frame, using: readonly string[]): void {
  const { elaboration, scope } = frame;
  const unit = findUnit(statement, frame, using);
  if (unit === undefined) {
    elaboration.hasFailedUse = true;
    scope.isIncomplete = true;
    return;
  }
  const { alias } = statement;
  if (alias !== undefined) {
    defineName(elaboration, scope, alias, { kind: "library", unit, span: alias.span });
    return;
  }
  if (unit.scope.isIncomplete) scope.isIncomplete = true;
  const names: string[] = [];
  for (const [name, binding] of unit.scope.givenNames()) {
    if (binding.kind === "tensor" || binding.kind === "library") continue;
    scope.import(name, binding);
    names.push(name);
  }
  if (!unit.scope.isIncomplete) elaboration.uses.set(statement, { span: statement.target.span, names });
}

/** The file that `use` names, loaded once; undefined, and reported, where it is missing or waits for this one. */
function findUnit(
  { target, span }: UseStatement,
  { elaboration, unit: { file } }: Frame,
  using: readonly string[],
): FileUnit | undefined {
  const isFile = "value" in target;
  const kind = isFile ? "file" : "library";
  const name = isFile ? target.value : target.name;
  const { readImport } = elaboration.options;
  let found = readImport?.(name, kind, file);
  if (found === undefined) {
    // Another quote, or one that is lacking, was reported when it was read.
    const isQuoted = /^".*"$/.test(spanText(target.span));
    if (isFile && !isQuoted && libraryOf(name, elaboration, file) === undefined) return undefined;
    const meant = reportMissing(target, name, elaboration);
    // What the near one defines is not unknown further down.
    found = meant === undefined ? undefined : readImport?.(meant.name, meant.kind, file);
    if (found === undefined || found.name === file.name) return undefined;
  }
  const from = using.indexOf(found.name);
  if (from >= 0) {
    const circle = [...using.slice(from), found.name].map(baseName).join(" → ");
    elaboration.report("CNN103", `these files use each other in a circle: ${circle}`, span, {
      help: "put what both need into a file of its own",
    });
    return undefined;
  }
  const loaded = elaboration.units.get(found.name);
  if (loaded !== undefined) return loaded;
  const { value: program, diagnostics } = parseProgram(found);
  elaboration.add(diagnostics);
  const unit = loadUnit(elaboration, found, program, using);
  if (diagnostics.some(({ severity }) => severity === "error")) unit.scope.isIncomplete = true;
  elaboration.units.set(found.name, unit);
  return unit;
}

/** The library's file that is meant by `resnet` and `resnet.cnn` for a file of one's own. */
function libraryOf(name: string, { options }: Elaboration, file: SourceFile): string | undefined {
  const plain = name.replace(/\.cnn$/, "");
  const isThere = /^\w+$/.test(plain) && options.readImport?.(plain, "library", file) !== undefined;
  return isThere ? plain : undefined;
}

/** No file of that name; gives the one that was meant, where one is near. */
function reportMissing(
  { span, ...target }: UseStatement["target"],
  name: string,
  elaboration: Elaboration,
): { readonly name: string; readonly kind: "file" | "library" } | undefined {
  const { file } = span;
  const isFile = "value" in target;
  const { importNames } = elaboration.options;
  const library = isFile ? libraryOf(name, elaboration, file) : undefined;
  if (library !== undefined) {
    elaboration.report("CNN102", `there is no file "${name}" beside ${shortened(file.name)}`, span, {
      help: `the library's file stands by its name alone: \`use ${library}\``,
      fix: replacement(span, library),
      covers: [span],
    });
    return { name: library, kind: "library" };
  }
  const model = isFile ? undefined : findLibraryModel(name, elaboration.options, file);
  const names = importNames?.(isFile ? "file" : "library", file) ?? [];
  const near = model?.library ?? suggestName(name, names);
  const text = isFile ? `"${near}"` : near;
  const message = isFile
    ? `there is no file "${shortened(name)}" beside ${shortened(file.name)}`
    : `the library has no file \`${shortened(name)}\``;
  const usual = isFile
    ? "the name is relative to this file"
    : 'a file of your own stands in quotes: `use "name.cnn"`';
  elaboration.report("CNN102", message, span, {
    ...(near === undefined || text === undefined
      ? { help: usual }
      : {
          help:
            model === undefined
              ? `did you mean \`${text}\`?`
              : `the library's \`${model.model}\` is in the file \`${text}\``,
          fix: replacement(span, text),
        }),
  });
  return near === undefined ? undefined : { name: near, kind: isFile ? "file" : "library" };
}

function baseName(path: string): string {
  return path.replace(/^.*[/\\]/, "");
}
