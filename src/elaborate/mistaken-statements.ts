import type { Fix } from "../diagnostics/diagnostic.ts";
import { suggestName } from "../diagnostics/suggest.ts";
import { isActivationName } from "../layers/activations.ts";
import { layerWords } from "../layers/index.ts";
import type { Identifier, LayerStatement, Statement } from "../syntax/ast.ts";
import { isSectionWord } from "../syntax/section-words.ts";
import type { Frame } from "./context.ts";
import { layerInWords, nativeSpelling } from "./layer-words.ts";
import { replacement } from "./lookup.ts";
import { shortened } from "./values.ts";

// Statements that are nearly right: what was meant by them.

/** `brach { … }`, `left branch { … }`, or the only layer between branches; which of several go together is not known. */
export function branchMeant(
  statement: Statement,
  { scope }: Frame,
): { readonly help?: string; readonly fix?: Fix } {
  if (statement.kind === "layer" && statement.body !== undefined) {
    const { name, arguments: given } = statement;
    const [first] = given;
    if (first?.name === undefined && first?.value.kind === "word" && first.value.name === "branch") {
      const edits = [{ span: { ...name.span, end: first.span.start }, text: "" }];
      return { help: "a branch has no name", fix: { title: "leave its name out", edits } };
    }
    if (suggestName(name.name, ["branch"]) !== undefined)
      return { help: "did you mean `branch`?", fix: replacement(name.span, "branch") };
  }
  const isAlone = scope.statements.every(
    (each) => each === statement || (each.kind === "layer" && each.name.name === "branch"),
  );
  if (!isAlone || scope.statements.length < 2) return {};
  const { start, end, file } = statement.span;
  const edits = [
    { span: { file, start, end: start }, text: "branch { " },
    { span: { file, start: end, end }, text: " }" },
  ];
  return { fix: { title: "put it into a branch", edits, isUnsafe: true } };
}

/** `stem conv 32 3x3`: a label without its colon, which is reported. */
export function withLabel(statement: LayerStatement, frame: Frame): LayerStatement {
  const { name, label, arguments: given } = statement;
  const [first, ...rest] = given;
  if (label !== undefined || first?.name !== undefined || first?.value.kind !== "word") return statement;
  const { name: word, span } = first.value;
  const isLayer =
    name.name !== "merge" &&
    layerWords.has(word) &&
    !isActivationName(word) &&
    layerInWords(statement) === undefined;
  const isLabel =
    isLayer && !isSectionWord(name.name) && name.name !== "branch" && isUnknownWord(name, frame);
  if (!isLabel) return statement;
  const { file, end } = name.span;
  frame.elaboration.report("CNN110", `there is no layer or block \`${shortened(name.name)}\``, name.span, {
    help: `a colon stands behind a label: \`${shortened(name.name)}: ${word} …\``,
    fix: { title: "write a colon", edits: [{ span: { file, start: end, end }, text: ":" }] },
  });
  return { ...statement, label: name, name: { name: word, span }, arguments: rest };
}

/** Whether a word is no layer, no name, nor near one. */
function isUnknownWord({ name }: Identifier, { scope, elaboration }: Frame): boolean {
  if (layerWords.has(name) || elaboration.isFull || scope.mayLackNames || name.includes(".")) return false;
  if (scope.find(name) !== undefined || nativeSpelling(name) !== undefined) return false;
  return (
    suggestName(name, [...scope.visibleNames("block", "shared", "model"), ...layerWords.keys()]) === undefined
  );
}

/** `resnet50` after `use resnet as r`. */
export function suggestPrefix(
  { name, span }: Identifier,
  { scope }: Frame,
): { readonly help: string; readonly fix: Fix } | undefined {
  for (const prefix of scope.visibleNames("library")) {
    const library = scope.find(prefix)?.binding;
    if (library?.kind !== "library" || library.unit.scope.given(name) === undefined) continue;
    return { help: `here it is \`${prefix}.${name}\``, fix: replacement(span, `${prefix}.${name}`) };
  }
  return undefined;
}
