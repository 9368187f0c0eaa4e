import type { ShapedLayer } from "../../analyze/shaped-graph.ts";
import { visitStatements } from "../../elaborate/files.ts";
import { withBlanksBefore } from "../../source/blanks.ts";
import { spanText } from "../../source/source-file.ts";
import type { Argument, LayerStatement, Program } from "../../syntax/ast.ts";
import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";

/**
 * A merge that names several tensors, one of them the current one, which it takes in any case: `add x y` right after `y` is
 * y + x + y, and Keras' `add([x, y])` is not. (`multiply x` alone may be a square.)
 */
export function* findNamedCurrent(network: Network): Iterable<Finding> {
  const merges = mergesOf(network.program);
  for (const layer of network.layers) {
    const { node } = layer;
    if (node.inputs.length < 3 || node.span.file !== network.file) continue;
    const statement = merges.get(node.span.start);
    const operand = statement && namedCurrent(statement, layer);
    if (operand === undefined) continue;
    const [word, name] = [statement!.name.name, spanText(operand.span)];
    yield {
      at: layer,
      message: `\`${name}\` is the current tensor already, so ${word} takes it twice`,
      labels: [{ span: operand.span, text: "once more" }],
      help: `a merge takes the current tensor and those it names: leave out \`${name}\``,
      fix: { title: `leave out \`${name}\``, edits: [{ span: withBlanksBefore(operand.span), text: "" }] },
    };
  }
}

/** The statements that name several tensors, by where they begin. */
function mergesOf({ statements }: Program): ReadonlyMap<number, LayerStatement> {
  const merges = new Map<number, LayerStatement>();
  visitStatements(statements, (statement) => {
    if (statement.kind === "layer" && operandsOf(statement).length > 1)
      merges.set(statement.span.start, statement);
    return true;
  });
  return merges;
}

function operandsOf({ arguments: all }: LayerStatement): readonly Argument[] {
  return all.filter(({ name, value }) => name === undefined && tensorKinds.has(value.kind));
}

const tensorKinds: ReadonlySet<Argument["value"]["kind"]> = new Set(["word", "dimension", "member"]);

function namedCurrent(statement: LayerStatement, { node: { inputs } }: ShapedLayer): Argument | undefined {
  const operands = operandsOf(statement);
  return operands.length === inputs.length - 1 ? operands[inputs.indexOf(inputs[0]!, 1) - 1] : undefined;
}
