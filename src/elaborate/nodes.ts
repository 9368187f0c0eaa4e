import type { LayerId, LayerNode } from "../graph/layer-graph.ts";
import type { LayerKind } from "../graph/layer-kind.ts";
import { kerasLayerName, layerDefinition } from "../layers/index.ts";
import type { Span } from "../source/source-file.ts";
import type { Identifier } from "../syntax/ast.ts";
import type { BoundArguments } from "./arguments.ts";
import type { Elaboration, Frame, Sharing } from "./context.ts";
import type { Tensor } from "./scope.ts";

/** A layer as its statement says it. */
export interface NewLayer {
  readonly kind: LayerKind;
  readonly label: Identifier | undefined;
  readonly inputs: readonly LayerId[];
  readonly bound: BoundArguments;
  readonly span: Span;
}

/** Appends a layer to the graph, named and placed; lost where nothing is built. */
export function appendLayer(frame: Frame, layer: NewLayer): Tensor {
  const { elaboration, model } = frame;
  if (model.isDry || elaboration.isStopped) return "lost";
  const owner = ownerOf(frame, layer);
  if (owner === "misfit") return "lost";
  const { values, spans, origins } = layer.bound;
  return elaboration.addLayer({
    id: elaboration.nodes.length,
    kind: layer.kind,
    name: nameOf(frame, layer, owner),
    labelled: layer.label !== undefined,
    inputs: layer.inputs,
    arguments: values,
    argumentSpans: spans,
    argumentOrigins: origins,
    sharesWeightsOf: owner?.sharesWeightsOf ?? owner?.id,
    trainable: true,
    scope: frame.path,
    span: layer.span,
  });
}

function nameOf(
  frame: Frame,
  { kind, label, inputs, bound }: NewLayer,
  owner: LayerNode | undefined,
): string {
  const { names } = frame.elaboration;
  if (owner !== undefined) return names.anotherUse(owner.name);
  if (label !== undefined) return names.labelled(frame.labelPrefix, label.name);
  const rank = inputs.length === 0 ? undefined : frame.elaboration.shapeOf(inputs[0]!)?.length;
  return names.unlabelled(
    frame.modelPrefix,
    kerasLayerName(layerDefinition(kind).kerasClass(bound.values, rank)),
  );
}

/** In a later use of a shared instance: the layer of the first use at the same place. */
function ownerOf(frame: Frame, { kind }: NewLayer): LayerNode | "misfit" | undefined {
  const { elaboration } = frame;
  let owner: LayerNode | undefined;
  for (const sharing of frame.sharings) {
    owner = sharing.next < sharing.owners.end ? elaboration.nodes[sharing.next] : undefined;
    sharing.next += 1;
    if (owner?.kind !== kind) {
      reportOtherForm(sharing, elaboration);
      return "misfit";
    }
  }
  return owner;
}

/** Reports a use of a shared instance whose layers are others than those of the first use. */
export function reportOtherForm({ use, name, owners }: Sharing, elaboration: Elaboration): void {
  const first = elaboration.nodes[owners.first];
  elaboration.report("CNN143", `this use of \`${name}\` has other layers than the first`, use, {
    ...(first === undefined
      ? {}
      : { labels: [{ span: first.span, text: "the first use's weights begin here" }] }),
    help: "a condition in it comes out differently here; shared weights need the same layers",
  });
}
