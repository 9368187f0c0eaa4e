import type { BlockStatement, SharedStatement, Statement } from "../syntax/ast.ts";
import type { Frame } from "./context.ts";
import { defineName } from "./lookup.ts";
import { reservedMeaning } from "./words.ts";

/** Gives blocks and shared instances their names before any statement of their scope is carried out. */
export function hoistDefinitions(statements: readonly Statement[], frame: Frame): void {
  for (const statement of statements) {
    if (statement.kind === "block" || statement.kind === "shared") defineBlock(statement, frame);
  }
}

function defineBlock(statement: BlockStatement | SharedStatement, frame: Frame): void {
  const { elaboration, scope, unit } = frame;
  const { name } = statement;
  const common = { scope, unit, span: name.span };
  // A layer's word before a parenthesis: what was meant is not clear, and that the body is missing is told.
  if (statement.body.isMissing && reservedMeaning(name.name) !== undefined) return;
  if (scope.own(name.name)?.span !== name.span) {
    defineName(
      elaboration,
      scope,
      name,
      statement.kind === "block"
        ? { kind: "block", statement, ...common }
        : { kind: "shared", statement, ...common, owners: undefined },
    );
  }
  if (!elaboration.declaredBlocks.has(statement)) elaboration.declaredBlocks.set(statement, frame);
}
