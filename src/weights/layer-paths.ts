import type { LayerId, LayerNode, ScopeFrame } from "../graph/layer-graph.ts";

/**
 * Where each layer stands in its model, whatever it is called: `conv3/bottleneck.2/branch.1/conv.0`. A labelled call, branch
 * or layer goes by its label; others by their block's or kind's name and their place, from 0, among those of that name in the
 * same scope, a branch by its place in its merge. The passes of a loop are no scope.
 *
 * @param depth how many frames of every layer's scope stand around the model
 */
export function layerPaths(layers: readonly LayerNode[], depth = 0): ReadonlyMap<LayerId, string> {
  const scopes = new Counter();
  const paths = new Map<LayerId, string>();
  for (const node of layers) {
    let path = "";
    for (const frame of node.scope.slice(depth)) {
      if (frame.kind === "repeat" || frame.kind === "for") continue;
      path += `${frame.label ?? placeOf(frame, path, scopes)}/`;
    }
    const own = node.labelled
      ? node.name.slice(node.name.lastIndexOf("/") + 1)
      : scopes.place(path, node.kind, `layer ${node.id}`);
    paths.set(node.id, path + own);
  }
  return paths;
}

/** A branch has its place in its merge already. */
function placeOf({ kind, name, instance }: ScopeFrame, path: string, scopes: Counter): string {
  return kind === "branch" ? `branch.${instance - 1}` : scopes.place(path, name, `${name} ${instance}`);
}

/** Numbers things of one name within a scope in the order in which they are met. */
class Counter {
  readonly #places = new Map<string, Map<string, number>>();

  place(scope: string, name: string, identity: string): string {
    const key = scope + name;
    const known = this.#places.get(key) ?? new Map<string, number>();
    this.#places.set(key, known);
    const place = known.get(identity) ?? known.size;
    known.set(identity, place);
    return `${name}.${place}`;
  }
}
