import type { ScopeFrame } from "../graph/layer-graph.ts";
import { flag } from "../layers/arguments.ts";
import type { Span } from "../source/source-file.ts";
import type { Argument, Body, LayerStatement, Parameter } from "../syntax/ast.ts";
import type { CallInProgress, Frame, Sharing } from "./context.ts";
import { limits } from "./context.ts";
import { convertArgument } from "./convert.ts";
import { currentTensor } from "./current.ts";
import { evaluate } from "./expressions.ts";
import { setTrainable } from "./freeze.ts";
import { statementSpan } from "./layers.ts";
import { defineName } from "./lookup.ts";
import { reportOtherForm } from "./nodes.ts";
import { bindParameters } from "./parameters.ts";
import type { BlockBinding, LayerRange, SharedBinding, Tensor } from "./scope.ts";
import { Scope } from "./scope.ts";

/** Carries out the statements of a body; given to the calls by the module that knows every statement. */
export type RunBody = (body: Body, frame: Frame) => void;

/** What a call gave: its tensor, its layers, and the names within. */
export interface CallResult {
  readonly tensor: Tensor;
  readonly layers: LayerRange;
  readonly inner: Scope | undefined;
}

/** Carries out a call of a block: fresh layers each time. */
export function callBlock(
  statement: LayerStatement,
  binding: BlockBinding,
  frame: Frame,
  run: RunBody,
): CallResult {
  const { statement: block } = binding;
  const { given, trainable } = takeTrainable(statement, block.parameters, frame);
  const inside = enterCall(statement, "block", binding, frame);
  if (inside === undefined) return lostCall(frame);
  const site = {
    callee: block.name.name,
    parameters: block.parameters,
    given,
    declaration: block.name.span,
    span: statement.headSpan,
    isByNameOnly: false,
  };
  const isSound = bindParameters(site, frame, inside);
  const result = finishCall(statement, inside, trainable, () => run(block.body, inside));
  return isSound ? result : { ...result, tensor: "lost" };
}

/** Carries out a use of a shared instance: the first makes its layers, each later one uses their weights. */
export function callShared(
  statement: LayerStatement,
  binding: SharedBinding,
  frame: Frame,
  run: RunBody,
): CallResult {
  const { statement: shared } = binding;
  const { given, trainable } = takeTrainable(statement, [], frame);
  if (given.length > 0) {
    const message = `\`${shared.name.name}\` is a shared instance and takes no arguments`;
    frame.elaboration.report("CNN123", message, given[0]!.span, {
      labels: [{ span: shared.name.span, text: "declared here" }],
    });
  }
  const entered = enterCall(statement, "shared", binding, frame);
  if (entered === undefined) return lostCall(frame);
  const { owners } = binding;
  const sharing: Sharing | undefined = owners && {
    owners,
    next: owners.first,
    use: statementSpan(statement),
    name: shared.name.name,
  };
  const inside = sharing ? { ...entered, sharings: [...entered.sharings, sharing] } : entered;
  const result = finishCall(statement, inside, trainable, () => run(shared.body, inside));
  if (sharing === undefined) binding.owners = result.layers;
  else if (result.tensor !== "lost" && sharing.next < sharing.owners.end) {
    reportOtherForm(sharing, frame.elaboration);
  }
  return result;
}

/** The frame of a call's body; undefined, and reported, where calls nest too deep or in a circle. */
function enterCall(
  statement: LayerStatement,
  kind: ScopeFrame["kind"],
  binding: BlockBinding | SharedBinding,
  frame: Frame,
): Frame | undefined {
  const { elaboration } = frame;
  const { statement: declaration, unit } = binding;
  const { name, body } = declaration;
  elaboration.calledBlocks.add(declaration);
  if (statement.body !== undefined) {
    elaboration.report("CNN142", `\`${name.name}\` takes no braces`, statement.body.span, {
      labels: [{ span: name.span, text: "declared here" }],
    });
  }
  if (isInCircle(declaration, name.name, statement.headSpan, frame)) return undefined;
  if (!hasRoom(frame, statement.headSpan) || !elaboration.step(statement.headSpan, callCost))
    return undefined;
  const scopeFrame: ScopeFrame = {
    kind,
    name: name.name,
    label: statement.label?.name,
    span: statementSpan(statement),
    instance: elaboration.nextInstance(),
  };
  const current = currentTensor(frame, statement.headSpan);
  return {
    ...frame,
    unit,
    scope: new Scope(binding.scope, body.statements, true),
    flow: { current },
    path: [...frame.path, scopeFrame],
    labelPrefix: elaboration.names.callPrefix(frame.labelPrefix, statement.label?.name ?? name.name),
    level: "inner",
    branches: undefined,
    depth: frame.depth + 1,
    calls: [...frame.calls, { declaration, name: name.name, span: statement.headSpan }],
  };
}

/** What a call costs beside its body's statements. */
const callCost = 4;

/** Whether something calls itself, which is reported with the circle. */
export function isInCircle(
  declaration: CallInProgress["declaration"],
  name: string,
  span: Span,
  { elaboration, calls }: Frame,
): boolean {
  const from = calls.findIndex((call) => call.declaration === declaration);
  if (from < 0) return false;
  const names = calls.slice(from).map((call) => call.name);
  const key = [...names].sort().join(" ");
  if (elaboration.circles.has(key)) return true;
  elaboration.circles.add(key);
  const circle = [...names, name].join(" → ");
  elaboration.report("CNN116", `\`${name}\` calls itself: ${circle}`, span, {
    labels: calls
      .slice(from + 1)
      .flatMap((call) => (call.span === undefined ? [] : [{ span: call.span, text: "through this call" }])),
    help: "nothing can contain itself; use `repeat` or `for`",
  });
  return true;
}

/** Whether bodies may nest any deeper; reported where not. */
export function hasRoom({ elaboration, depth }: Frame, span: Span): boolean {
  if (depth < limits.depth) return true;
  if (elaboration.isTooDeep) return false;
  elaboration.isTooDeep = true;
  elaboration.report("CNN106", `braces and calls nest more than ${limits.depth} deep`, span, {
    help: "put less into one another",
  });
  return false;
}

export function finishCall(
  statement: LayerStatement,
  inside: Frame,
  trainable: boolean | undefined,
  run: () => void,
): CallResult {
  const { elaboration, flow, scope } = inside;
  const first = elaboration.nodes.length;
  run();
  const layers = elaboration.rangeFrom(first);
  const tensor = flow.current === "none" ? "lost" : flow.current;
  if (trainable === false && tensor !== "lost") {
    setTrainable(inside, layers, false, statement.headSpan, statement.name.name);
  }
  return { tensor, layers, inner: scope };
}

export function lostCall({ elaboration }: Frame): CallResult {
  const scope = new Scope(undefined, [], true);
  scope.isIncomplete = true;
  return { tensor: "lost", layers: elaboration.rangeFrom(elaboration.nodes.length), inner: scope };
}

/** `trainable=no` goes with any call whose block has no parameter of that name; the other arguments are its own. */
export function takeTrainable(
  statement: LayerStatement,
  parameters: readonly Parameter[],
  frame: Frame,
): { readonly given: readonly Argument[]; readonly trainable: boolean | undefined } {
  const isOwn = parameters.some(({ name }) => name.name === "trainable");
  const argument = isOwn ? undefined : statement.arguments.find(({ name }) => name?.name === "trainable");
  if (argument === undefined) return { given: statement.arguments, trainable: undefined };
  const { value: expression } = argument;
  const slot = {
    word: statement.name.name,
    name: "trainable",
    spec: flag(true, "Whether training changes the weights within."),
    expression,
    frame,
  };
  const converted = convertArgument(slot, evaluate(expression, frame));
  return {
    given: statement.arguments.filter((each) => each !== argument),
    trainable: converted?.value as boolean | undefined,
  };
}

/** Gives a statement's label its meaning. */
export function defineLabel(
  { label }: LayerStatement,
  result: CallResult,
  { elaboration, scope }: Frame,
): void {
  if (label === undefined) return;
  defineName(elaboration, scope, label, { kind: "tensor", ...result, span: label.span });
}
