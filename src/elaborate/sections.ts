import { type ArgumentValue, type Section, type Setting } from "../graph/layer-graph.ts";
import type { Span } from "../source/source-file.ts";
import { spanText } from "../source/source-file.ts";
import type { Expression, LayerStatement, Statement } from "../syntax/ast.ts";
import type { RunBody } from "./calls.ts";
import type { Elaboration, Frame } from "./context.ts";
import { evaluate } from "./expressions.ts";
import { toNumber } from "./rational.ts";
import type { Value } from "./values.ts";
import { describeValue, missing, shortened } from "./values.ts";
import { reservedMeaning } from "./words.ts";

/** Evaluates the settings of `train { … }` or `augment { … }`; what each means is judged by whoever trains. */
export function executeSection(statement: LayerStatement, frame: Frame, run: RunBody): void {
  const { elaboration, model } = frame;
  const { body, headSpan, arguments: given } = statement;
  const name = statement.name.name as Section["name"];
  if (frame.level === "inner") {
    elaboration.report("CNN105", `\`${name}\` stands directly in a model, not here`, headSpan);
  }
  if (given.length > 0 && body !== undefined) {
    elaboration.report("CNN123", `\`${name}\` takes its settings in braces`, given[0]!.span);
  }
  if (body === undefined && given.length > 0) return reportSettingsBeside(statement, elaboration);
  const statements = body?.statements ?? settingsBelow(statement, frame);
  const settings = settingsOf(statements, name, frame, run);
  if (!model.isMain || model.isDry || frame.level === "inner") return;
  const earlier = elaboration.sections.find((section) => section.name === name);
  if (earlier !== undefined) {
    elaboration.report("CNN113", `there are two \`${name}\` sections`, headSpan, {
      labels: [{ span: earlier.span, text: "the first is here" }],
      help: "put the settings into one",
    });
    return;
  }
  elaboration.sections.push({ name, settings, span: headSpan });
}

/** `train batch=32 epochs=5`, which only the braces lack. */
function reportSettingsBeside(
  { name: { name, span }, arguments: given, headSpan }: LayerStatement,
  elaboration: Elaboration,
): void {
  const settings = given.map((argument) => spanText(argument.span).replace(/\s*=\s*/, " ")).join("; ");
  const text = `${name} { ${settings} }`;
  const isPlain = given.every((argument) => argument.name !== undefined);
  const whole = { ...span, end: given.at(-1)!.span.end };
  elaboration.report("CNN142", `\`${name}\` takes its settings in braces`, headSpan, {
    help: `\`${name} { ${shortened(settings)} }\``,
    ...(isPlain ? { fix: { title: "write braces", edits: [{ span: whole, text }] } } : {}),
  });
}

/** The statements after a section without braces that are no layers: they were meant to stand in it. */
function settingsBelow(statement: LayerStatement, { elaboration, scope }: Frame): readonly Statement[] {
  const { name, headSpan } = statement;
  const found: LayerStatement[] = [];
  const at = elaboration.isFull ? -1 : scope.statements.indexOf(statement);
  for (const next of at < 0 ? [] : scope.statements.slice(at + 1)) {
    if (next.kind !== "layer" || next.body !== undefined || next.label !== undefined) break;
    if (reservedMeaning(next.name.name) !== undefined || scope.find(next.name.name) !== undefined) break;
    found.push(next);
    elaboration.settingsWithoutBraces.add(next);
  }
  const { file, end } = headSpan;
  const last = found.at(-1)?.span.end;
  const edits = [
    { span: { file, start: end, end }, text: " {" },
    ...(last === undefined ? [] : [{ span: { file, start: last, end: last }, text: "\n}" }]),
  ];
  elaboration.report("CNN142", `\`${name.name}\` takes its settings in braces`, headSpan, {
    help: `\`${name.name} { … }\``,
    ...(last === undefined ? {} : { fix: { title: "write braces", edits } }),
  });
  return found;
}

function settingsOf(
  statements: readonly Statement[],
  section: string,
  frame: Frame,
  run: RunBody,
): readonly Setting[] {
  const settings: Setting[] = [];
  for (const statement of statements) {
    if (statement.kind === "layer" && statement.label === undefined && statement.body === undefined) {
      const setting = settingOf(statement, frame);
      if (setting !== undefined) settings.push(setting);
    } else if (statement.kind === "let") run({ statements: [statement], span: statement.span }, frame);
    else if (statement.kind !== "missing") {
      const message = `\`${section}\` holds settings alone: a word and its values`;
      const inner = statement.kind === "layer" ? statement.name.name : "";
      const isSection = (inner === "augment" || inner === "train") && inner !== section;
      const help = `\`${inner}\` stands after \`${section}\`, not in its braces`;
      frame.elaboration.report("CNN142", message, statement.span, isSection ? { help } : {});
    }
  }
  return settings;
}

/** Undefined where a value is a mistake: what the others come to without it is no matter. */
function settingOf({ name, arguments: given, headSpan }: LayerStatement, frame: Frame): Setting | undefined {
  const positional: { value: ArgumentValue; span: Span }[] = [];
  const named: Record<string, { value: ArgumentValue; span: Span }> = {};
  let isWhole = true;
  for (const argument of given) {
    const { span } = argument;
    const value = settingValue(evaluateSetting(argument.value, frame), span, frame);
    if (value === undefined) {
      isWhole = false;
      continue;
    }
    const key = argument.name?.name;
    if (key === undefined) positional.push({ value, span });
    else if (!Object.hasOwn(named, key)) named[key] = { value, span };
    else {
      frame.elaboration.report("CNN121", `${name.name}: ${shortened(key)} is given twice`, span, {
        labels: [{ span: named[key]!.span, text: "first given here" }],
      });
    }
  }
  return isWhole ? { name: name.name, positional, named, span: headSpan } : undefined;
}

/** A bare word is a name of a value where there is one, else itself: which words there are is not known here. */
function evaluateSetting(expression: Expression, frame: Frame): Value {
  if (expression.kind === "list") {
    const items = expression.items.map((item) => evaluateSetting(item, frame));
    return items.some(({ kind }) => kind === "missing") ? missing : { kind: "list", items };
  }
  const path = pathOf(expression, frame);
  if (path !== undefined) return { kind: "word", word: path };
  if (expression.kind !== "word" && expression.kind !== "dimension") return evaluate(expression, frame);
  const binding = frame.scope.find(expression.name)?.binding;
  if (binding?.kind === "value") return binding.value;
  return evaluate({ ...expression, kind: "word" }, frame, isAnswer(expression.name) ? [] : [expression.name]);
}

/** `train.csv`, which is no dimension of a tensor: whether it may stand so is for its setting to say. */
function pathOf({ kind, span }: Expression, { scope }: Frame): string | undefined {
  const [, name] = /^(\w+)\.\w+$/.exec(spanText(span)) ?? [];
  const isOfTensor = name === "in" || (name !== undefined && scope.find(name) !== undefined);
  return kind === "member" && !isOfTensor ? spanText(span) : undefined;
}

function isAnswer(word: string): boolean {
  return ["yes", "no", "true", "false"].includes(word);
}

function settingValue(value: Value, span: Span, frame: Frame): ArgumentValue {
  switch (value.kind) {
    case "number":
      return toNumber(value.number);
    case "truth":
      return value.truth;
    case "word":
      return value.word;
    case "text":
      return value.text;
    case "activation":
      return value.parameter === undefined
        ? { name: value.word }
        : { name: value.word, parameter: toNumber(value.parameter) };
    case "window":
    case "list":
    case "tuple": {
      const items = value.items.map((item) => settingValue(item, span, frame));
      if (items.every((item) => typeof item === "number")) return items;
      if (items.every((item) => typeof item === "string")) return items;
      break;
    }
    case "missing":
      return undefined;
    case "dimension":
      break;
  }
  frame.elaboration.reportValue("CNN125", `a setting cannot be ${describeValue(value)}`, value, span);
  return undefined;
}
