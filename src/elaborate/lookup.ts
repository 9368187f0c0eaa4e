import { nearestNames } from "../diagnostics/suggest.ts";
import type { Fix } from "../diagnostics/diagnostic.ts";
import { listText } from "../layers/text.ts";
import type { Span } from "../source/source-file.ts";
import type { Identifier, Member, Path } from "../syntax/ast.ts";
import type { Frame, Elaboration } from "./context.ts";
import { findDeclaration } from "./files.ts";
import type { AmbiguousBinding, Binding, Scope, TensorBinding } from "./scope.ts";
import { shortened } from "./values.ts";
import { reservedMeaning } from "./words.ts";

/** Gives a name its meaning in the current scope; reports a name that is taken or reserved, which then means nothing new. */
export function defineName(
  elaboration: Elaboration,
  scope: Scope,
  { name, span }: Identifier,
  binding: Binding,
): void {
  const meaning = reservedMeaning(name);
  const earlier = scope.own(name);
  if (meaning !== undefined) {
    elaboration.report("CNN114", `\`${name}\` cannot be a name: it is ${meaning}`, span, {
      help: `choose another name, such as \`my_${name}\``,
    });
    if (binding.kind === "block" || binding.kind === "shared" || binding.kind === "model")
      elaboration.misnamed.add(name);
    // Elsewhere the word keeps its meaning.
    return;
  } else if (earlier !== undefined && !scope.imported.delete(name)) {
    // A block is defined before the statements around it; the place further down is the one at fault.
    const isEarlier = earlier.span.file === span.file && earlier.span.start > span.start;
    const [first, second] = isEarlier ? [span, earlier.span] : [earlier.span, span];
    elaboration.report("CNN113", `\`${shortened(name)}\` is defined twice`, second, {
      labels: [{ span: first, text: "first defined here" }],
      help: "give one of them another name",
    });
    return;
  }
  scope.set(name, binding);
}

/** `a tensor`, `a block`: what a name stands for. */
export function describeBinding(binding: Binding): string {
  switch (binding.kind) {
    case "value":
      return {
        parameter: "a parameter",
        let: "a `let`",
        "loop name": "a loop's name",
        dimension: "a dimension",
      }[binding.what];
    case "tensor":
      return "a tensor";
    case "block":
      return "a block";
    case "shared":
      return "a shared instance";
    case "model":
      return "a model";
    case "library":
      return "a used file";
    case "ambiguous":
      return "a name of several used files";
  }
}

/** Reports a name that several used files give. */
export function reportAmbiguous(
  { bindings }: AmbiguousBinding,
  { name, span }: Identifier,
  elaboration: Elaboration,
): void {
  elaboration.report("CNN113", `\`${shortened(name)}\` comes from several used files`, span, {
    labels: bindings.map((binding) => ({ span: binding.span, text: "one is here" })),
    help: "give one of the files a name: `use … as parts`, then `parts.…`",
  });
}

/** Where a word should read otherwise: the fix that replaces it. */
export function replacement(span: Span, text: string): Fix {
  return { title: `write \`${text}\``, edits: [{ span, text }] };
}

/** Did you mean: help and fix for a word; nothing where no candidate is near. */
export function didYouMean(
  { name, span }: Identifier,
  candidates: Iterable<string>,
): { readonly help?: string; readonly fix?: Fix } {
  const nearest = nearestNames(name, candidates);
  const near = nearest[0] ?? abbreviated(name, candidates);
  if (near === undefined) return {};
  const others = nearest.filter((other) => !isFormOf(other, near) && !isFormOf(near, other));
  // `block_3` for `block_2` may be a slip, or a part that is not written yet.
  const isUnsafe = others.length > 0 || name.length === 1 || digitsOf(name) !== digitsOf(near);
  const asked = [...new Set([near, ...others])].slice(0, 3).map((each) => `\`${each}\``);
  return { help: `did you mean ${listText(asked, "or")}?`, fix: { ...replacement(span, near), isUnsafe } };
}

/** Whether a name is another one with an ending: `strides` of `stride`. */
function isFormOf(name: string, stem: string): boolean {
  return name.startsWith(stem);
}

/** The only candidate, its longer forms aside, that a short word begins: `s` for `stride` and `strides`. */
function abbreviated(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > 3) return undefined;
  const fitting = [...candidates].filter((candidate) => candidate.startsWith(name));
  return fitting.every((candidate) => candidate.startsWith(fitting[0]!)) ? fitting[0] : undefined;
}

function digitsOf(name: string): string {
  return name.replace(/\D+/g, "");
}

/** Reports a name that is not known here: defined later, defined further in, hidden in the caller, or misspelt. */
export function reportUnknownName(
  frame: Frame,
  identifier: Identifier,
  candidates: Iterable<string>,
  noun: string,
  otherHelp?: string,
): void {
  const { elaboration } = frame;
  if (elaboration.isFull) return;
  const { name, span } = identifier;
  const shown = `\`${shortened(name)}\``;
  // A label that cannot be a name was reported where it stands.
  if (reservedMeaning(name) !== undefined && isDeclared(frame, name)) return;
  if (frame.scope.find(name)?.isHidden === true) {
    elaboration.report("CNN115", `${shown} is a tensor outside of this block`, span, {
      help: "a block sees its own tensors and the one it is called on; values reach it as arguments",
    });
    return;
  }
  const later = laterDeclaration(frame.scope, identifier);
  if (later !== undefined) {
    const { line } = later.file.position(later.start);
    elaboration.report("CNN112", `${shown} is defined later, at line ${line}`, span, {
      labels: [{ span: later, text: "defined here" }],
      help: "a name is used after its definition; put the definition first",
    });
    return;
  }
  const inner = findDeclaration(frame.unit.program.statements, name, true);
  const summaryName =
    noun === "tensor" && inner === undefined ? helpForUnlabelled(name, elaboration) : undefined;
  const suggestion = summaryName === undefined ? didYouMean(identifier, candidates) : { help: summaryName };
  if (suggestion.help === undefined && frame.scope.mayLackNames) return;
  if (suggestion.help === undefined && inner !== undefined) {
    if (isWithinOwnLet(inner, identifier)) {
      elaboration.report("CNN112", `${shown} is used in its own definition`, span, {
        labels: [{ span: inner, text: "defined here" }],
        help: "a name has one value, which cannot change; give the new value another name",
      });
      return;
    }
    const isValue = noun === "value";
    elaboration.report("CNN111", `${shown} is not seen here`, span, {
      labels: [{ span: inner, text: "seen only in the braces around this" }],
      help: isValue
        ? "define it before the braces, in the scope where it is used"
        : "label the call and write `call.name`, or label what the braces give",
    });
    return;
  }
  elaboration.report("CNN111", `there is no ${noun} ${shown}`, span, {
    ...(otherHelp === undefined ? {} : { help: otherHelp }),
    ...suggestion,
  });
}

/** `it gives \`my_net\``: what can be named of a used file; undefined where that is much, or nothing. */
export function namesGiven(names: readonly string[]): string | undefined {
  if (names.length === 0 || names.length > mostNamesGiven) return undefined;
  return `it gives ${listText(names.map((name) => `\`${name}\``))}`;
}

const mostNamesGiven = 3;

/** What can be named instead, where that is not much. */
function helpForLabels(labels: readonly string[]): string {
  const shown = labels.map((label) => `\`${label}\``);
  if (shown.length === 0) return "a label names a tensor: `x: conv 32 3x3`";
  return shown.length > mostNamesGiven
    ? `a label names a tensor, as \`${labels[0]!}\` does`
    : `${shown.length === 1 ? "there is" : "there are"} ${listText(shown)}`;
}

/** Whether the file gives the name to anything, wherever that stands. */
function isDeclared({ unit }: Frame, name: string): boolean {
  const { statements } = unit.program;
  const isParameter = statements.some(
    (each) =>
      (each.kind === "model" || each.kind === "block") &&
      each.parameters.some((parameter) => parameter.name.name === name),
  );
  return isParameter || findDeclaration(statements, name, true) !== undefined;
}

/** Whether a name stands in the value that it is given: `let a = a + 1`. */
function isWithinOwnLet(declared: Span, { span }: Identifier): boolean {
  if (declared.file !== span.file || declared.end > span.start) return false;
  const between = span.file.text.slice(declared.end, span.start);
  return /^[ \t]*=[^;\n]*$/.test(between);
}

/** For a name that the summary gives a layer or input, and that the program does not. */
function helpForUnlabelled(name: string, { nodes }: Elaboration): string | undefined {
  const node = nodes.find((each) => each.name === name);
  if (node === undefined) return undefined;
  return node.kind === "input"
    ? "give the input a name of its own: `input image …`, then `image`"
    : "a layer is reached by its label: write one before it, `here: …`, then `here`";
}

/** Where a scope around the use defines the name, but only after it. */
function laterDeclaration(scope: Scope, { name, span }: Identifier): Span | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    const declared = findDeclaration(at.statements, name);
    if (declared?.file === span.file && declared.start >= span.start) return declared;
    if (declared === undefined || at.own(name) !== undefined) continue;
    if (declared.file !== span.file) return undefined;
  }
  return undefined;
}

/** `call.inner` in the place of a value, as the path that it is; the parser joins what stands before the last dot. */
export function memberPath({ object, property, span }: Member): Path {
  return { parts: [...namesIn(object), property], span };
}

/** The names that dots join in one word: `outer.inner`. */
export function namesIn({ name, span }: Identifier): readonly Identifier[] {
  let { start } = span;
  return name.split(".").map((part) => {
    const own = { ...span, start, end: start + part.length };
    start = own.end + 1;
    return { name: part, span: own };
  });
}

/** The tensor that `x`, `call.inner` or `left` names; reported and undefined where there is none. */
export function findTensor(frame: Frame, path: Path): TensorBinding | undefined {
  const { elaboration } = frame;
  const [first, ...rest] = path.parts;
  if (first === undefined) return undefined;
  const found = frame.scope.find(first.name);
  if (found === undefined || found.isHidden) {
    const labels = [...frame.scope.visibleNames("tensor")];
    reportUnknownName(frame, first, labels, "tensor", helpForLabels(labels));
    return undefined;
  }
  let { binding } = found;
  for (const [index, part] of rest.entries()) {
    const holder = path.parts[index]!;
    const inner = binding.kind === "tensor" ? binding.inner : undefined;
    if (binding.kind === "tensor" && inner === undefined) {
      if (binding.tensor === "lost") return undefined;
      elaboration.report("CNN115", `\`${holder.name}\` is a layer; there is nothing within it`, part.span, {
        help: "only the label of a call reaches further in",
      });
      return undefined;
    }
    const next = inner?.own(part.name);
    if (next?.kind !== "tensor") {
      if (inner?.isIncomplete !== true) {
        const candidates = inner === undefined ? [] : [...inner.ownNames()].map(([name]) => name);
        const message = `there is no tensor \`${shortened(part.name)}\` in \`${holder.name}\``;
        elaboration.report("CNN111", message, part.span, didYouMean(part, candidates));
      }
      return undefined;
    }
    binding = next;
  }
  if (binding.kind !== "tensor") {
    elaboration.report(
      "CNN115",
      `\`${shortened(first.name)}\` is ${describeBinding(binding)}, not a tensor`,
      path.span,
      { labels: [{ span: binding.span, text: "defined here" }] },
    );
    return undefined;
  }
  return binding;
}
