import type { Shape } from "../../src/graph/dim.ts";
import { known, named, unknown } from "../../src/graph/dim.ts";
import type { ArgumentValue, LayerGraph, LayerNode, ScopeFrame } from "../../src/graph/layer-graph.ts";
import type { LayerKind } from "../../src/graph/layer-kind.ts";
import { layerDefinition } from "../../src/layers/index.ts";
import type { Span } from "../../src/source/source-file.ts";
import { SourceFile } from "../../src/source/source-file.ts";

/** `28x28x1`, `HxWx3`, `?x32`, as a shape; each `?` is a fresh unknown. */
export function shapeOf(text: string): Shape {
  return text
    .split("x")
    .map((part) => (part === "?" ? unknown() : /^\d+$/.test(part) ? known(Number(part)) : named(part)));
}

/** A layer's arguments with the defaults of its table filled in. */
export function withDefaults(
  kind: LayerKind,
  given: Readonly<Record<string, ArgumentValue>>,
): Readonly<Record<string, ArgumentValue>> {
  const values: Record<string, ArgumentValue> = {};
  for (const [name, spec] of Object.entries(layerDefinition(kind).arguments)) {
    if (spec.default === "required") {
      if (!(name in given)) throw new Error(`${kind} needs ${name}`);
    } else values[name] = spec.default;
  }
  return { ...values, ...given };
}

interface LayerDetails {
  readonly arguments?: Readonly<Record<string, ArgumentValue>>;
  /** Indices of earlier layers; the one before where left out. */
  readonly inputs?: readonly number[];
  /** The statement's text where it stands in the source; its first place. */
  readonly at?: string;
  /** The texts of arguments within the statement. */
  readonly argumentTexts?: Readonly<Record<string, string>>;
  readonly scope?: readonly ScopeFrame[];
  readonly sharesWeightsOf?: number;
  readonly trainable?: boolean;
  readonly name?: string;
}

/** Builds a layer graph by hand, with spans into a source text, for tests of the passes after elaboration. */
export class GraphBuilder {
  readonly file: SourceFile;
  readonly layers: LayerNode[] = [];

  constructor(text = "", name = "model.cnn") {
    this.file = new SourceFile(name, text);
  }

  /** The place of a text in the source, after another text where one is given. */
  span(text: string, after = ""): Span {
    const from = after === "" ? 0 : this.file.text.indexOf(after) + after.length;
    const start = this.file.text.indexOf(text, from);
    if (start < 0) throw new Error(`the source has no ${text}`);
    return { file: this.file, start, end: start + text.length };
  }

  input(shape: string, at?: string): number {
    return this.layer("input", { arguments: { shape: shapeOf(shape) }, inputs: [], ...(at ? { at } : {}) });
  }

  layer(kind: LayerKind, details: LayerDetails = {}): number {
    const id = this.layers.length;
    const span = details.at === undefined ? { file: this.file, start: 0, end: 0 } : this.span(details.at);
    const argumentSpans = Object.fromEntries(
      Object.entries(details.argumentTexts ?? {}).map(([name, text]) => {
        const start = span.start + details.at!.indexOf(text);
        return [name, { file: this.file, start, end: start + text.length }];
      }),
    );
    this.layers.push({
      id,
      kind,
      name: details.name ?? `${kind}_${id}`,
      labelled: false,
      inputs: details.inputs ?? [id - 1],
      arguments: withDefaults(kind, details.arguments ?? {}),
      argumentSpans,
      sharesWeightsOf: details.sharesWeightsOf,
      trainable: details.trainable ?? true,
      scope: details.scope ?? [],
      span,
    });
    return id;
  }

  graph(): LayerGraph {
    const last = this.layers[this.layers.length - 1]!;
    return {
      name: "model",
      layers: this.layers,
      inputs: this.layers.filter(({ kind }) => kind === "input").map(({ id }) => id),
      outputs: [{ layer: last.id, name: last.name }],
      sections: [],
      requirements: [],
      targets: [],
      pretrained: [],
      origin: undefined,
      uses: [],
      inputIsImplied: false,
    };
  }
}
