import type { Dim } from "../graph/dim.ts";
import { unknown } from "../graph/dim.ts";
import { layerWords } from "../layers/index.ts";
import type { Span } from "../source/source-file.ts";
import type { LayerStatement } from "../syntax/ast.ts";
import type { Frame } from "./context.ts";
import type { ModelDefinition } from "./files.ts";
import { visitStatements } from "./files.ts";
import { appendLayer } from "./nodes.ts";
import type { Tensor } from "./scope.ts";
import { slotNamed } from "./slots.ts";

/**
 * The current tensor. In a file without an `input` the first call makes the implied one, of unknown dimensions; before
 * the first `input` of a file that has one it is reported as missing and lost.
 */
export function currentTensor(frame: Frame, span: Span): Tensor {
  const { flow, model, elaboration } = frame;
  if (flow.current !== "none") return flow.current;
  if (model.isDry && frame.level !== "file") return (flow.current = "lost");
  if (model.isMain && model.definition.inputs.length === 0) return (flow.current = addImpliedInput(frame));
  elaboration.report("CNN140", "there is no tensor here yet: the first `input` comes later", span, {
    ...(model.definition.inputs[0] === undefined
      ? {}
      : { labels: [{ span: model.definition.inputs[0].span, text: "the first input" }] }),
    help: "put the `input` before the layers",
  });
  return (flow.current = "lost");
}

/** How many numbers the last axis of the current tensor has, where that is known. */
export function channelsOf({ flow, elaboration }: Frame): number | undefined {
  if (typeof flow.current !== "number") return undefined;
  return elaboration.shapeOf(flow.current)?.at(-1)?.value;
}

/** The input of a file that declares none: what `--input` says, or else unknown dimensions. */
function addImpliedInput(frame: Frame): Tensor {
  const { elaboration, unit, model } = frame;
  const { file } = unit;
  const span = { file, start: 0, end: 0 };
  const override = elaboration.inputOverrides.find(({ name }) => name === undefined);
  const shape = override?.shape ?? impliedShape(model.definition);
  if (override === undefined) elaboration.inputIsImplied = true;
  else override.isTaken = true;
  const bound = { values: { shape }, spans: {} };
  const outer = { ...frame, path: [], sharings: [] };
  const tensor = appendLayer(outer, { kind: "input", label: undefined, inputs: [], bound, span });
  if (typeof tensor === "number") model.inputs.push(tensor);
  return tensor;
}

/** An image of unknown size, or a volume where the first window has three numbers. */
function impliedShape({ statements }: ModelDefinition): readonly Dim[] {
  let axes: number | undefined;
  visitStatements(statements, (statement) => {
    if (statement.kind === "layer") axes ??= windowAxes(statement);
    return axes === undefined;
  });
  return Array.from({ length: (axes ?? 2) + 1 }, () => unknown());
}

/** How many axes the first window of a layer has that has more than one number. */
function windowAxes(statement: LayerStatement): number | undefined {
  const table = layerWords.get(statement.name.name)?.arguments;
  if (table === undefined) return undefined;
  for (const { name, value } of statement.arguments) {
    if (value.kind !== "shape" || value.parts.length > 3) continue;
    const role = name === undefined ? firstWindowRole(table) : slotNamed(table, name.name)?.[1].role;
    if (role === "window") return value.parts.length;
  }
  return undefined;
}

function firstWindowRole(table: Parameters<typeof slotNamed>[0]): string | undefined {
  return Object.values(table).find(
    ({ positional, role }) => positional && (role === "window" || role === "shape"),
  )?.role;
}
