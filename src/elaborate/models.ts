import type { ModelOrigin, ScopeFrame } from "../graph/layer-graph.ts";
import { listText } from "../layers/text.ts";
import type { Argument, LayerStatement } from "../syntax/ast.ts";
import type { CallResult, RunBody } from "./calls.ts";
import { finishCall, hasRoom, isInCircle, lostCall, takeTrainable } from "./calls.ts";
import type { Frame, GivenInputs, ModelRun } from "./context.ts";
import { convertArgument } from "./convert.ts";
import { currentTensor } from "./current.ts";
import { evaluate } from "./expressions.ts";
import { defineFileNames } from "./imports.ts";
import { statementSpan } from "./layers.ts";
import { findTensor, memberPath } from "./lookup.ts";
import { bindParameters } from "./parameters.ts";
import type { ModelBinding, Tensor } from "./scope.ts";
import { Scope } from "./scope.ts";
import { valueText } from "./values.ts";
import { withBlanksBefore } from "../source/blanks.ts";

/** Carries out a use of a model as a statement: the current tensor takes the place of its input. */
export function callModel(
  statement: LayerStatement,
  binding: ModelBinding,
  frame: Frame,
  run: RunBody,
): CallResult {
  const { elaboration } = frame;
  const { model, unit } = binding;
  const { headSpan, body } = statement;
  elaboration.calledModels.add(model);
  if (body !== undefined) {
    elaboration.report("CNN142", `\`${model.name}\` takes no braces`, body.span);
  }
  if (isInCircle(model, model.name, headSpan, frame) || !hasRoom(frame, headSpan)) return lostCall(frame);
  const { given, trainable } = takeTrainable(statement, model.parameters, frame);
  const { inputs, weights, parameters } = sortArguments(given, binding);
  const givenInputs = takeInputs(statement, inputs, binding, frame);
  const inside = enterModel(statement, binding, givenInputs, frame);
  const site = {
    callee: model.name,
    parameters: model.parameters,
    given: parameters,
    declaration: model.span,
    span: headSpan,
    isByNameOnly: true,
  };
  const isSound = bindParameters(site, frame, inside);
  if (!model.hasBraces) defineFileNames(unit, inside, []);
  const result = finishCall(statement, inside, trainable, () =>
    run({ statements: model.statements, span: model.span }, inside),
  );
  const file = weights === undefined ? undefined : weightsFile(weights, model.name, frame);
  if (file !== undefined && !frame.model.isDry) {
    const { first, end } = result.layers;
    elaboration.pretrained.push({
      origin: originOf(model, inside),
      depth: inside.path.length,
      file,
      first,
      end,
      namePrefix: inside.modelPrefix,
      span: weights!.value.span,
    });
  }
  if (!isSound) return { ...result, tensor: "lost" };
  const last = inside.model.outputs.at(-1);
  return last === undefined ? result : { ...result, tensor: last.tensor };
}

/** A model with the values that its parameters have in the frame of its statements. */
export function originOf({ name, span, parameters }: ModelBinding["model"], inside: Frame): ModelOrigin {
  const values = parameters.flatMap(({ name: { name } }) => {
    const binding = inside.scope.own(name);
    return binding?.kind === "value" ? [[name, valueText(binding.value)]] : [];
  });
  return { name, span, parameters: Object.fromEntries(values) as Record<string, string> };
}

/** The argument for a file of weights, and what other libraries call it. */
const weightsWords: ReadonlySet<string> = new Set(["weights", "pretrained"]);

/** Parameters go first; what is left may name an input, or be `weights`. */
function sortArguments(
  given: readonly Argument[],
  { model }: ModelBinding,
): { inputs: readonly Argument[]; weights: Argument | undefined; parameters: readonly Argument[] } {
  const parameters = new Set(model.parameters.map(({ name }) => name.name));
  const inputNames = new Set(model.inputs.flatMap(({ name }) => (name === undefined ? [] : [name.name])));
  const isOwn = ({ name }: Argument) => name === undefined || parameters.has(name.name);
  const inputs = given.filter((each) => !isOwn(each) && inputNames.has(each.name!.name));
  const weights = given.find((each) => !isOwn(each) && weightsWords.has(each.name!.name));
  return { inputs, weights, parameters: given.filter((each) => !inputs.includes(each) && each !== weights) };
}

/** The tensors for a model's inputs: those given by name, and the current one for the one that is left. */
function takeInputs(
  statement: LayerStatement,
  given: readonly Argument[],
  { model }: ModelBinding,
  frame: Frame,
): GivenInputs {
  const { elaboration } = frame;
  const byName = new Map<string, Tensor>();
  for (const { name, value } of given) byName.set(name!.name, tensorOf(value, frame));
  const call = statementSpan(statement);
  const left = model.inputs.filter(({ name }) => name === undefined || !byName.has(name.name));
  if (left.length <= 1) return { current: currentTensor(frame, statement.headSpan), byName, call };
  const names = left.map(({ name }) => name?.name ?? "one without a name");
  elaboration.report(
    "CNN144",
    `\`${model.name}\` has several inputs: ${listText(names)}`,
    statement.headSpan,
    {
      labels: left.map(({ span }) => ({ span, text: "an input" })),
      help: "the current tensor goes to one of them; name the tensors of the others: `name=tensor`",
    },
  );
  return { current: "lost", byName, call };
}

function tensorOf(value: Argument["value"], frame: Frame): Tensor {
  if (value.kind === "member") return findTensor(frame, memberPath(value))?.tensor ?? "lost";
  if (value.kind === "word" || value.kind === "dimension") {
    const { name, span } = value;
    return findTensor(frame, { parts: [{ name, span }], span })?.tensor ?? "lost";
  }
  frame.elaboration.report("CNN125", "an input of a used model takes a tensor's name", value.span);
  return "lost";
}

/** What other libraries download in place of a file. */
const downloads = /^(?:imagenet(?:1k_v[12])?|coco|default|pretrained|noisy-student)$/i;

/** The file of `weights="file"`; reported and undefined where that is no file. */
function weightsFile(argument: Argument, model: string, frame: Frame): string | undefined {
  const { value, span, name } = argument;
  const said = value.kind === "text" ? value.value : "name" in value ? value.name : "";
  if (name?.name === "weights" && !downloads.test(said)) return textOf(argument, frame);
  frame.elaboration.report("CNN600", "weights come from a file; nothing is downloaded here", span, {
    help: `bring a file of Keras' or PyTorch's, \`weights="${model}.safetensors"\`; without one the weights are random`,
    fix: {
      title: "start from random weights",
      edits: [{ span: withBlanksBefore(span), text: "" }],
      isUnsafe: true,
    },
  });
  return undefined;
}

function textOf({ value: expression }: Argument, frame: Frame): string | undefined {
  const slot = {
    word: "weights",
    name: "file",
    spec: { role: "text", default: undefined, positional: false, aliases: [], documentation: "" },
    expression,
    frame,
  } as const;
  return convertArgument(slot, evaluate(expression, frame))?.value as string | undefined;
}

function enterModel(
  statement: LayerStatement,
  { model, unit }: ModelBinding,
  given: GivenInputs,
  frame: Frame,
): Frame {
  const { elaboration } = frame;
  const label = statement.label?.name;
  const scopeFrame: ScopeFrame = {
    kind: "model",
    name: model.name,
    label,
    span: statementSpan(statement),
    instance: elaboration.nextInstance(),
  };
  const run: ModelRun = {
    definition: model,
    isMain: false,
    isDry: frame.model.isDry,
    inputs: [],
    outputs: [],
    given,
  };
  const prefix = elaboration.names.callPrefix(frame.labelPrefix, label ?? model.name);
  return {
    ...frame,
    unit,
    scope: new Scope(model.hasBraces ? unit.scope : undefined, model.statements, true),
    flow: { current: model.inputs.length === 0 ? given.current : "none" },
    model: run,
    path: [...frame.path, scopeFrame],
    labelPrefix: prefix,
    modelPrefix: prefix,
    level: model.hasBraces ? "model" : "file",
    branches: undefined,
    depth: frame.depth + 1,
    calls: [...frame.calls, { declaration: model, name: model.name, span: statement.headSpan }],
  };
}
