import type { ShapedGraph, ShapedLayer } from "../analyze/shaped-graph.ts";
import { type Diagnostic, DiagnosticSink, type Label } from "../diagnostics/diagnostic.ts";
import { add, atLeast, compare, type Dim, known, multiply, product } from "../graph/dim.ts";
import type { Requirement } from "../graph/layer-graph.ts";
import { grouped } from "../layers/text.ts";
import type { Span } from "../source/source-file.ts";
import type { Network } from "./network.ts";

const bytesOfFloat32 = 4;

/** Lines that add less than this share of a figure are not marked. */
const leastShare = 0.01;

/** A figure that a budget may be set for. */
interface Quantity {
  /** What the figure counts: `the model has 5 parameters`. */
  readonly noun: string;
  readonly isInBytes?: boolean;
  /** What one layer adds to the figure. */
  ofLayer(layer: ShapedLayer): Dim;
  ofModel(totals: ShapedGraph["totals"]): Dim;
}

/** Weights that several uses share are counted at the first. */
function own(layer: ShapedLayer, count: Dim): Dim {
  return layer.node.sharesWeightsOf === undefined ? count : known(0);
}

function bytes(count: Dim): Dim {
  return multiply(count, bytesOfFloat32);
}

const quantities: Readonly<Record<string, Quantity>> = {
  params: {
    noun: "parameters",
    ofLayer: (layer) => own(layer, layer.parameters),
    ofModel: ({ parameters }) => parameters,
  },
  trainable_params: {
    noun: "trainable parameters",
    ofLayer: (layer) => own(layer, layer.trainableParameters),
    ofModel: ({ trainableParameters }) => trainableParameters,
  },
  macs: {
    noun: "multiply-accumulates",
    ofLayer: ({ multiplyAccumulates }) => multiplyAccumulates,
    ofModel: ({ multiplyAccumulates }) => multiplyAccumulates,
  },
  size: {
    noun: "weights",
    isInBytes: true,
    ofLayer: (layer) => own(layer, bytes(layer.parameters)),
    ofModel: ({ weightBytes }) => weightBytes,
  },
  memory: {
    noun: "weights and tensors of one example",
    isInBytes: true,
    ofLayer: (layer) => bytes(add(own(layer, layer.parameters), product(layer.shape ?? []))),
    ofModel: ({ weightBytes, activationBytes }) => add(weightBytes, activationBytes),
  },
};

/** Budgets such as `require params < 5M` that the model does not keep, or that cannot be decided. */
export function checkRequirements(network: Network): readonly Diagnostic[] {
  const sink = new DiagnosticSink();
  for (const requirement of network.model.graph.requirements) {
    if (requirement.quantity === "receptive_field") checkReceptiveField(requirement, network, sink);
    else checkFigure(requirement, quantities[requirement.quantity]!, network, sink);
  }
  return sink.diagnostics;
}

function checkFigure(
  requirement: Requirement,
  quantity: Quantity,
  network: Network,
  sink: DiagnosticSink,
): void {
  const { operator, limit, span } = requirement;
  const figure = quantity.ofModel(network.model.totals);
  const kept = keeps(figure, operator, limit);
  if (kept === "yes") return;
  const shown = figureText(figure, quantity, requirement);
  if (kept === "unknown") {
    reportOpen(requirement, `the model has ${shown}`, sink);
    return;
  }
  const difference = figure.value === undefined ? undefined : Math.abs(figure.value - limit);
  const isTooMuch = operator === "<" || operator === "<=";
  const apart =
    difference === undefined || difference === 0
      ? ""
      : `: ${figureText(known(Math.ceil(difference)), { ...quantity, noun: "" }, requirement).trim()} too ${isTooMuch ? "many" : "few"}`;
  sink.report("CNN590", `the model has ${shown}${operator === "==" ? "" : apart}`, span, {
    text: "the budget",
    labels: isTooMuch ? contributors(quantity, figure, network, requirement) : [],
    help: isTooMuch ? "the lines marked take the most" : "raise the model's sizes, or the budget",
  });
}

/** The statements that add the most, what runs several times or stands in used files counted where this file says so. */
function contributors(
  quantity: Quantity,
  figure: Dim,
  { layers, file }: Network,
  requirement: Requirement,
): readonly Label[] {
  const places = new Map<number, { span: Span; sum: number; runs: number }>();
  for (const layer of layers) {
    const span = [layer.node.span, ...layer.node.scope.map((frame) => frame.span).reverse()].find(
      (each) => each.file === file,
    );
    const value = quantity.ofLayer(layer).value ?? 0;
    if (span === undefined || value === 0) continue;
    const place = places.get(span.start) ?? { span, sum: 0, runs: 0 };
    places.set(span.start, { span, sum: place.sum + value, runs: place.runs + 1 });
  }
  const total = figure.value ?? Infinity;
  return [...places.values()]
    .sort((one, other) => other.sum - one.sum)
    .filter(({ sum }, rank) => rank < 3 && sum >= leastShare * total)
    .map(({ span, sum, runs }) => ({
      span,
      text: `${figureText(known(sum), { ...quantity, noun: "" }, requirement).trim()}, ${Math.round((100 * sum) / total)} %${runs > 1 ? `, in ${runs} layers` : ""}`,
    }));
}

/** What a cell of the last feature map sees, before what comes after joins all cells. */
function checkReceptiveField(requirement: Requirement, network: Network, sink: DiagnosticSink): void {
  const { operator, limit, span } = requirement;
  const field = fieldOf(network);
  if (field === undefined) {
    reportOpen(
      requirement,
      "the model has no feature map",
      sink,
      "images and sequences have one: leave it out",
    );
    return;
  }
  if (field === "all") return;
  if (field.every((cells) => keeps(known(cells), operator, limit) === "yes")) return;
  sink.report("CNN590", `the last feature map sees ${field.join("x")} cells of the input`, span, {
    text: "the budget",
    help: "a window, stride or pool earlier on lets every later layer see more: `cnn explain` shows each layer",
  });
}

function fieldOf({ model }: Network): readonly number[] | "all" | undefined {
  let at: number | undefined = model.graph.outputs[0]?.layer;
  while (at !== undefined) {
    const layer: ShapedLayer = model.layer(at);
    const { receptiveField, node } = layer;
    if (receptiveField?.every((cells) => cells !== "all") === true)
      return receptiveField as readonly number[];
    if (node.kind === "attention") return "all";
    at = node.inputs[0];
  }
  return undefined;
}

function reportOpen(
  { text, quantity, operator, span }: Requirement,
  message: string,
  sink: DiagnosticSink,
  help = "sizes that are known decide it, such as `--input 224x224x3`",
): void {
  sink.report(
    "CNN591",
    `${message}: whether \`${quantity} ${operator} ${text}\` holds cannot be decided`,
    span,
    {
      severity: "warning",
      help,
    },
  );
}

function keeps(figure: Dim, operator: Requirement["operator"], limit: number): "yes" | "no" | "unknown" {
  switch (operator) {
    case ">=":
      return atLeast(figure, known(Math.ceil(limit)));
    case ">":
      return atLeast(figure, known(Math.floor(limit) + 1));
    case "<":
      return opposite(atLeast(figure, known(Math.ceil(limit))));
    case "<=":
      return opposite(atLeast(figure, known(Math.floor(limit) + 1)));
    case "==": {
      const order = Number.isInteger(limit) ? compare(figure, known(limit)) : "unequal";
      return order === "equal" ? "yes" : order === "unequal" ? "no" : "unknown";
    }
  }
}

function opposite(answer: "yes" | "no" | "unknown"): "yes" | "no" | "unknown" {
  return answer === "unknown" ? answer : answer === "yes" ? "no" : "yes";
}

/** `1,234 parameters`; bytes in the budget's own unit: `12.34MB of weights`. */
function figureText(figure: Dim, { noun, isInBytes }: Quantity, { limit, text }: Requirement): string {
  const { value } = figure;
  if (isInBytes !== true || value === undefined) return `${grouped(figure.toString())} ${noun}`;
  const unit = /[A-Za-z]+$/.exec(text)?.[0] ?? "";
  const number = Number(text.slice(0, text.length - unit.length).replaceAll("_", ""));
  const of = noun === "" ? "" : ` of ${noun}`;
  if (unit === "" || number === 0) return `${grouped(String(value))} bytes${of}`;
  return `${Number(((value * number) / limit).toPrecision(4))} ${unit}${of}`;
}
