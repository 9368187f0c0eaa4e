// lint/: what the field knows of models that compile and yet do not do what their writer hopes; budgets; `allow` comments. One
// file a rule, all of them in the table of rules.ts.
import type { ShapedGraph, ShapedLayer } from "../analyze/shaped-graph.ts";
import type { Diagnostic, Label } from "../diagnostics/diagnostic.ts";
import type { ScopeFrame } from "../graph/layer-graph.ts";
import type { Span } from "../source/source-file.ts";
import type { Program } from "../syntax/ast.ts";
import { type ClassCount, Network } from "./network.ts";
import { checkRequirements } from "./requirements.ts";
import type { Finding, LintCode, Rule } from "./rule.ts";
import { rules } from "./rules.ts";

export { type Allowed, suppress } from "./suppressions.ts";
export type { ClassCount } from "./network.ts";

/**
 * What every rule finds in a model without errors, as warnings at the program's own lines, and the budgets that it does not
 * keep, as errors. A statement that runs several times is told once. Time grows with the size of the model alone.
 */
export function lint(
  model: ShapedGraph,
  program: Program,
  classesOf: ClassCount = () => undefined,
): readonly Diagnostic[] {
  const network = new Network(model, program, classesOf);
  const diagnostics: Diagnostic[] = [...checkRequirements(network)];
  let instances: ReadonlyMap<string, number> | undefined;
  for (const [code, rule] of Object.entries(rules) as [LintCode, Rule][]) {
    const findings = [...rule(network)];
    if (findings.length === 0) continue;
    instances ??= instancesByStatement(network);
    for (const group of byPlace(findings, network)) {
      const diagnostic = diagnosticOf(code, group, instances);
      if (diagnostic !== undefined) diagnostics.push(diagnostic);
    }
  }
  return diagnostics;
}

/** How often each statement of the program runs. */
function instancesByStatement({ layers, file }: Network): ReadonlyMap<string, number> {
  const instances = new Map<string, number>();
  for (const { node } of layers) {
    if (node.span.file !== file) continue;
    const key = placeKey(node.span);
    instances.set(key, (instances.get(key) ?? 0) + 1);
  }
  return instances;
}

/** Findings at one statement together; those in used files are left out. */
function byPlace(findings: readonly Finding[], { file }: Network): Iterable<readonly Finding[]> {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const span = placeOf(finding);
    if (span.file !== file) continue;
    const group = groups.get(placeKey(span));
    if (group === undefined) groups.set(placeKey(span), [finding]);
    else group.push(finding);
  }
  return groups.values();
}

function diagnosticOf(
  code: LintCode,
  findings: readonly Finding[],
  instances: ReadonlyMap<string, number>,
): Diagnostic | undefined {
  const finding = findings[0]!;
  const { at, argument, message, text = "", arithmetic, labels = [], notes = [], help, fix } = finding;
  const place = placeOf(finding);
  const runs = isLayer(at) ? (instances.get(placeKey(place)) ?? 1) : 1;
  const isAlways = findings.length >= runs;
  if (finding.isOnlyAlways === true && !isAlways) return undefined;
  const span = (isLayer(at) && argument !== undefined && at.node.argumentSpans[argument]) || place;
  return {
    code,
    severity: "warning",
    message,
    primary: arithmetic === undefined ? { span, text } : { span, text, arithmetic },
    labels: distinct(span, isAlways || !isLayer(at) ? labels : [...labels, ...callLabels(at)]),
    notes: isAlways ? notes : [...notes, `in ${findings.length} of the ${runs} times that this line runs`],
    help,
    ...(fix === undefined || !isAlways
      ? {}
      : { fix: { ...fix, isUnsafe: finding.fixKeepsNetwork !== true } }),
  };
}

function callLabels({ node }: ShapedLayer): readonly Label[] {
  const isCall = ({ kind }: ScopeFrame): boolean => kind === "block" || kind === "model" || kind === "shared";
  const call = node.scope.findLast(isCall);
  return call === undefined ? [] : [{ span: call.span, text: "called from here" }];
}

function distinct(primary: Span, labels: readonly Label[]): readonly Label[] {
  const seen = new Set([placeKey(primary)]);
  return labels.filter(({ span }) => {
    const key = placeKey(span);
    if (span.file === primary.file && seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function isLayer(at: Finding["at"]): at is ShapedLayer {
  return "node" in at;
}

function placeOf({ at }: Finding): Span {
  return isLayer(at) ? at.node.span : at;
}

function placeKey({ start, end }: Span): string {
  return `${start}:${end}`;
}
