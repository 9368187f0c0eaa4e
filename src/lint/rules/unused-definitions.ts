import { statementRemoval } from "../../diagnostics/edits.ts";
import type { Fix } from "../../diagnostics/diagnostic.ts";
import { isModelContent, visitStatements } from "../../elaborate/files.ts";
import { spanText } from "../../source/source-file.ts";
import type { Identifier, Program, Statement } from "../../syntax/ast.ts";
import { namesGiven } from "../../elaborate/lookup.ts";
import { namesUsed } from "../names-used.ts";
import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";

/**
 * Blocks, shared instances, `let`s, parameters and prefixes of used files that are named nowhere else in their file, and used files of
 * which nothing is. What stands outside of the models of a file that has several, or none, is there for other files.
 */
export function* findUnusedDefinitions({ model, program }: Network): Iterable<Finding> {
  const used = namesUsed(program);
  for (const { what, name, fix } of definitionsOf(program)) {
    if (used.has(name.name)) continue;
    yield {
      at: name.span,
      message: `the ${what} \`${name.name}\` is used nowhere`,
      help:
        what === "parameter" ? "use it, or remove it: setting it changes nothing" : "use it, or remove it",
      fix,
    };
  }
  for (const { span, names } of model.graph.uses) {
    if (span.file !== program.span.file || names.some((name) => used.has(name))) continue;
    const statement = program.statements.find((each) => each.kind === "use" && each.target.span === span);
    yield {
      at: span,
      message: `nothing of ${spanText(span).replace(/^\w+$/, "`$&`")} is used`,
      help: [namesGiven(names), "use it, or remove the line"].filter((part) => part !== undefined).join(": "),
      fix: statement && { title: "remove the line", edits: statementRemoval(statement.span) },
      fixKeepsNetwork: true,
    };
  }
}

interface Definition {
  readonly what: string;
  readonly name: Identifier;
  readonly fix?: Fix;
}

function definitionsOf({ statements }: Program): readonly Definition[] {
  const models = statements.filter(({ kind }) => kind === "model");
  const isLibrary = models.length > 1 || (models.length === 0 && !statements.some(isModelContent));
  const forOthers = new Set(isLibrary ? statements : []);
  const definitions: Definition[] = [];
  visitStatements(statements, (statement) => {
    const own = forOthers.has(statement) ? undefined : definedBy(statement);
    if (own !== undefined) definitions.push(own);
    if (statement.kind === "block" || statement.kind === "model") {
      definitions.push(...statement.parameters.map(({ name }) => ({ what: "parameter", name })));
    }
    return true;
  });
  return definitions;
}

function definedBy(statement: Statement): Definition | undefined {
  switch (statement.kind) {
    case "let": {
      const { name, span } = statement;
      return { what: "let", name, fix: { title: `remove \`${name.name}\``, edits: statementRemoval(span) } };
    }
    case "block":
      return { what: "block", name: statement.name };
    case "shared":
      return { what: "shared instance", name: statement.name };
    case "use":
      return statement.alias && { what: "prefix", name: statement.alias };
    default:
      return undefined;
  }
}
