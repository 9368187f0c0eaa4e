import type { ActivationValue, LayerNode } from "./layer-graph.ts";

/** The activation that a layer ends in, or is. */
export function lastActivation({ kind, arguments: given }: LayerNode): string {
  const value = kind === "activation" ? given : (given["activation"] as ActivationValue | undefined);
  return typeof value?.name === "string" ? value.name : "linear";
}
