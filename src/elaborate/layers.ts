import type { LayerId } from "../graph/layer-graph.ts";
import type { Problem } from "../layers/definition.ts";
import type { LayerWord } from "../layers/index.ts";
import { layerDefinition, layerWords } from "../layers/index.ts";
import { type Span, spanText } from "../source/source-file.ts";
import type { Argument, Identifier, LayerStatement } from "../syntax/ast.ts";
import type { BoundArguments } from "./arguments.ts";
import { bindArguments } from "./arguments.ts";
import type { Frame } from "./context.ts";
import { currentTensor } from "./current.ts";
import { setTrainable } from "./freeze.ts";
import { toNumber } from "./rational.ts";
import { argumentTableOf, defaultsOf, exampleOf } from "./layer-words.ts";
import { findTensor, memberPath } from "./lookup.ts";
import { appendLayer } from "./nodes.ts";
import type { Tensor } from "./scope.ts";
import { viewOf } from "./slots.ts";
import type { Value } from "./values.ts";
import { describeValue } from "./values.ts";

/** The place that a layer's statement takes in messages: its label and head, without a body. */
export function statementSpan({ span, headSpan }: LayerStatement): Span {
  return { file: span.file, start: span.start, end: headSpan.end };
}

/** Carries out a statement of a layer that is no merge; gives its tensor. */
export function executePlainLayer(statement: LayerStatement, layer: LayerWord, frame: Frame): Tensor {
  const { elaboration } = frame;
  // A brace that is not closed was reported when it was read.
  if (statement.body !== undefined && statement.body.isUnclosed !== true) {
    elaboration.report("CNN142", `${layer.word} takes no braces`, statement.body.span, {
      help: "layers stand one after the other; braces belong to a merge, a block or a loop",
    });
  }
  const input = currentTensor(frame, statement.headSpan);
  const bound = bindLayer(statement, layer, statement.arguments, frame);
  return finishLayer(statement, layer, [input], bound, frame);
}

/** Carries out a merge of the current tensor and those it names, or of its branches; gives its tensor. */
export function executeMerge(
  statement: LayerStatement,
  layer: LayerWord,
  branches: readonly Tensor[] | undefined,
  frame: Frame,
): Tensor {
  const { elaboration } = frame;
  const operands: (Tensor | undefined)[] = [];
  const others: Argument[] = [];
  for (const argument of statement.arguments.flatMap((each) => withoutBrackets(each, layer, frame))) {
    const operand = operandOf(argument, layer, frame);
    if (operand === "none") others.push(argument);
    else operands.push(operand);
  }
  const bound = bindLayer(statement, layer, others, frame);
  if (branches !== undefined && operands.length > 0) {
    elaboration.report(
      "CNN141",
      `${layer.word} takes tensors by name or braces with branches, not both`,
      statement.headSpan,
      {
        help: "a branch may begin with `from` the tensor",
      },
    );
    return "lost";
  }
  if (branches === undefined && operands.length === 0) {
    // What was wrong with an argument may have been a tensor.
    if (bound === undefined && others.some(({ name }) => name === undefined)) return "lost";
    if (followsBranch(statement, frame)) return "lost";
    elaboration.report(
      "CNN141",
      `${layer.word} has nothing to merge with the current tensor`,
      statement.headSpan,
      {
        help: `name a tensor, \`${layer.word} x\`, or give branches: \`${layer.word} { branch { … }; branch { } }\``,
      },
    );
    return "lost";
  }
  if (branches !== undefined) return finishLayer(statement, layer, branches, bound, frame);
  const current = currentTensor(frame, statement.headSpan);
  if (operands.length === 2 && ofTwo.has(layer.word)) {
    const named = operands.findIndex((operand) => operand === current && operand !== "lost");
    if (named >= 0) {
      reportNamedCurrent(statement, layer, named, frame);
      return "lost";
    }
  }
  return finishLayer(statement, layer, [current, ...operands], bound, frame);
}

/** Merges that take two tensors. */
const ofTwo: ReadonlySet<string> = new Set(["subtract", "dot"]);

/** `subtract a b` right after `b`: as a function of other libraries would be called. */
function reportNamedCurrent(
  statement: LayerStatement,
  { word }: LayerWord,
  named: number,
  frame: Frame,
): void {
  const [first, second] = statement.arguments.filter(({ name }) => name === undefined) as [
    Argument,
    Argument,
  ];
  const [left, right] = [spanText(first.span), spanText(second.span)];
  const name = named === 0 ? left : right;
  const { file, start } = statement.span;
  // What is current comes first, whichever it is.
  const isTurned = named === 1 && word === "subtract";
  const kept = isTurned || named === 0 ? right : left;
  const both = { file, start: first.span.start, end: second.span.end };
  const before = { span: { file, start, end: start }, text: `from ${left}; ` };
  frame.elaboration.report(
    "CNN210",
    `\`${name}\` is the current tensor already: ${word} gets \`${name}\`, \`${left}\` and \`${right}\``,
    both,
    {
      help: `${word} takes the current tensor and one that it names`,
      fix: {
        title: `write \`${word} ${kept}\``,
        edits: [...(isTurned ? [before] : []), { span: both, text: kept }],
      },
    },
  );
}

/**
 * Whether a branch stands right before a statement. Outside of a merge's braces branches in a row are one mistake, and so is the
 * merge after them that has nothing to merge.
 */
export function followsBranch(statement: LayerStatement, { elaboration, scope }: Frame): boolean {
  // The search is for a message that nobody would see.
  if (elaboration.isFull) return false;
  const before = scope.statements[scope.statements.indexOf(statement) - 1];
  return before?.kind === "layer" && before.name.name === "branch";
}

/** What stands between tensors in a sentence. */
const fillers: ReadonlySet<string> = new Set(["with", "and", "to", "of"]);

/** The tensors of `concat [x, y]`, whose brackets are reported; any other argument as it is. */
function withoutBrackets(argument: Argument, { word }: LayerWord, frame: Frame): readonly Argument[] {
  const { name, value, span } = argument;
  if (value.kind === "word" && fillers.has(value.name) && frame.scope.find(value.name) === undefined) {
    const end = span.end + /^[ \t]*/.exec(span.file.text.slice(span.end))![0].length;
    frame.elaboration.report(
      "CNN141",
      `the tensors of ${word} stand side by side, without \`${value.name}\``,
      span,
      {
        help: `for example \`${word} x\``,
        fix: { title: "leave it out", edits: [{ span: { ...span, end }, text: "" }] },
      },
    );
    return [];
  }
  if (name !== undefined || (value.kind !== "list" && value.kind !== "tuple")) return [argument];
  const names = value.items.map((item) => (item.kind === "word" ? item.name : undefined));
  const areTensors = names.every(
    (each) => each !== undefined && frame.scope.find(each)?.binding.kind === "tensor",
  );
  if (!areTensors) return [argument];
  const text = names.join(" ");
  frame.elaboration.report(
    "CNN141",
    `the tensors of ${word} stand side by side, without brackets`,
    value.span,
    {
      help: `the current tensor is the first of them: \`${word} ${text}\` merges it with ${text.replaceAll(" ", " and ")}`,
      fix: { title: "remove the brackets", edits: [{ span: value.span, text }], isUnsafe: true },
    },
  );
  return value.items.map((item) => ({ name: undefined, value: item, span: item.span }));
}

/** The tensor that a merge's argument names; undefined where that was reported, `none` where it is another argument. */
function operandOf({ name, value }: Argument, layer: LayerWord, frame: Frame): Tensor | undefined | "none" {
  if (name !== undefined) return "none";
  if (value.kind === "member" && value.object.name !== "in") {
    const path = memberPath(value);
    const binding = frame.scope.find(path.parts[0]!.name)?.binding;
    if (binding?.kind !== "tensor" || binding.inner === undefined) return "none";
    return findTensor(frame, path)?.tensor;
  }
  if (value.kind !== "word" && value.kind !== "dimension") return "none";
  const found = frame.scope.find(value.name);
  if (found === undefined) return isOwnWord(value.name, layer) ? "none" : tensorNamed(value, frame);
  return found.binding.kind === "value" ? "none" : tensorNamed(value, frame);
}

function isOwnWord(name: string, layer: LayerWord): boolean {
  return viewOf(argumentTableOf(layer)).bareWords.includes(name);
}

function tensorNamed({ name, span }: Identifier, frame: Frame): Tensor | undefined {
  return findTensor(frame, { parts: [{ name, span }], span })?.tensor;
}

function bindLayer(
  { name, headSpan }: LayerStatement,
  layer: LayerWord,
  given: readonly Argument[],
  frame: Frame,
): BoundArguments | undefined {
  const table = argumentTableOf(layer);
  const word = { name: layer.word, span: name.span };
  return bindArguments({
    word,
    table,
    defaults: defaultsOf(layer),
    given,
    span: headSpan,
    example: () => exampleOf(layer.word, table),
    frame,
  });
}

function finishLayer(
  statement: LayerStatement,
  { kind }: LayerWord,
  inputs: readonly (Tensor | undefined)[],
  bound: BoundArguments | undefined,
  frame: Frame,
): Tensor {
  if (bound === undefined) return "lost";
  const { trainable } = bound.values;
  const complete = trainable === undefined ? bound : withoutTrainable(bound);
  const known = inputs.filter((input): input is LayerId => typeof input === "number");
  if (known.length < inputs.length) {
    checkArgumentsAlone(statement, kind, complete, frame);
    return "lost";
  }
  const span = statementSpan(statement);
  const tensor = appendLayer(frame, { kind, label: statement.label, inputs: known, bound: complete, span });
  if (trainable === false && typeof tensor === "number") {
    const range = { first: tensor, end: tensor + 1 };
    setTrainable(frame, range, false, bound.spans["trainable"] ?? span, statement.name.name);
  }
  return tensor;
}

/** `trainable=no` is no argument of the layer: it becomes a fact of its node. */
function withoutTrainable(bound: BoundArguments): BoundArguments {
  const { trainable: _, ...values } = bound.values;
  return { ...bound, values };
}

/** After a mistake a layer does not reach the graph, whose analysis would check this. */
function checkArgumentsAlone(
  statement: LayerStatement,
  kind: LayerWord["kind"],
  bound: BoundArguments,
  { elaboration }: Frame,
): void {
  const report = ({ code, severity = "error", message, argument, text = "", help }: Problem) => {
    const span = (argument !== undefined && bound.spans[argument]) || statementSpan(statement);
    elaboration.report(code, message, span, { severity, text, ...(help === undefined ? {} : { help }) });
  };
  layerDefinition(kind).checkArguments?.({ arguments: bound.values, report });
}

/** The layer that a value stands for where it opens a statement: a block's parameter that is `relu` or `leaky_relu(0.1)`. */
export function layerOfValue(value: Value, name: Identifier, { elaboration }: Frame): LayerWord | undefined {
  if (value.kind === "missing") return undefined;
  const layer = value.kind === "word" || value.kind === "activation" ? layerWords.get(value.word) : undefined;
  if (layer === undefined) {
    const message = `\`${name.name}\` is ${describeValue(value)}, which is no layer`;
    elaboration.reportValue("CNN115", message, value, name.span);
    return undefined;
  }
  if (value.kind !== "activation" || value.parameter === undefined) return layer;
  return { ...layer, preset: { ...layer.preset, parameter: toNumber(value.parameter) }, arguments: {} };
}
