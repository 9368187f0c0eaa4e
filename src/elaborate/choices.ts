import { listText } from "../layers/text.ts";
import type { Argument, Expression, Parameter, Statement } from "../syntax/ast.ts";
import type { Frame } from "./context.ts";
import { visitStatements } from "./files.ts";
import { didYouMean, replacement } from "./lookup.ts";
import type { Value } from "./values.ts";
import { shortened } from "./values.ts";
import { isValueWord } from "./words.ts";

const choicesOfParameters = new WeakMap<Parameter, readonly string[]>();

/**
 * The words of its own that a parameter may be. `variant = keras` has a word for its default that stands for nothing else:
 * then the words are this one and those that the model and the file's blocks compare the parameter with, as in
 * `variant == torchvision`. Empty for all other parameters, and where the parameter is compared with no word: such a default
 * is a mistake. `frame` is that of the body whose parameter it is.
 */
export function choicesOf(parameter: Parameter, frame: Frame): readonly string[] {
  const { name, defaultValue } = parameter;
  if (defaultValue?.kind !== "word" || !isFreeWord(defaultValue.name, frame)) return [];
  let choices = choicesOfParameters.get(parameter);
  if (choices === undefined) {
    const compared = comparedWords(name.name, frame);
    choices = compared.size === 0 ? [] : [...new Set([defaultValue.name, ...compared])];
    choicesOfParameters.set(parameter, choices);
  }
  return choices;
}

/** The word right of `==` or `!=` stands for itself where no value has its name and it is compared with a word. */
export function comparedWord(left: Value, right: Expression, frame: Frame): readonly string[] {
  if (right.kind !== "word" || (left.kind !== "word" && left.kind !== "missing")) return [];
  return isFreeWord(right.name, frame) ? [right.name] : [];
}

/** Whether an argument is a word that the parameter cannot be; reported then. */
export function isWrongChoice(
  callee: string,
  parameter: string,
  choices: readonly string[],
  { value, span }: Pick<Argument, "value" | "span">,
  outside: Frame,
): boolean {
  if (choices.length === 0) return false;
  const title = `\`${callee}\`: ${parameter} takes ${listText(choices, "or")}`;
  if (value.kind === "text") {
    outside.elaboration.report("CNN125", `${title}, but this is a text`, span, {
      ...(choices.includes(value.value)
        ? { help: "words stand without quotes", fix: replacement(value.span, value.value) }
        : didYouMean({ name: value.value, span: value.span }, choices)),
    });
    return true;
  }
  if (value.kind !== "word" || choices.includes(value.name) || !isFreeWord(value.name, outside)) return false;
  const message = `${title}, but this is ${shortened(value.name)}`;
  outside.elaboration.report("CNN127", message, span, didYouMean(value, choices));
  return true;
}

/** Whether a word has no meaning: neither the language's nor that of a value here. */
function isFreeWord(word: string, { scope }: Frame): boolean {
  if (["yes", "no", "true", "false"].includes(word) || isValueWord(word)) return false;
  return scope.find(word)?.binding.kind !== "value";
}

function comparedWords(parameter: string, { unit, model }: Frame): ReadonlySet<string> {
  const words = new Set<string>();
  visitStatements(unit.program.statements, (statement) => {
    const waiting = expressionsOf(statement).reverse();
    for (let each = waiting.pop(); each !== undefined; each = waiting.pop()) {
      if (each.kind === "binary" && (each.operator === "==" || each.operator === "!=")) {
        const { left, right } = each;
        if (left.kind === "word" && left.name === parameter && right.kind === "word") words.add(right.name);
      }
      waiting.push(...[...partsOf(each)].reverse());
    }
    return statement.kind !== "model" || statement === model.definition.statement;
  });
  return words;
}

/** The expressions of a statement alone, without those of the statements in its braces. */
function expressionsOf(statement: Statement): Expression[] {
  switch (statement.kind) {
    case "layer":
      return statement.arguments.map(({ value }) => value);
    case "let":
      return [statement.value];
    case "repeat":
      return [statement.count];
    case "for":
      return [statement.values];
    case "if":
      return statement.branches.map(({ condition }) => condition);
    default:
      return [];
  }
}

function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "unary":
      return [expression.operand];
    case "binary":
      return [expression.left, expression.right];
    case "parenthesized":
      return [expression.expression];
    case "call":
      return expression.arguments.map(({ value }) => value);
    case "tuple":
    case "list":
      return expression.items;
    case "shape":
      return expression.parts;
    default:
      return [];
  }
}
