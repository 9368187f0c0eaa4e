import type { DiagnosticSink } from "../../diagnostics/diagnostic.ts";
import { suggestName } from "../../diagnostics/suggest.ts";
import type { LayerGraph, LayerNode, Setting } from "../../graph/layer-graph.ts";
import { replacement } from "../../settings/read-arguments.ts";

/** The layers under a label of a layer, a call or a model. */
export function layersOfPart({ layers }: LayerGraph, label: string): readonly LayerNode[] {
  return layers.filter(
    (node) =>
      node.name === label || node.scope.some((frame) => frame.label === label || frame.name === label),
  );
}

/** Which argument of a setting names a part of the model, and which parts there are. */
const partSettings = {
  loss: { argument: "output", noun: "output", namesOf: ({ outputs }) => outputs.map(({ name }) => name) },
  regularize: { argument: "of", noun: "layer, call or model", namesOf: labelsOf },
  max_norm: { argument: "of", noun: "layer, call or model", namesOf: labelsOf },
  layer_rate: { argument: "of", noun: "layer, call or model", namesOf: labelsOf },
} as const satisfies Readonly<
  Record<string, { argument: string; noun: string; namesOf: (graph: LayerGraph) => readonly string[] }>
>;

/** Reports settings that are for a part of the model which there is not. */
export function checkParts(graph: LayerGraph, statements: readonly Setting[], sink: DiagnosticSink): void {
  for (const { name: word, positional, named } of statements) {
    if (!Object.hasOwn(partSettings, word)) continue;
    const { argument, noun, namesOf } = partSettings[word as keyof typeof partSettings];
    const first =
      word === "layer_rate" ? positional.find(({ value }) => typeof value === "string") : undefined;
    const said = named[argument] ?? first;
    if (typeof said?.value !== "string") continue;
    const names = namesOf(graph);
    if (names.includes(said.value)) continue;
    const near = suggestName(said.value, names);
    const text = near === undefined || said === first ? near : `${argument}=${near}`;
    sink.report("CNN354", `${graph.name} has no ${noun} \`${said.value}\``, said.span, {
      help: near === undefined ? helpFor(noun, names) : `did you mean \`${near}\`?`,
      ...(text === undefined ? {} : { fix: replacement(said.span, text) }),
    });
  }
}

function helpFor(noun: string, names: readonly string[]): string {
  return noun === "output"
    ? `its outputs are ${names.join(", ")}`
    : "label it in the model: `head: dense 10`";
}

function labelsOf({ layers }: LayerGraph): readonly string[] {
  return [
    ...new Set(
      layers.flatMap((node) => [
        node.name,
        ...node.scope.flatMap(({ label, name }) => (label === undefined ? [name] : [label, name])),
      ]),
    ),
  ];
}
