import { expect } from "vitest";
import { analyze } from "../../src/analyze/analyze.ts";
import type { ShapedLayer } from "../../src/analyze/shaped-graph.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { shapeText } from "../../src/graph/dim.ts";
import type { ArgumentValue } from "../../src/graph/layer-graph.ts";
import type { LayerKind } from "../../src/graph/layer-kind.ts";
import { layerDefinition } from "../../src/layers/index.ts";
import { GraphBuilder } from "../analyze/graph-builder.ts";

/** What a layer is expected to make of its inputs; what is left out is not checked. */
export interface LayerExpectation {
  readonly kind: LayerKind;
  readonly arguments?: Readonly<Record<string, ArgumentValue>>;
  /** Shapes as text, without the batch: `28x28x1`, `HxWx3`, `?x?x3`. */
  readonly inputs: readonly string[];
  readonly shape: string;
  /** Names and shapes of the weights, in Keras' order: `kernel 3x3x1x32`. Running statistics in brackets. */
  readonly weights?: readonly string[];
  readonly parameters?: string;
  readonly multiplyAccumulates?: string;
  readonly derivations?: readonly string[];
  /** Cells of padding, one `before,after` a spatial axis. */
  readonly pads?: readonly string[];
  readonly kerasClass?: string;
  /** Codes of the warnings. */
  readonly warnings?: readonly string[];
}

export interface InferredLayer {
  readonly layer: ShapedLayer;
  readonly diagnostics: readonly Diagnostic[];
}

/** One layer on inputs of the given shapes. */
export function inferLayer(
  kind: LayerKind,
  given: Readonly<Record<string, ArgumentValue>>,
  inputs: readonly string[],
): InferredLayer {
  const builder = new GraphBuilder();
  const sources = inputs.map((shape) => builder.input(shape));
  const id = builder.layer(kind, { arguments: given, inputs: sources });
  const { value, diagnostics } = analyze(builder.graph());
  return { layer: value.layer(id), diagnostics };
}

/** Checks all that follows for one layer. */
export function checkLayer(expected: LayerExpectation): void {
  const { layer, diagnostics } = inferLayer(expected.kind, expected.arguments ?? {}, expected.inputs);
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  expect(errors.map(({ message }) => message)).toEqual([]);
  expect(diagnostics.map(({ code }) => code)).toEqual(expected.warnings ?? []);
  const { shape, weights, parameters, multiplyAccumulates, derivations, pads, node } = layer;
  const actual = {
    shape: shapeText(shape!),
    weights: weights.map(({ name, shape: size, trainable }) => {
      const text = `${name} ${shapeText(size)}`;
      return trainable ? text : `[${text}]`;
    }),
    parameters: parameters.toString(),
    multiplyAccumulates: multiplyAccumulates.toString(),
    derivations: derivations.map(({ axis, formula }) => `${axis}: ${formula}`),
    pads: pads?.map(([before, after]) => `${before.toString()},${after.toString()}`),
    kerasClass: layerDefinition(node.kind).kerasClass(node.arguments, layer.inputShapes[0]?.length),
  };
  const checked = Object.entries(expected).filter(([name]) => name in actual);
  expect(actual).toMatchObject(Object.fromEntries(checked));
}
