import { statementRemoval } from "../diagnostics/edits.ts";
import type { Fix, Label, TextEdit } from "../diagnostics/diagnostic.ts";
import { atLeast, compare } from "../graph/dim.ts";
import type { LayerId, LayerNode } from "../graph/layer-graph.ts";
import type { ArgumentTable, Problem, SuggestedChange } from "../layers/definition.ts";
import { layerDefinition } from "../layers/index.ts";
import { placeText, type Span } from "../source/source-file.ts";
import { spanText } from "../source/source-file.ts";
import { matchingChanges } from "./misfits.ts";
import type { Trial } from "./other-inputs.ts";
import { otherInput } from "./other-inputs.ts";
import { originOf } from "./origins.ts";
import type { LayerRecord } from "./shapes.ts";

type Records = ReadonlyMap<LayerId, LayerRecord>;

/** What can be done about a problem. */
interface Suggestions {
  readonly help: string | undefined;
  readonly fix: Fix | undefined;
  /** At the model's input, where another shape of it would do. */
  readonly label: Label | undefined;
}

interface Candidate {
  readonly target: LayerNode;
  readonly suggestion: Pick<SuggestedChange, "change" | "values">;
  readonly title: string;
}

/**
 * The help line and the fix that a problem's suggestions come to, of those that apply here; beside them another shape of
 * the input with which the layer has been tried. A change that was tried in vain is no fix.
 */
export function suggestionsFor(
  node: LayerNode,
  problem: Problem,
  records: Records,
  trial: Trial,
): Suggestions {
  const applicable = (problem.suggestions ?? []).flatMap((suggestion) => {
    const target = targetOf(node, suggestion, records);
    return target !== undefined && isApplicable(target, suggestion, records) ? [{ suggestion, target }] : [];
  });
  const titled = applicable.map(({ suggestion, target }) => ({
    target,
    suggestion,
    title: suggestion.title.replace("{place}", placeText(target.span, node.span)),
  }));
  const isSettled = titled.some(({ suggestion }) => suggestion.change !== "remove");
  const matching = isSettled
    ? undefined
    : matchingChanges(node, problem, records).find(({ target, values }) =>
        trial(node, { ...target, arguments: { ...target.arguments, ...values } }),
      );
  const other = otherInput(node, problem, records, trial);
  const others = other === undefined ? [] : [other.title];
  const helps = [
    ...(other?.isLikely === true ? others : []),
    ...titled.map(({ title }) => title),
    ...(matching === undefined ? [] : [matching.title]),
    ...(problem.help === undefined || matching !== undefined || other?.isLikely === true
      ? []
      : [problem.help]),
    ...(other?.isLikely === false ? others : []),
  ];
  const help = helps.length === 0 ? undefined : helps.join(", or ");
  const candidates: readonly Candidate[] = [
    ...titled.filter(({ suggestion }) => suggestion.change !== "remove"),
    ...(matching === undefined
      ? []
      : [{ target: matching.target, suggestion: matching, title: matching.title }]),
    ...titled.filter(({ suggestion }) => suggestion.change === "remove"),
  ];
  const fixes = candidates.flatMap(({ target, suggestion: { change, values }, title }): Fix[] => {
    if (!isOwnLine(target)) return [];
    const edits = change === "remove" ? removalEdits(target) : argumentEdits(target, change);
    if (edits === undefined) return [];
    const changed = { ...target, arguments: { ...target.arguments, ...values } };
    return values === undefined || trial(node, changed) ? [{ title, edits, isUnsafe: true }] : [];
  });
  const fix = other?.isLikely === true ? (other.fix ?? fixes[0]) : (fixes[0] ?? other?.fix);
  return { help, fix, label: other?.label };
}

function targetOf(node: LayerNode, { layer }: SuggestedChange, records: Records): LayerNode | undefined {
  return layer === "self" ? node : originOf(node, layer.originOfInput, layer.axis, records);
}

function isApplicable(
  target: LayerNode,
  { layer, change, values }: SuggestedChange,
  records: Records,
): boolean {
  if (change === "remove") return true;
  const table = argumentTable(target);
  const fits = Object.entries(change).every(([name, text]) => {
    const spec = table[name];
    return (
      spec !== undefined && (spec.words === undefined || spec.words.includes(text) || /^[\d(]/.test(text))
    );
  });
  if (!fits || values === undefined || layer === "self") return fits;
  return enlarges(target, values, records);
}

/** Whether the layer's output grows somewhere, and shrinks nowhere, with other arguments. */
function enlarges(target: LayerNode, values: LayerNode["arguments"], records: Records): boolean {
  const { inputShapes, shape } = records.get(target.id)!.shaped;
  if (shape === undefined || inputShapes.some((input) => input === undefined)) return false;
  const changed = layerDefinition(target.kind).inferShape({
    inputs: inputShapes as readonly (readonly NonNullable<typeof shape>[number][])[],
    arguments: { ...target.arguments, ...values },
    inputNames: inputShapes.map(() => ""),
    report: () => undefined,
  });
  if (changed?.shape.length !== shape.length) return false;
  return (
    changed.shape.every((dim, axis) => atLeast(dim, shape[axis]!) === "yes") &&
    changed.shape.some((dim, axis) => compare(dim, shape[axis]!) === "unequal")
  );
}

/** The arguments the user may give in this statement. */
function argumentTable(node: LayerNode): ArgumentTable {
  const definition = layerDefinition(node.kind);
  const variant = definition.wordVariants?.[headWord(node.span) ?? ""];
  return variant?.arguments ?? definition.arguments;
}

/** A change of a line that runs many times, or that another file holds, would change more than this layer. */
function isOwnLine(node: LayerNode): boolean {
  return node.scope.every((frame) => frame.kind === "branch");
}

/** Sets arguments of a statement, given as source text; undefined where its text is not at hand. */
export function argumentEdits(
  node: LayerNode,
  change: Readonly<Record<string, string>>,
): readonly TextEdit[] | undefined {
  if (headWord(node.span) === undefined) return undefined;
  const table = argumentTable(node);
  return Object.entries(change).map(([name, text]) => {
    const given = node.argumentSpans[name];
    if (given !== undefined) {
      const spelled = /^(\w+\s*=\s*)/.exec(spanText(given))?.[1] ?? "";
      return { span: given, text: `${spelled}${text}` };
    }
    const spec = table[name]!;
    const standsAlone = spec.role === "activation" || (spec.words?.includes(text) ?? false);
    const at = insertionPoint(node, name, Object.keys(table));
    return {
      span: { file: node.span.file, start: at, end: at },
      text: ` ${standsAlone ? text : `${name}=${text}`}`,
    };
  });
}

/** After the last argument given that the table has before this one, or else after the statement's word. */
function insertionPoint(node: LayerNode, name: string, order: readonly string[]): number {
  const before = order.slice(0, order.indexOf(name));
  const ends = before.flatMap((each) => node.argumentSpans[each]?.end ?? []);
  const word = /^(?:\w+\s*:\s*)?\w+/.exec(spanText(node.span))!;
  return Math.max(node.span.start + word[0].length, ...ends);
}

/** Takes the statement out: its whole line where it has one of its own, else itself with one separator. */
export function removalEdits(node: LayerNode): readonly TextEdit[] | undefined {
  return node.labelled || headWord(node.span) === undefined ? undefined : statementRemoval(node.span);
}

/** The word a statement begins with, its label aside; undefined where the span is not a statement's text. */
export function headWord(span: Span): string | undefined {
  return /^(?:\w+\s*:\s*)?([A-Za-z_]\w*)/.exec(spanText(span))?.[1];
}
