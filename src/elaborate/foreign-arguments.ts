import type { Fix } from "../diagnostics/diagnostic.ts";
import { activationDefinition } from "../layers/activations.ts";
import { regularizers } from "../layers/arguments.ts";
import { type Span, spanText } from "../source/source-file.ts";
import type { Argument, Identifier } from "../syntax/ast.ts";
import type { ArgumentSite } from "./arguments.ts";
import { bareArguments } from "./foreign-words.ts";
import { replacement } from "./lookup.ts";
import type { TableView } from "./slots.ts";

// Arguments as other libraries and people write them.

/** What an argument of another library means here, which is reported; undefined where it is none. */
export function readForeign(argument: Argument, site: ArgumentSite): Argument | undefined {
  return readPenalty(argument, site) ?? readBareArgument(argument, site);
}

/** `conv 8 3x3 no_bias`. */
function readBareArgument(
  { name, value, span }: Argument,
  { table, frame, word }: ArgumentSite,
): Argument | undefined {
  if (name !== undefined || value.kind !== "word" || frame.scope.find(value.name) !== undefined)
    return undefined;
  const [own, answer] = bareArguments.get(value.name) ?? [];
  if (own === undefined || answer === undefined || !Object.hasOwn(table, own)) return undefined;
  const text = `${own}=${answer}`;
  frame.elaboration.report("CNN127", `${word.name} does not take the word \`${value.name}\``, span, {
    help: `write \`${text}\``,
    fix: replacement(span, text),
  });
  return { name: { name: own, span }, value: { kind: "word", name: answer, span }, span };
}

/** `kernel_regularizer=l2(0.01)`. */
function readPenalty(
  { name, value, span }: Argument,
  { table, frame, word }: ArgumentSite,
): Argument | undefined {
  const said = value.kind === "text" ? value.value.toLowerCase() : "";
  if (name !== undefined && Object.hasOwn(regularizers, said) && Object.hasOwn(table, said)) {
    const usual = `${said}=0.01`;
    frame.elaboration.report("CNN125", `${word.name}: a penalty is said by its own name`, span, {
      help: `with its factor: \`${usual}\`, which is Keras' for "${said}"`,
      fix: { ...replacement(span, usual), isUnsafe: true },
    });
    return { name: { name: said, span }, value: { kind: "number", text: "0.01", span: value.span }, span };
  }
  const [number, ...others] = value.kind === "call" ? value.arguments : [];
  const kind = value.kind === "call" ? value.callee.name.toLowerCase() : "";
  if (name === undefined || number === undefined || others.length > 0) return undefined;
  if (!Object.hasOwn(regularizers, kind) || !Object.hasOwn(table, kind)) return undefined;
  const text = `${kind}=${spanText(number.value.span)}`;
  frame.elaboration.report("CNN125", `${word.name}: a penalty is said by its own name`, span, {
    help: `write \`${text}\``,
    fix: replacement(span, text),
  });
  return { name: { name: kind, span }, value: number.value, span };
}

/** `leaky_relu=0.1`, `leaky_relu 0.1`: an activation with its parameter. */
export function activationNamed(
  { name }: Identifier,
  span: Span,
  view: TableView,
): { help: string; fix: Fix } | undefined {
  const takesActivation = view.entries.some(([, { role }]) => role === "activation");
  const value = /[\d.]+$/.exec(spanText(span))?.[0];
  if (!takesActivation || value === undefined || activationDefinition(name)?.parameter === undefined)
    return undefined;
  const text = `${name}(${value})`;
  return { help: `write \`${text}\``, fix: replacement(span, text) };
}
