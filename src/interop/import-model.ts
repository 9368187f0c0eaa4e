// interop/: models of other programs as programs of the language, with their weights. Nothing in such a file is run.
import type { ShapedGraph } from "../analyze/shaped-graph.ts";
import { compile } from "../compile.ts";
import { InputError } from "../diagnostics/input-error.ts";
import { SourceFile } from "../source/source-file.ts";
import type { WeightValues } from "../tensor/weight-values.ts";
import { assignStoredWeights, rowOf, type StoredWeights } from "./keras/assign-weights.ts";
import { readNetwork } from "./keras/network.ts";
import { ImportSink } from "./keras/problems.ts";
import { type WrittenProgram, writeProgram } from "./keras/write-program.ts";

/** A configuration of Keras, and the numbers that come with it. */
export interface KerasModel {
  /** `{ class_name, config }`. */
  readonly topology: unknown;
  /** Undefined where the file describes layers alone. */
  readonly weights: StoredWeights | undefined;
}

/** A model in the language. */
export interface ImportedModel {
  readonly name: string;
  /** The program's text, in the form that `cnn fmt` gives. */
  readonly text: string;
  readonly model: ShapedGraph;
  readonly weights: WeightValues | undefined;
  /** What was left out without changing what the trained network computes. */
  readonly notes: readonly string[];
}

/** Either a model, or every reason why there is none. */
export type ImportOutcome =
  | { readonly value: ImportedModel; readonly problems: readonly [] }
  | { readonly value: undefined; readonly problems: readonly InputError[] };

/**
 * Makes a program of a Keras model: a statement for each of its layers.
 *
 * @param file the file's name and text, for messages with places
 * @throws InputError where the file is no model at all
 */
export function importKerasModel(
  source: KerasModel,
  file: { readonly name: string; readonly text: string },
): ImportOutcome {
  const sink = new ImportSink(file.name, file.text);
  const network = readNetwork(source.topology, sink);
  const written = writeProgram(network, sink);
  const program = new SourceFile(`${network.name}.cnn`, written.text);
  if (sink.problems.length > 0) return { value: undefined, problems: sink.problems };
  const { model, diagnostics } = compile(program);
  const byRow = new Map(written.layers.map((layer) => [layer.row, layer]));
  for (const { severity, message, primary } of diagnostics) {
    if (severity !== "error") continue;
    const row = program.position(primary.span.start).line;
    sink.refuse(byRow.get(row) ?? { name: network.name, className: "model" }, message);
  }
  if (sink.problems.length === 0) checkLastAxes(model, written, sink);
  const weights =
    sink.problems.length > 0 || source.weights === undefined
      ? undefined
      : assignStoredWeights(model, written.layers, source.weights, sink);
  if (sink.problems.length > 0) return { value: undefined, problems: sink.problems };
  const value = { name: model.graph.name, text: written.text, model, weights, notes: sink.notes };
  return { value, problems: [] };
}

/** Normalisations over another axis than the last can be told from the rest only where shapes are known. */
function checkLastAxes(model: ShapedGraph, { layers }: WrittenProgram, sink: ImportSink): void {
  const byRow = new Map(layers.map((layer) => [layer.row, layer]));
  for (const layer of model.layers) {
    const written = byRow.get(rowOf(layer));
    const rank = layer.inputShapes[0]?.length;
    if (written?.lastAxis === undefined || rank === undefined || written.lastAxis === rank) continue;
    sink.refuse(written, `axis=${written.lastAxis}: only the last axis can be taken`);
  }
}
