import { activationDefinition, activationNames, isActivationName } from "../layers/activations.ts";
import { layerWords } from "../layers/index.ts";
import { type ForeignNames, nativeName } from "../diagnostics/foreign-names.ts";
import { spanText } from "../source/source-file.ts";
import type { Call } from "../syntax/ast.ts";
import type { Frame } from "./context.ts";
import { numberFunctions } from "./functions.ts";
import { didYouMean, replacement } from "./lookup.ts";
import { reportFailure, reportUnknownDimension } from "./operators.ts";
import { compare, fromNumber, rationalText } from "./rational.ts";
import type { Value } from "./values.ts";
import { describeValue, missing, numberValue, shortened, valueText, withOriginOf } from "./values.ts";

export function isActivationCall({ callee }: Call): boolean {
  return isActivationName(callee.name);
}

/** Whether the function is unknown, which is then reported. */
export function reportUnknownFunction({ callee }: Call, { elaboration }: Frame): boolean {
  if (Object.hasOwn(numberFunctions, callee.name)) return false;
  if (layerWords.has(callee.name)) {
    elaboration.report("CNN133", `\`${callee.name}\` is a layer, no function`, callee.span, {
      help: "a layer is a statement: it stands in a line of its own, or after `;`",
    });
    return true;
  }
  if (callee.name === "range") {
    elaboration.report("CNN133", "there is no function `range`", callee.span, {
      help: "`for i in 0..2` counts from 0 to 2, both ends included; `repeat 3` counts nothing",
    });
    return true;
  }
  const native = nativeName(foreignFunctions, callee.name);
  if (native !== undefined) {
    elaboration.report("CNN133", `there is no function \`${callee.name}\``, callee.span, {
      help: `here it is \`${native}\``,
      fix: replacement(callee.span, native),
    });
    return true;
  }
  const operator = foreignOperators.get(callee.name);
  const names = [...Object.keys(numberFunctions), ...activationNames];
  elaboration.report("CNN133", `there is no function \`${shortened(callee.name)}\``, callee.span, {
    help: `there are ${Object.keys(numberFunctions).join(", ")}`,
    ...(operator === undefined ? didYouMean(callee, names) : { help: operator }),
  });
  return true;
}

/** What other languages call the functions. */
const foreignFunctions: ForeignNames = {
  floor: ["int", "trunc", "integer"],
  ceil: ["ceiling", "roundup"],
  divisible: ["make_divisible", "_make_divisible", "round_filters"],
  max: ["maximum"],
  min: ["minimum"],
  abs: ["fabs", "absolute"],
  round: ["rint"],
};

/** Functions of other languages for which there is something else here. */
const foreignOperators: ReadonlyMap<string, string> = new Map([
  ["pow", "a power is written `2 ** 3`"],
  ["exp2", "a power is written `2 ** 3`"],
  ["div", "`//` divides and rounds down"],
  ["mod", "`%` is what is left of a division"],
  ["len", "a list has no length here: give the number a name of its own"],
  [
    "enumerate",
    "`for i in 0..2` counts; values that belong together stand in parentheses: `[(0, 8), (1, 16)]`",
  ],
  ["zip", "values that belong together stand in parentheses: `[(64, 1), (128, 2)]`"],
]);

/** The result of a function of §5: exact numbers in, an exact number out. */
export function callFunction(call: Call, values: readonly Value[], frame: Frame): Value {
  const { elaboration } = frame;
  const { name } = call.callee;
  const definition = numberFunctions[name]!;
  const named = call.arguments.find((argument) => argument.name !== undefined);
  if (named !== undefined || values.length < definition.fewest || values.length > definition.most) {
    elaboration.report("CNN133", `\`${name}\` is called as ${definition.usage}`, (named ?? call).span);
    return missing;
  }
  if (values.some((value) => value.kind === "missing")) return missing;
  const [only] = values;
  // A dimension is a whole number already.
  if (only?.kind === "dimension" && values.length === 1 && ["floor", "ceil", "round", "abs"].includes(name)) {
    return only;
  }
  const numbers = [];
  for (const [index, value] of values.entries()) {
    const { span } = call.arguments[index]!;
    if (value.kind === "dimension") {
      reportUnknownDimension(`\`${name}\``, value, span, frame);
      return missing;
    }
    if (value.kind !== "number") {
      const message = `\`${name}\` takes numbers, but this is ${describeValue(value)}`;
      const items = spanText(span).replace(/^[[(]|[\])]$/g, "");
      const isList = (value.kind === "list" || value.kind === "tuple") && values.length === 1;
      elaboration.reportValue("CNN130", message, value, span, {
        ...(isList && items !== spanText(span)
          ? { help: `write \`${name}(${items})\``, fix: replacement(span, items) }
          : {}),
      });
      return missing;
    }
    numbers.push(value.number);
  }
  const result = definition.apply(numbers);
  if (typeof result !== "string") return withOriginOf(numberValue(result), ...values);
  const text = `${name}(${values.map(valueText).join(", ")})`;
  reportFailure(result, text, withOriginOf(values.at(-1)!, ...values), call.span, frame);
  return missing;
}

/** An activation with its parameter: `leaky_relu(0.1)`. */
export function callActivation(call: Call, values: readonly Value[], frame: Frame): Value {
  const { elaboration } = frame;
  const word = call.callee.name;
  const parameter = activationDefinition(word)!.parameter;
  const [argument, another] = call.arguments;
  if (argument === undefined) return { kind: "activation", word, parameter: undefined };
  if (parameter === undefined || another !== undefined) {
    const usage = parameter === undefined ? `\`${word}\` alone` : `\`${word}(${parameter.argumentDefault})\``;
    const isRelu6 = word === "relu" && spanText(argument.span) === "6";
    elaboration.report(
      "CNN133",
      `\`${word}\` is written ${usage}`,
      (parameter === undefined ? argument : another!).span,
      isRelu6 ? { help: "here it is `relu6`", fix: replacement(call.span, "relu6") } : {},
    );
    return missing;
  }
  const names = [parameter.name, ...parameter.aliases];
  if (argument.name !== undefined && !names.includes(argument.name.name)) {
    const message = `\`${word}\` has no parameter \`${shortened(argument.name.name)}\``;
    elaboration.report("CNN120", message, argument.name.span, {
      help: `it has \`${parameter.name}\``,
      ...didYouMean(argument.name, names),
    });
    return missing;
  }
  const value = values[0]!;
  if (value.kind === "missing") return missing;
  if (value.kind !== "number") {
    const message = `\`${word}\` takes a number, but this is ${describeValue(value)}`;
    elaboration.reportValue("CNN125", message, value, argument.value.span);
    return missing;
  }
  if (parameter.minimum !== undefined && compare(value.number, fromNumber(parameter.minimum)) < 0) {
    const message = `\`${word}\`: ${parameter.name} must be at least ${parameter.minimum}, but is ${rationalText(value.number)}`;
    elaboration.reportValue("CNN124", message, value, argument.value.span);
    return missing;
  }
  return withOriginOf({ kind: "activation", word, parameter: value.number }, value);
}
