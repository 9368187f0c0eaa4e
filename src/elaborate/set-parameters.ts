import { listText } from "../layers/text.ts";
import { isOption } from "../source/source-file.ts";
import type { Expression, Parameter } from "../syntax/ast.ts";
import { type Choices, choicesOf, isWrongChoice } from "./choices.ts";
import type { Frame } from "./context.ts";
import { evaluate, isNoValue } from "./expressions.ts";
import { numberWords } from "./foreign-words.ts";
import { defineName, didYouMean } from "./lookup.ts";
import { Scope } from "./scope.ts";
import { missing, shortened } from "./values.ts";

/** Defines the model's parameters: what `--set` says, or the default. */
export function setParameters(frame: Frame): void {
  const { elaboration, model, scope } = frame;
  const { parameters, name: callee, span } = model.definition;
  const settings = elaboration.options.parameters ?? new Map<string, never>();
  const names = parameters.map(({ name }) => name.name);
  const outside = { ...frame, scope: new Scope(undefined, [], true) };
  for (const [name, expression] of settings) {
    if (names.includes(name)) continue;
    const help =
      names.length === 0
        ? `\`${callee}\` has no parameters`
        : `it has the ${names.length === 1 ? "parameter" : "parameters"} ${listText(names)}`;
    const { help: near = help } = didYouMean({ name, span: expression.span }, names);
    const { file } = expression.span;
    // On the command line the name begins the option's text.
    const place = isOption(file) ? { file, start: 0, end: name.length } : expression.span;
    elaboration.report("CNN151", `\`${callee}\` has no parameter \`${name}\``, place, {
      help: near,
    });
  }
  for (const parameter of parameters) {
    const { name, defaultValue } = parameter;
    const setting = settings.get(name.name);
    const choices = choicesOf(parameter, frame);
    let value = missing;
    if (setting !== undefined) {
      const given = { value: setting, span: setting.span };
      const isWrong =
        isWrongChoice(callee, parameter, choices, given, outside) ||
        isUnknownWord(parameter, setting, choices, outside);
      if (!isWrong) value = evaluate(setting, outside, choices.words);
      if (value.kind !== "missing") value = { ...value, origin: { span: setting.span, callee, depth: -1 } };
    } else if (defaultValue !== undefined) value = evaluate(defaultValue, frame, choices.words);
    else {
      elaboration.report(
        "CNN152",
        `the parameter \`${name.name}\` of \`${callee}\` has no value`,
        name.span,
        {
          labels: [{ span, text: "the model" }].filter((label) => label.span !== name.span),
          help: `set it with \`--set ${name.name}=…\`, or give it a default: \`${name.name} = …\``,
        },
      );
    }
    defineName(elaboration, scope, name, { kind: "value", value, what: "parameter", span: name.span });
  }
}

/** Whether a parameter is set to a word that means nothing; what it takes, as its default shows, is said then. */
function isUnknownWord(
  { name: { name }, defaultValue }: Parameter,
  setting: Expression,
  { words }: Choices,
  outside: Frame,
): boolean {
  if (setting.kind !== "word" || numberWords.has(setting.name) || !isNoValue(setting, outside, words))
    return false;
  const taken = takenBy(defaultValue, outside.model.definition.parameters);
  if (taken === undefined) return false;
  outside.elaboration.report("CNN111", `there is no value \`${shortened(setting.name)}\``, setting.span, {
    help: `\`${name}\` takes ${taken}`,
  });
  return true;
}

/** What a parameter takes that has this default, where that is plain: a parameter's name stands for that one's default. */
function takenBy(defaultValue: Expression | undefined, parameters: readonly Parameter[]): string | undefined {
  if (defaultValue?.kind === "number") return `a number, such as ${defaultValue.text}`;
  if (defaultValue?.kind === "binary" || defaultValue?.kind === "call") return "a number";
  if (defaultValue?.kind !== "word") return undefined;
  if (["yes", "no", "true", "false"].includes(defaultValue.name)) return "yes or no";
  const earlier = parameters.find(({ name }) => name.name === defaultValue.name)?.defaultValue;
  return earlier?.kind === "number" ? takenBy(earlier, parameters) : undefined;
}
