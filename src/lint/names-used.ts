import { visitStatements } from "../elaborate/files.ts";
import type { Path, Program, Statement } from "../syntax/ast.ts";
import { expressionsOf, namesIn } from "../syntax/parts.ts";

/** Every name that a program refers to: in expressions, as a statement's word, as a tensor's; scopes are not told apart. */
export function namesUsed({ statements }: Program): ReadonlySet<string> {
  const used = new Set<string>();
  visitStatements(statements, (statement) => {
    for (const { parts } of pathsOf(statement)) used.add(parts[0]!.name);
    if (statement.kind === "layer") {
      // `blocks.unit` uses `blocks`.
      used.add(statement.name.name).add(statement.name.name.split(".")[0]!);
    }
    namesIn(expressionsOf(statement), used);
    return true;
  });
  return used;
}

function pathsOf(statement: Statement): readonly Path[] {
  switch (statement.kind) {
    case "output":
      return statement.names;
    case "from":
      return [statement.source];
    case "freeze":
    case "unfreeze":
      return statement.from === undefined ? [statement.target] : [statement.target, statement.from];
    default:
      return [];
  }
}
