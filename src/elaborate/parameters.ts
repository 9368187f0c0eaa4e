import { spanText, type Span } from "../source/source-file.ts";
import type { Argument, Identifier, Parameter, Word } from "../syntax/ast.ts";
import { suggestRelatedName } from "../diagnostics/suggest.ts";
import { listText } from "../layers/text.ts";
import { type Choices, choicesOf, freeChoices, isWrongChoice } from "./choices.ts";
import type { Frame } from "./context.ts";
import { evaluate } from "./expressions.ts";
import { defineName, didYouMean, replacement } from "./lookup.ts";
import type { Value } from "./values.ts";
import { missing, shortened, valueText } from "./values.ts";
import { isValueWord } from "./words.ts";

/** A call of a block or model, whose arguments become the values of its parameters. */
export interface CallSite {
  readonly callee: string;
  readonly parameters: readonly Parameter[];
  readonly given: readonly Argument[];
  /** Where the callee is declared. */
  readonly declaration: Span;
  readonly span: Span;
  /** A model takes its parameters by name alone. */
  readonly isByNameOnly: boolean;
}

interface GivenValue {
  readonly value: Value;
  readonly span: Span;
}

/**
 * Defines the parameters in the frame of the called body (`inside`) from the arguments of the call, which are evaluated
 * where it stands (`outside`), or from their defaults. What is wrong is reported, and the parameter's value missing.
 *
 * @returns whether every argument found its place: else what the call gives is not what was meant
 */
export function bindParameters(site: CallSite, outside: Frame, inside: Frame): boolean {
  const choices = new Map(site.parameters.map((each) => [each.name.name, choicesOf(each, inside)]));
  const given = placeArguments(site, choices, outside);
  const { elaboration } = outside;
  for (const { name, defaultValue } of site.parameters) {
    const argument = given.get(name.name);
    let value: Value;
    if (argument !== undefined) value = withOrigin(argument, site.callee, outside.calls.length);
    else if (defaultValue !== undefined)
      value = evaluate(defaultValue, inside, choices.get(name.name)!.words);
    else {
      value = missing;
      if (!given.has("")) {
        elaboration.report("CNN122", `\`${site.callee}\` needs \`${name.name}\``, site.span, {
          labels: [{ span: site.declaration, text: "declared here" }],
          help: `such as \`${signature(site)}\``,
        });
      }
    }
    defineName(elaboration, inside.scope, name, { kind: "value", value, what: "parameter", span: name.span });
  }
  return !given.has("");
}

/** A value that comes through several calls is blamed on the outermost. */
function withOrigin({ value, span }: GivenValue, callee: string, depth: number): Value {
  if (value.kind === "missing" || value.origin !== undefined) return value;
  return { ...value, origin: { span, callee, depth } };
}

/** How the call looks with every value that has no default: `residual filters=…`. */
function signature({ callee, parameters }: CallSite): string {
  const needed = parameters.filter(({ defaultValue }) => defaultValue === undefined);
  return [callee, ...needed.map(({ name }) => `${name.name}=…`)].join(" ");
}

/** The arguments by parameter; the key "" is there where an argument was wrong and so may have been any of them. */
function placeArguments(
  site: CallSite,
  choices: ReadonlyMap<string, Choices>,
  outside: Frame,
): Map<string, GivenValue> {
  const placed = new Map<string, GivenValue>();
  const wrong: GivenValue = { value: missing, span: site.span };
  const place = (name: string, argument: Argument) => {
    const earlier = placed.get(name);
    const { span, value } = argument;
    if (earlier === undefined) {
      const words = choices.get(name)!;
      const parameter = site.parameters.find((each) => each.name.name === name)!;
      const isWrong = isWrongChoice(site.callee, parameter, words, argument, outside);
      const known = freeChoices(words, outside);
      placed.set(name, { value: isWrong ? missing : evaluate(value, outside, known), span });
      return;
    }
    outside.elaboration.report("CNN121", `\`${site.callee}\`: ${name} is given twice`, span, {
      labels: [{ span: earlier.span, text: "first given here" }],
    });
  };
  const names = site.parameters.map(({ name }) => name.name);
  for (const argument of site.given) {
    if (argument.name === undefined) continue;
    const name = names.includes(argument.name.name)
      ? argument.name.name
      : modelAlias(argument.name.name, names);
    if (name !== undefined) place(name, argument);
    else {
      reportUnknownParameter(site, argument.name, names, outside);
      placed.set("", wrong);
    }
  }
  let next = 0;
  for (const argument of site.given) {
    if (argument.name !== undefined) continue;
    const bare = bareFlag(argument, site.parameters, outside);
    if (bare !== undefined) {
      reportBareFlag(site, bare, outside);
      placed.set(bare.name, wrong);
      continue;
    }
    while (next < names.length && placed.has(names[next]!)) next += 1;
    if (isTensor(argument, outside)) {
      reportTensor(site, argument, outside);
      placed.set(names[next] ?? "", wrong);
    } else if (next < names.length && !site.isByNameOnly) place(names[next]!, argument);
    else {
      reportTooMany(site, argument, names, outside);
      placed.set("", wrong);
    }
  }
  return placed;
}

/** A yes-or-no parameter's own name in positional place, as a flag of a layer is said: `unit 8 twice`. */
function bareFlag({ value }: Argument, parameters: readonly Parameter[], { scope }: Frame): Word | undefined {
  if (value.kind !== "word" || isValueWord(value.name) || scope.find(value.name) !== undefined)
    return undefined;
  const usual = parameters.find(({ name }) => name.name === value.name)?.defaultValue;
  return usual?.kind === "word" && ["yes", "no", "true", "false"].includes(usual.name) ? value : undefined;
}

function reportBareFlag(
  { callee, declaration }: CallSite,
  { name, span }: Word,
  { elaboration }: Frame,
): void {
  elaboration.report("CNN127", `\`${callee}\`: \`${name}\` stands without a value`, span, {
    labels: [{ span: declaration, text: "declared here" }],
    help: `write \`${name}=yes\``,
    fix: replacement(span, `${name}=yes`),
  });
}

function isTensor({ value }: Argument, { scope }: Frame): boolean {
  if (value.kind !== "word" && value.kind !== "dimension") return false;
  const found = scope.find(value.name);
  return found?.binding.kind === "tensor" && !found.isHidden;
}

function reportTensor({ callee }: CallSite, { span }: Argument, { elaboration }: Frame): void {
  const name = shortened(spanText(span));
  elaboration.report("CNN115", `\`${name}\` is a tensor, which \`${callee}\` cannot be given`, span, {
    help: `a block works on the current tensor and takes values alone: merge with \`${name}\` before or after the call`,
  });
}

/** Keras' spelling of a model's usual parameter. */
function modelAlias(name: string, names: readonly string[]): string | undefined {
  return name === "include_top" && names.includes("top") ? "top" : undefined;
}

function reportUnknownParameter(
  { callee, declaration }: CallSite,
  name: Identifier,
  names: readonly string[],
  { elaboration }: Frame,
): void {
  const help = names.length === 0 ? `\`${callee}\` takes no arguments` : `it takes ${listText(names)}`;
  const related =
    didYouMean(name, names).help === undefined ? suggestRelatedName(name.name, names) : undefined;
  elaboration.report("CNN120", `\`${callee}\` has no parameter \`${shortened(name.name)}\``, name.span, {
    labels: [{ span: declaration, text: "declared here" }],
    help,
    ...(related === undefined
      ? didYouMean(name, names)
      : {
          help: `did you mean \`${related}\`?`,
          fix: { ...replacement(name.span, related), isUnsafe: true },
        }),
  });
}

function reportTooMany(
  { callee, declaration, isByNameOnly }: CallSite,
  { value: expression, span }: Argument,
  names: readonly string[],
  outside: Frame,
): void {
  const value = evaluate(expression, outside);
  const isRoom = isByNameOnly && names.length > 0;
  const message = isRoom
    ? `\`${callee}\` is a model and takes its parameters by name`
    : names.length === 0
      ? `\`${callee}\` takes no arguments`
      : `\`${callee}\` takes ${listText(names)}; this is one value too many`;
  outside.elaboration.report("CNN123", message, span, {
    labels: [{ span: declaration, text: "declared here" }],
    ...(isRoom && value.kind !== "missing" ? { help: `such as \`${names[0]!}=${valueText(value)}\`` } : {}),
  });
}
