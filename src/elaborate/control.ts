import type { ScopeFrame } from "../graph/layer-graph.ts";
import type {
  ConditionStatement,
  Expression,
  ForStatement,
  IfStatement,
  RepeatStatement,
} from "../syntax/ast.ts";
import { namesIn } from "../syntax/parts.ts";
import type { RunBody } from "./calls.ts";
import { hasRoom } from "./calls.ts";
import type { Frame } from "./context.ts";
import { limits } from "./context.ts";
import { convertArgument } from "./convert.ts";
import { evaluate } from "./expressions.ts";
import { defineName } from "./lookup.ts";
import { truthOf } from "./operators.ts";
import { isWhole, toNumber, whole } from "./rational.ts";
import { count as countArgument } from "../layers/arguments.ts";
import type { Binding } from "./scope.ts";
import { Scope } from "./scope.ts";
import type { Value } from "./values.ts";
import { describeValue, missing, numberValue, valueText, withOriginOf } from "./values.ts";

const repeatCount = {
  ...countArgument("How often the body is carried out."),
  minimum: 0,
};

/** `require (depth % 6 == 4) "depth is 6n + 4"`: where it does not hold, what follows from its names is not known. */
export function executeCondition({ condition, text, span }: ConditionStatement, frame: Frame): void {
  const { elaboration, scope } = frame;
  const value = evaluate(condition, frame);
  if (truthOf(value, condition.span, "`require`", frame) !== false) return;
  elaboration.reportValue("CNN158", text.value, value, span, {
    labels: [{ span: condition.span, text: "this must hold" }],
  });
  for (const name of namesIn([condition])) {
    const binding = scope.find(name)?.binding;
    if (binding?.kind === "value") scope.set(name, { ...binding, value: missing });
  }
}

/** `repeat 3 { … }`: each pass with names of its own. */
export function executeRepeat(statement: RepeatStatement, frame: Frame, run: RunBody): void {
  const { count: expression } = statement;
  const slot = { word: "repeat", name: "count", spec: repeatCount, expression, frame };
  const value = evaluate(expression, frame);
  const count = convertArgument(slot, value)?.value as number | undefined;
  if (count === undefined) {
    runPass(statement, lost(frame), run, 1, "repeat", () => undefined);
    return;
  }
  if (count > limits.steps) {
    const message = `a loop of ${count.toLocaleString("en")} passes is longer than the compiler carries out`;
    frame.elaboration.reportValue("CNN106", message, value, expression.span, {
      help: `a loop has at most ${limits.steps.toLocaleString("en")} passes`,
    });
    lost(frame);
    return;
  }
  // Where nothing is built, a second pass would find what the first has found.
  const passes = frame.model.isDry ? Math.min(count, 1) : count;
  for (let pass = 1; pass <= passes && !frame.elaboration.isStopped; pass++) {
    if (!runPass(statement, frame, run, pass, "repeat", () => undefined)) return;
  }
}

/** `for f in [64, 128] { … }`, `for (f, s) in [(64, 1), (128, 2)] { … }`, `for i in 1..3 { … }`. */
export function executeFor(statement: ForStatement, frame: Frame, run: RunBody): void {
  const { names, values: expression } = statement;
  const items = evaluateItems(expression, frame);
  const define = (inside: Frame, values: readonly Value[]) => {
    for (const [index, name] of names.entries()) {
      const value = values[index] ?? missing;
      defineName(inside.elaboration, inside.scope, name, {
        kind: "value",
        value,
        what: "loop name",
        span: name.span,
      });
    }
  };
  if (items === undefined) {
    runPass(statement, lost(frame), run, 1, "for", (inside) => define(inside, []));
    return;
  }
  let pass = 0;
  for (const item of items) {
    pass += 1;
    const values = takeApart(statement, item, frame);
    const text = values.map((value, index) => `${names[index]?.name ?? "?"}=${valueText(value)}`).join(", ");
    const from = values.length === 0 ? lost(frame) : frame;
    if (!runPass(statement, from, run, pass, `for ${text}`, (inside) => define(inside, values))) return;
    if (frame.elaboration.isStopped) return;
  }
}

/** The value of each name in one pass; none, and reported, where the item has not as many parts as there are names. */
function takeApart({ names, values }: ForStatement, item: Value, { elaboration }: Frame): readonly Value[] {
  if (names.length === 1) return [item];
  if (item.kind === "tuple" && item.items.length === names.length) {
    return item.items.map((part) => withOriginOf(part, item));
  }
  const listed = names.map(({ name }) => name).join(", ");
  if (item.kind !== "missing") {
    const message = `\`(${listed})\` takes ${names.length} values each time, but here is ${describeValue(item)}`;
    elaboration.reportValue("CNN136", message, item, values.span);
  }
  return [];
}

/** What a loop goes through; undefined where it was reported. */
function evaluateItems(expression: Expression, frame: Frame): Iterable<Value> | undefined {
  let inner = expression;
  while (inner.kind === "parenthesized") inner = inner.expression;
  if (inner.kind === "range") {
    const [from, to] = [evaluate(inner.from, frame), evaluate(inner.to, frame)];
    return rangeItems(from, to, inner, frame);
  }
  const value = evaluate(expression, frame);
  if (value.kind === "missing") return undefined;
  if (value.kind === "list") return value.items.map((item) => withOriginOf(item, value));
  const message = `\`for\` goes through a list or a range, but this is ${describeValue(value)}`;
  frame.elaboration.reportValue("CNN136", message, value, expression.span, {
    help: "write `[…]` for a list, `1..3` for a range",
  });
  return undefined;
}

function rangeItems(
  from: Value,
  to: Value,
  range: Extract<Expression, { kind: "range" }>,
  frame: Frame,
): Iterable<Value> | undefined {
  const first = rangeEnd(from, range.from, frame);
  const last = rangeEnd(to, range.to, frame);
  if (first === undefined || last === undefined) return undefined;
  if (last - first >= limits.steps) {
    const message = `the range ${first}..${last} is longer than the compiler goes through`;
    frame.elaboration.reportValue("CNN106", message, to, range.span, {
      help: `a loop has at most ${limits.steps.toLocaleString("en")} passes`,
    });
    return undefined;
  }
  return countUp(first, last, from, to);
}

function* countUp(first: number, last: number, from: Value, to: Value): Generator<Value> {
  for (let number = first; number <= last; number++) {
    yield withOriginOf(numberValue(whole(number)), from, to);
  }
}

function rangeEnd(value: Value, { span }: Expression, frame: Frame): number | undefined {
  if (value.kind === "missing") return undefined;
  if (value.kind === "number" && isWhole(value.number)) {
    const number = toNumber(value.number);
    if (Number.isSafeInteger(number)) return number;
  }
  const message = `a range goes from one whole number to another, but this is ${describeValue(value)}`;
  frame.elaboration.reportValue("CNN136", message, value, span);
  return undefined;
}

/** Carries out a body once in a scope of its own; false where nothing more is to be carried out. */
function runPass(
  { body, span }: RepeatStatement | ForStatement,
  frame: Frame,
  run: RunBody,
  pass: number,
  name: string,
  define: (inside: Frame) => void,
): boolean {
  const { elaboration } = frame;
  if (!elaboration.step(span) || !hasRoom(frame, span)) return false;
  const kind = name === "repeat" ? "repeat" : "for";
  const head = { file: span.file, start: span.start, end: body.span.start };
  const scopeFrame: ScopeFrame = { kind, name, label: undefined, span: head, instance: pass };
  const inside: Frame = {
    ...frame,
    scope: new Scope(frame.scope, body.statements, false),
    path: [...frame.path, scopeFrame],
    level: "inner",
    depth: frame.depth + 1,
  };
  define(inside);
  run(body, inside);
  // What a body holds by mistake may not go with a second pass.
  return !elaboration.isStopped && body.isUnclosed !== true;
}

/** `if … { … } else if … { … } else { … }`: the body that is chosen is part of the scope around it. */
export function executeIf({ branches, otherwise, span }: IfStatement, frame: Frame, run: RunBody): void {
  if (!hasRoom(frame, span)) return;
  const inside = { ...frame, depth: frame.depth + 1 };
  for (const { condition, body } of branches) {
    const truth = truthOf(evaluate(condition, frame), condition.span, "`if`", frame);
    if (truth === undefined) {
      runUndecided(
        [...branches.map((branch) => branch.body), ...(otherwise ? [otherwise] : [])],
        inside,
        run,
      );
      return;
    }
    if (truth) {
      run(body, inside);
      return;
    }
  }
  if (otherwise !== undefined) run(otherwise, inside);
}

/** After a condition that was wrong every body is looked through for mistakes, and what comes after is not judged. */
function runUndecided(bodies: IfStatement["branches"][number]["body"][], frame: Frame, run: RunBody): void {
  for (const body of bodies) {
    const scope = new Scope(frame.scope, body.statements, false);
    run(body, { ...lost(frame), scope });
    for (const [name, binding] of scope.ownNames()) {
      if (frame.scope.own(name) === undefined) frame.scope.set(name, undecided(binding));
    }
  }
  frame.flow.current = "lost";
  frame.branches?.push("lost");
}

/** A name that a body defines of which it is not known whether it is carried out. */
function undecided(binding: Binding): Binding {
  if (binding.kind === "value") return { ...binding, value: missing };
  return binding.kind === "tensor" ? { ...binding, tensor: "lost" } : binding;
}

/** The frame with a lost tensor, for what is looked through for mistakes alone. */
function lost(frame: Frame): Frame {
  frame.flow.current = "lost";
  frame.branches?.push("lost");
  return frame;
}
