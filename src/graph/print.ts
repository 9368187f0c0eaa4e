import { shapeText } from "./dim.ts";
import type { Shape } from "./dim.ts";
import type { ArgumentValue, LayerGraph, LayerNode, ScopeFrame, Setting } from "./layer-graph.ts";

/**
 * A LayerGraph as text, one line a layer, for tests and people:
 * `%1 conv2d = conv(%0) filters=32 kernel=3x3 …`. Arguments stand in the order of the layer's table; those that were left
 * out are shown too, since their defaults count, unless `defaults` says no.
 */
export function printGraph(graph: LayerGraph, { defaults = true } = {}): string {
  const lines = [`model ${graph.name}${graph.inputIsImplied ? " (input implied)" : ""}`];
  for (const node of graph.layers) lines.push(printNode(node, defaults));
  if (graph.inputs.length > 0) lines.push(`inputs ${graph.inputs.map((id) => `%${id}`).join(" ")}`);
  for (const { layer, name } of graph.outputs) lines.push(`output ${name} = %${layer}`);
  for (const { file, first, end, namePrefix } of graph.pretrained) {
    lines.push(`weights "${file}" for %${first}..%${end - 1} ${namePrefix}`);
  }
  for (const { name, settings } of graph.sections) {
    lines.push(`${name} {`, ...settings.map((setting) => `  ${printSetting(setting)}`), "}");
  }
  for (const { quantity, operator, limit } of graph.requirements) {
    lines.push(`require ${quantity} ${operator} ${limit}`);
  }
  for (const { name } of graph.targets) lines.push(`require target ${name}`);
  return `${lines.join("\n")}\n`;
}

function printNode(node: LayerNode, defaults: boolean): string {
  const inputs = node.inputs.map((id) => `%${id}`).join(", ");
  const given = Object.entries(node.arguments)
    .filter(([name, value]) => value !== undefined && (defaults || node.argumentSpans[name] !== undefined))
    .map(([name, value]) => ` ${name}=${printValue(value)}`)
    .join("");
  const notes = [
    ...(node.sharesWeightsOf === undefined ? [] : [`shares %${node.sharesWeightsOf}`]),
    ...(node.trainable ? [] : ["frozen"]),
    ...(node.scope.length === 0 ? [] : [`in ${node.scope.map(printFrame).join(" / ")}`]),
  ];
  const tail = notes.length === 0 ? "" : `   # ${notes.join(", ")}`;
  return `%${node.id} ${node.name} = ${node.kind}(${inputs})${given}${tail}`;
}

function printFrame({ kind, name, label, instance }: ScopeFrame): string {
  if (kind === "repeat" || kind === "for") return `${name} #${instance}`;
  if (kind === "branch") return `${label === undefined ? "" : `${label}: `}branch ${instance}`;
  return `${label === undefined ? "" : `${label}: `}${name}`;
}

function printSetting({ name, positional, named }: Setting): string {
  const parts = [
    ...positional.map(({ value }) => printValue(value)),
    ...Object.entries(named).map(([key, { value }]) => `${key}=${printValue(value)}`),
  ];
  return [name, ...parts].join(" ");
}

/** As the language writes it. */
function printValue(value: ArgumentValue): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value !== "object") return String(value);
  if (!Array.isArray(value)) {
    const { name, parameter } = value as { name: string; parameter?: number };
    return parameter === undefined ? name : `${name}(${parameter})`;
  }
  const items = value as readonly unknown[];
  if (items.every((item) => typeof item === "number")) return items.join("x");
  if (items.every((item) => typeof item === "string")) return `[${items.join(", ")}]`;
  if (items.every((item) => Array.isArray(item))) return items.map((pair) => `(${pair.join(",")})`).join("x");
  return shapeText(value as Shape);
}
