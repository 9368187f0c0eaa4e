import type { ShapedLayer } from "../analyze/shaped-graph.ts";
import { argumentEdits, headWord, removalEdits } from "../analyze/fixes.ts";
import type { Fix } from "../diagnostics/diagnostic.ts";
import { spanText } from "../source/source-file.ts";
import { activationOf } from "./layer-facts.ts";
import { withBlanksBefore } from "../source/blanks.ts";

/** Sets arguments of a layer's statement; none where a block's call decides one of them. */
export function setArguments(
  { node }: ShapedLayer,
  change: Readonly<Record<string, string>>,
  title: string,
): Fix | undefined {
  if (Object.keys(change).some((name) => node.argumentOrigins?.[name] !== undefined)) return undefined;
  const edits = argumentEdits(node, change);
  return edits && { title, edits };
}

/** Takes an argument out of a layer's statement. */
export function removeArgument({ node }: ShapedLayer, name: string, title: string): Fix | undefined {
  const span = node.argumentSpans[name];
  if (span === undefined || node.argumentOrigins?.[name] !== undefined) return undefined;
  return { title, edits: [{ span: withBlanksBefore(span), text: "" }] };
}

/** Takes a layer's statement out; none where it has a label, or where its word is a block's parameter. */
export function removeLayer({ node }: ShapedLayer, title: string): Fix | undefined {
  if (node.kind === "activation" && headWord(node.span) !== node.arguments["name"]) return undefined;
  const edits = removalEdits(node);
  return edits && { title, edits };
}

/** Gives a layer another activation: its argument, or the word of a statement that is one. */
export function setActivation(layer: ShapedLayer, activation: string, title: string): Fix | undefined {
  const { node } = layer;
  if (node.kind !== "activation") return setArguments(layer, { activation }, title);
  const word = activationOf(layer);
  if (headWord(node.span) !== word) return undefined;
  const start = node.span.start + spanText(node.span).lastIndexOf(word);
  return { title, edits: [{ span: { ...node.span, start }, text: activation }] };
}

/** Lets the two statements change places. */
export function swapLayers({ node: one }: ShapedLayer, { node: other }: ShapedLayer): Fix | undefined {
  const isPlain = [one, other].every(({ labelled }) => !labelled);
  const isNear = one.span.file === other.span.file && one.scope.at(-1)?.span === other.scope.at(-1)?.span;
  if (!isPlain || !isNear) return undefined;
  return {
    title: `let ${one.kind} and ${other.kind} change places`,
    edits: [
      { span: one.span, text: spanText(other.span) },
      { span: other.span, text: spanText(one.span) },
    ],
  };
}
