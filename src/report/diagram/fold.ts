// report/diagram/: a network as a picture: its calls folded to boxes until they fit on a page, laid out in ranks, drawn as SVG.
import type { ShapedGraph, ShapedLayer } from "../../analyze/shaped-graph.ts";
import type { Shape } from "../../graph/dim.ts";
import type { LayerId, ScopeFrame } from "../../graph/layer-graph.ts";
import { activationText, layerText, type LayerRole, roleOf } from "./layer-text.ts";

/** One box of a diagram: a layer with what follows it at once (norm, activation, dropout), or a call of a block with all inside. */
export interface Box {
  readonly title: string;
  /** What is inside or follows, in a few words. */
  readonly detail: string;
  readonly role: LayerRole | "call";
  /** How many calls alike, one after the other, the box stands for. */
  readonly times: number;
  readonly layers: readonly ShapedLayer[];
  readonly shape: Shape | undefined;
  /** The call that the box stands for; of several alike the first. */
  readonly call: ScopeFrame | undefined;
  /** The labelled call that the box stands in, if it stands for a part of one. */
  readonly stage: Stage | undefined;
}

/** A labelled call, as `conv3` of a ResNet. */
export interface Stage {
  readonly label: string;
  readonly instance: number;
}

/** Boxes in the order of their layers, and which leads to which. */
export interface FoldedGraph {
  readonly boxes: readonly Box[];
  readonly edges: readonly (readonly [from: number, to: number])[];
}

/** More boxes than that do not fit on a page. */
const mostBoxes = 36;

/** What merely follows a layer, and goes into its box. */
const followers = new Set([
  ...([
    "bn",
    "activation",
    "prelu",
    "glu",
    "threshold",
    "layer_norm",
    "group_norm",
    "instance_norm",
    "rms_norm",
    "lrn",
  ] as const),
  ...(["dropout", "spatial_dropout", "gaussian_dropout", "gaussian_noise", "layer_scale"] as const),
]);

/** A box before it is described. */
interface Part {
  /** The call that it stands for; undefined for single layers. */
  readonly call: ScopeFrame | undefined;
  readonly layers: ShapedLayer[];
  times: number;
  /** True for what only leads into the call that is shown. */
  readonly isOutside: boolean;
}

/** The calls around a layer, the outermost first. */
function callsOf({ node }: ShapedLayer): readonly ScopeFrame[] {
  return node.scope.filter(({ kind }) => kind === "block" || kind === "model" || kind === "shared");
}

/**
 * A model in boxes: as deep into its calls as keeps them few enough for a page.
 *
 * @param depth how many calls deep to look; undefined for as deep as fits
 */
export function foldGraph(model: ShapedGraph, depth?: number): FoldedGraph {
  if (depth !== undefined) return foldLayers(model.layers, depth);
  const deepest = Math.max(0, ...model.layers.map((layer) => callsOf(layer).length));
  let folded = foldLayers(model.layers, 0);
  for (let level = 1; level <= deepest; level++) {
    const deeper = foldLayers(model.layers, level);
    if (deeper.boxes.length > mostBoxes) break;
    folded = deeper;
  }
  return folded;
}

/** The layers of one call of a block, every one of them shown, and what leads into it. */
export function unfoldCall(model: ShapedGraph, instance: number): FoldedGraph {
  const layers = model.layers.filter((layer) => callsOf(layer).some((call) => call.instance === instance));
  const own = new Set(layers.map(({ node }) => node.id));
  const before = new Set(layers.flatMap(({ node }) => node.inputs).filter((id) => !own.has(id)));
  const outside = [...before].sort((a, b) => a - b).map((id) => model.layer(id));
  return foldLayers([...outside, ...layers], Infinity, before);
}

/** @param outside layers that are shown as what comes in */
function foldLayers(
  layers: readonly ShapedLayer[],
  depth: number,
  outside: ReadonlySet<LayerId> = new Set(),
): FoldedGraph {
  const consumers = countConsumers(layers);
  const parts: Part[] = [];
  const partOf = new Map<LayerId, number>();
  const partOfCall = new Map<number, number>();
  for (const layer of layers) {
    const isOutside = outside.has(layer.node.id);
    const call = isOutside ? undefined : callsOf(layer)[depth];
    let index =
      call === undefined ? followedPart(layer, parts, partOf, consumers) : partOfCall.get(call.instance);
    if (index === undefined || isOutside) {
      index = parts.push({ call, layers: [], times: 1, isOutside }) - 1;
      if (call !== undefined) partOfCall.set(call.instance, index);
    }
    parts[index]!.layers.push(layer);
    partOf.set(layer.node.id, index);
  }
  return joinRuns(parts, edgesBetween(layers, partOf), depth);
}

function countConsumers(layers: readonly ShapedLayer[]): ReadonlyMap<LayerId, number> {
  const counts = new Map<LayerId, number>();
  for (const { node } of layers)
    for (const input of node.inputs) counts.set(input, (counts.get(input) ?? 0) + 1);
  return counts;
}

/** The part of the layer that this one merely follows. */
function followedPart(
  { node }: ShapedLayer,
  parts: readonly Part[],
  partOf: ReadonlyMap<LayerId, number>,
  consumers: ReadonlyMap<LayerId, number>,
): number | undefined {
  const [input] = node.inputs;
  if (!followers.has(node.kind as never) || input === undefined || consumers.get(input) !== 1)
    return undefined;
  const index = partOf.get(input);
  const part = index === undefined ? undefined : parts[index];
  const isLayer = part !== undefined && part.call === undefined && !part.isOutside;
  return isLayer && roleOf(part.layers[0]!) !== "input" ? index : undefined;
}

function edgesBetween(
  layers: readonly ShapedLayer[],
  partOf: ReadonlyMap<LayerId, number>,
): [from: number, to: number][] {
  const edges = new Map<string, [number, number]>();
  for (const { node } of layers) {
    const to = partOf.get(node.id)!;
    for (const input of node.inputs) {
      const from = partOf.get(input);
      if (from !== undefined && from !== to) edges.set(`${from} ${to}`, [from, to]);
    }
  }
  return [...edges.values()];
}

/** Calls alike that follow on one another become one part. */
function joinRuns(
  parts: readonly Part[],
  edges: readonly (readonly [number, number])[],
  depth: number,
): FoldedGraph {
  const into = parts.map(() => 0);
  const outOf = parts.map(() => 0);
  for (const [from, to] of edges) {
    outOf[from]! += 1;
    into[to]! += 1;
  }
  const isChained = new Set(
    edges.filter(([from, to]) => outOf[from] === 1 && into[to] === 1).map(([from, to]) => `${from} ${to}`),
  );
  const kept: Part[] = [];
  const place: number[] = [];
  for (const [index, part] of parts.entries()) {
    const last = kept.at(-1);
    if (last !== undefined && isChained.has(`${index - 1} ${index}`) && isAlike(parts[index - 1]!, part)) {
      last.layers.push(...part.layers);
      last.times += 1;
    } else kept.push({ ...part, layers: [...part.layers] });
    place.push(kept.length - 1);
  }
  return {
    boxes: kept.map((part) => describe(part, depth)),
    edges: edges.map(([from, to]) => [place[from]!, place[to]!] as const).filter(([from, to]) => from !== to),
  };
}

function isAlike(one: Part, other: Part): boolean {
  if (one.call === undefined || other.call === undefined) return false;
  if (one.call.label !== undefined || other.call.label !== undefined) return false;
  return one.call.name === other.call.name && signature(one) === signature(other);
}

function signature({ layers }: Part): string {
  return layers.map((layer) => `${layer.node.kind} ${layer.shape?.join("x")}`).join(";");
}

function describe({ call, layers, times, isOutside }: Part, depth: number): Box {
  const last = layers.at(-1)!;
  const common = { call, times, layers, shape: last.shape, stage: stageOf(last, depth) };
  if (isOutside)
    return { ...common, layers: [], title: "input", detail: "", role: "input", stage: undefined };
  if (call !== undefined) {
    const first = layers.slice(0, layers.length / times);
    const inside = runsOf(contentsOf(first, depth + 1));
    const title = call.label ?? call.name;
    const detail = call.label === undefined || inside.includes("×") ? inside : `${call.name}: ${inside}`;
    return { ...common, title, detail, role: "call" };
  }
  const [head, ...following] = layers as [ShapedLayer, ...ShapedLayer[]];
  const activation = activationText(head);
  const texts = [...(activation === undefined ? [] : [activation]), ...following.map(layerText)];
  return { ...common, title: layerText(head), detail: texts.join(", "), role: roleOf(head) };
}

/** The innermost labelled call around a box, among those that are opened. */
function stageOf(layer: ShapedLayer, depth: number): Stage | undefined {
  if (depth === Infinity) return undefined;
  const call = callsOf(layer)
    .slice(0, depth)
    .findLast(({ label }) => label !== undefined);
  return call === undefined ? undefined : { label: call.label!, instance: call.instance };
}

/** What a call's layers are, one call or layer deep; norms and activations are left out where there is more to say. */
function contentsOf(layers: readonly ShapedLayer[], depth: number): string[] {
  const texts: string[] = [];
  const told = new Set<number>();
  for (const layer of layers) {
    const call = callsOf(layer)[depth];
    if (call === undefined) texts.push(followers.has(layer.node.kind as never) ? "" : layerText(layer));
    else if (!told.has(call.instance)) {
      told.add(call.instance);
      texts.push(call.label ?? call.name);
    }
  }
  const telling = texts.filter((text) => text !== "");
  return telling.length > 0 ? telling : layers.map(layerText);
}

const longestDetail = 44;

/** `bottleneck × 3`; a list that is too long is cut. */
function runsOf(texts: readonly string[]): string {
  const runs: { text: string; count: number }[] = [];
  for (const text of texts) {
    const last = runs.at(-1);
    if (last?.text === text) last.count += 1;
    else runs.push({ text, count: 1 });
  }
  const parts = runs.map(({ text, count }) => (count === 1 ? text : `${text} × ${count}`));
  let line = parts[0] ?? "";
  for (const part of parts.slice(1)) {
    if (line.length + part.length + 2 > longestDetail) return `${line}, …`;
    line += `, ${part}`;
  }
  return line;
}
