import type { Diagnostic, Label } from "../diagnostics/diagnostic.ts";
import type { LowerBound } from "../graph/dim.ts";
import { shapeText, solveAtLeast } from "../graph/dim.ts";
import type { LayerId, LayerNode, ScopeFrame } from "../graph/layer-graph.ts";
import { axisName } from "../layers/axes.ts";
import type { Problem } from "../layers/definition.ts";
import { listText } from "../layers/text.ts";
import { placeText, type Span } from "../source/source-file.ts";
import { suggestionsFor } from "./fixes.ts";
import type { Trial } from "./other-inputs.ts";
import { roundingLabels } from "./other-inputs.ts";
import { originOf } from "./origins.ts";
import { flatteningLayer, keepingLabels, shrinkingLabels } from "./misfits.ts";
import type { LayerRecord } from "./shapes.ts";

/** A mistake as a layer's rule saw it, and the layer. */
export interface Finding {
  readonly node: LayerNode;
  readonly problem: Problem;
}

type Records = ReadonlyMap<LayerId, LayerRecord>;

const mostCallLabels = 3;

/** Of one mistake at one statement, however often it runs. */
const mostFindings = 20;

/** The findings as diagnostics with places; one for a line that fails alike each time it runs. */
export function problemDiagnostics(
  findings: readonly Finding[],
  records: Records,
  trial: Trial,
): readonly Diagnostic[] {
  const instances = instancesByStatement(findings, records);
  const told = new Set<string>();
  const seen = new Map<string, number>();
  const diagnostics: Diagnostic[] = [];
  for (const finding of withStrongestConditions(findings, records)) {
    const statement = `${finding.problem.code} ${spanKey(finding.node.span)}`;
    const times = seen.get(statement) ?? 0;
    if (times >= mostFindings) continue;
    seen.set(statement, times + 1);
    const site =
      decidingArgument(finding) ?? siteOf(finding.node, instances.get(spanKey(finding.node.span))!);
    const key = `${statement} ${spanKey(site)}`;
    if (told.has(key)) continue;
    told.add(key);
    diagnostics.push(diagnosticOf(finding, site, records, trial));
  }
  return diagnostics;
}

function diagnosticOf({ node, problem }: Finding, site: Span, records: Records, trial: Trial): Diagnostic {
  const { code, message, severity = "error", condition, arithmetic, notes = [] } = problem;
  const { text = condition === undefined ? "" : `right only where ${condition.text}` } = problem;
  const place = (problem.argument && node.argumentSpans[problem.argument]) || node.span;
  const own: Label = { span: place, text, ...(arithmetic === undefined ? {} : { arithmetic }) };
  const isAtLine = site === node.span;
  const isCondition = isOpen({ node, problem });
  const isArgument = site === decidingArgument({ node, problem });
  const primary: Label = isAtLine
    ? own
    : {
        span: site,
        text: isArgument ? "decided here" : isCondition ? text : `${node.kind} fails in this call`,
      };
  const { help, fix, label } = suggestionsFor(node, problem, records, trial);
  const labels = [
    ...(isAtLine ? [] : [isCondition ? { ...own, text: `asked for by this ${node.kind}` } : own]),
    ...causeLabels(node, problem, records),
    ...keepingLabels(node, problem, records),
    ...(problem.contradicts ?? []).map(({ layer, text: asked }) => ({
      span: records.get(layer)!.shaped.node.span,
      text: `this asks for ${asked}`,
    })),
    ...roundingLabels(node, problem, records),
    ...shrinkingLabels(node, problem, records),
    ...(isAtLine ? callLabels(node) : []),
    ...(label === undefined ? [] : [label]),
  ];
  return {
    code,
    severity,
    message,
    primary,
    labels: distinctLabels(primary, labels),
    notes: [...notes, ...passNotes(node, records)],
    ...(help === undefined ? {} : { help }),
    ...(fix === undefined ? {} : { fix }),
  };
}

/** A label at each layer that made the input what it is, with its shapes and arithmetic. */
function causeLabels(node: LayerNode, { code, causes = [] }: Problem, records: Records): readonly Label[] {
  const flattening =
    code === "CNN202" && node.inputs.length === 1 ? flatteningLayer(node, records) : undefined;
  if (flattening !== undefined && flattening.kind !== "input") {
    return [
      {
        span: flattening.span,
        text: "after this there are no rows and columns",
        ...originArithmetic(flattening, [], [], records),
      },
    ];
  }
  const axesByOrigin = new Map<LayerNode, { input: number; axis: number | undefined }[]>();
  for (const { input, axis } of causes) {
    const origin = originOf(node, input, axis, records);
    axesByOrigin.set(origin, [...(axesByOrigin.get(origin) ?? []), { input, axis }]);
  }
  return [...axesByOrigin].map(([origin, axes]) => {
    const { shape: input } = records.get(node.inputs[axes[0]!.input]!)!.shaped;
    const shape = input ?? [];
    const sizes = axes.flatMap(({ axis }) => (axis === undefined ? [] : [axis]));
    const [only = 0] = sizes;
    const text =
      sizes.length === 1 && shape.length > 2
        ? `its ${axisName(shape, only)} ${shape[only]!.toString()}`
        : `it ${shapeText(sizes.length === 0 ? shape : sizes.map((axis) => shape[axis]!))}`;
    if (origin.kind === "input")
      return { span: origin.span, text: sizes.length === 0 ? "" : `this makes ${text}` };
    return {
      span: origin.span,
      text: `this layer made ${text}`,
      ...originArithmetic(origin, sizes, shape, records),
    };
  });
}

/** `3x3x32 → 1x1x64   (3 - 3)/1 + 1 = 1` */
function originArithmetic(
  origin: LayerNode,
  axes: readonly number[],
  input: readonly unknown[],
  records: Records,
): { arithmetic?: string } {
  const { inputShapes, shape, derivations } = records.get(origin.id)!.shaped;
  if (shape === undefined || inputShapes.some((each) => each === undefined)) return {};
  const shapes = inputShapes.map((each) => shapeText(each!)).join(", ");
  const names = axes.map((axis) => axisName(shape.length === input.length ? shape : [], axis));
  const formulas = derivations.filter(({ axis }) => names.includes(axis)).map(({ formula }) => formula);
  return { arithmetic: [`${shapes} → ${shapeText(shape)}`, ...new Set(formulas)].join("   ") };
}

/** Where the calls stand that led to a layer, the innermost first. */
function callLabels(node: LayerNode): readonly Label[] {
  return callFrames(node)
    .slice(0, mostCallLabels)
    .map((frame) => ({ span: frame.span, text: "called from here" }));
}

/** The frames that are calls, the innermost first. */
function callFrames(node: LayerNode): readonly ScopeFrame[] {
  return node.scope.filter(({ kind }) => kind === "block" || kind === "model" || kind === "shared").reverse();
}

function distinctLabels(primary: Label, labels: readonly Label[]): readonly Label[] {
  const seen = new Set([spanKey(primary.span)]);
  return labels.filter(({ span }) => {
    const key = spanKey(span);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Where a block's call gives the argument at fault. */
function decidingArgument({ node, problem }: Finding): Span | undefined {
  const names = [...(problem.argument === undefined ? [] : [problem.argument]), ...(problem.decidedBy ?? [])];
  return names.map((name) => node.argumentOrigins?.[name]).find((span) => span !== undefined);
}

/** `this is pass 4 of the loop in line 2`, for the innermost loop in which a layer stands. */
function passNotes(node: LayerNode, records: Records): readonly string[] {
  const depth = node.scope.findLastIndex(({ kind }) => kind === "repeat" || kind === "for");
  const frame = node.scope[depth];
  if (frame === undefined) return [];
  const outer = node.scope[depth - 1]?.instance;
  const passes = new Set<number>();
  for (const { shaped } of records.values()) {
    const other = shaped.node.scope[depth];
    if (other === undefined || spanKey(other.span) !== spanKey(frame.span)) continue;
    if (shaped.node.scope[depth - 1]?.instance === outer) passes.add(other.instance);
    if (other.instance === frame.instance) break;
  }
  return [`this is pass ${passes.size} of the loop in ${placeText(frame.span, node.span)}`];
}

interface Instance {
  readonly node: LayerNode;
  readonly failed: boolean;
}

/** Every time that the statements with findings ran on a known input, and whether it failed. */
function instancesByStatement(
  findings: readonly Finding[],
  records: Records,
): ReadonlyMap<string, readonly Instance[]> {
  const instances = new Map<string, Instance[]>(findings.map(({ node }) => [spanKey(node.span), []]));
  for (const { shaped, problems } of records.values()) {
    const failed = problems.length > 0;
    if (failed || shaped.shape !== undefined) {
      instances.get(spanKey(shaped.node.span))?.push({ node: shaped.node, failed });
    }
  }
  return instances;
}

/**
 * Where a mistake is reported: at its line where that fails whenever it runs, else at the innermost call through which it
 * always fails, so that a call whose arguments alone are wrong is the one at fault. A line of another file than the model's
 * is never at fault before the call that led there.
 */
function siteOf(node: LayerNode, instances: readonly Instance[]): Span {
  const frames = callFrames(node);
  const outermost = frames[frames.length - 1];
  if (outermost === undefined) return node.span;
  const home = outermost.span.file;
  const failsAlways = (through: readonly Instance[]) => through.every(({ failed }) => failed);
  if (node.span.file === home && failsAlways(instances)) return node.span;
  for (const [depth, frame] of frames.entries()) {
    const key = spanKey(frame.span);
    const through = instances.filter((other) => {
      const same = callFrames(other.node)[depth];
      return same !== undefined && spanKey(same.span) === key;
    });
    if (frame.span.file === home && failsAlways(through)) return frame.span;
  }
  return outermost.span;
}

const fileNumbers = new WeakMap<Span["file"], number>();
let filesSeen = 0;

function spanKey({ file, start, end }: Span): string {
  let number = fileNumbers.get(file);
  if (number === undefined) {
    number = filesSeen += 1;
    fileNumbers.set(file, number);
  }
  return `${number}:${start}:${end}`;
}

/**
 * All findings, the open conditions of one layer said together; of those that ask one name to be at least a number only the
 * strongest of the model.
 */
function withStrongestConditions(findings: readonly Finding[], records: Records): readonly Finding[] {
  const open = new Map<LayerNode, Finding[]>();
  for (const finding of findings.filter(isOpen)) {
    open.set(finding.node, [...(open.get(finding.node) ?? []), finding]);
  }
  const strongest = strongestBounds(findings);
  return findings.flatMap((finding) => {
    const { node, problem } = finding;
    if (!isOpen(finding)) return [finding];
    const together = open.get(node)!;
    if (finding !== together[0]) return [];
    const said = together.filter((each) => strongest.get(each) !== "weaker");
    if (said.length === 0) return [];
    const bounds = said.map((each) => strongest.get(each)).filter((bound) => typeof bound === "object");
    const others = said.filter((each) => !strongest.has(each)).map((each) => each.problem.condition!.text);
    const texts = [...conditionTexts(bounds, records), ...others];
    const causes = said.flatMap((each) => each.problem.causes ?? []);
    return [{ node, problem: { ...problem, causes, text: `right only where ${listText(texts)}` } }];
  });
}

function isOpen({ problem }: Finding): boolean {
  return problem.condition !== undefined && problem.severity === "warning";
}

/** For each finding that asks a name to be at least a number: what it asks for, or that another asks for more. */
function strongestBounds(findings: readonly Finding[]): ReadonlyMap<Finding, LowerBound | "weaker"> {
  const bounds = new Map<Finding, LowerBound | "weaker">();
  const strongest = new Map<string, { bound: LowerBound; finding: Finding }>();
  for (const finding of findings) {
    const { condition } = finding.problem;
    if (condition?.asks.kind !== "at least" || !isOpen(finding)) continue;
    const bound = solveAtLeast(condition.asks.dim, condition.asks.minimum);
    if (bound === undefined) continue;
    const sofar = strongest.get(bound.key);
    const isStronger = sofar === undefined || bound.minimum > sofar.bound.minimum;
    bounds.set(finding, isStronger ? bound : "weaker");
    if (!isStronger) continue;
    if (sofar !== undefined) bounds.set(sofar.finding, "weaker");
    strongest.set(bound.key, { bound, finding });
  }
  return bounds;
}

/** `H >= 10` for a name, `the input's height and width are at least 4` for the unknowns of an input. */
function conditionTexts(bounds: readonly LowerBound[], records: Records): readonly string[] {
  const inputs = new Map<string, { owner: string; minimum: bigint; axes: string[] }>();
  const texts: string[] = [];
  for (const { name, key, minimum } of bounds) {
    const axis = name === "?" ? unknownAxis(key, records) : undefined;
    if (axis === undefined) {
      texts.push(`${name} >= ${minimum}`);
      continue;
    }
    const group = inputs.get(`${axis.owner} ${minimum}`) ?? { owner: axis.owner, minimum, axes: [] };
    inputs.set(`${axis.owner} ${minimum}`, group);
    group.axes.push(axis.name);
  }
  for (const { owner, minimum, axes } of inputs.values()) {
    texts.push(`${owner}'s ${listText(axes)} ${axes.length > 1 ? "are" : "is"} at least ${minimum}`);
  }
  return texts;
}

/** The input's axis that an unknown stands for. */
function unknownAxis(key: string, records: Records): { owner: string; name: string } | undefined {
  for (const { shaped } of records.values()) {
    const { node, shape } = shaped;
    if (node.kind !== "input" || shape === undefined) continue;
    const axis = shape.findIndex((dim) => solveAtLeast(dim, 1)?.key === key);
    if (axis >= 0) return { owner: node.labelled ? node.name : "the input", name: axisName(shape, axis) };
  }
  return undefined;
}
