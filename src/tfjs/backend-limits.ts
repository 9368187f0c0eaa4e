import type { ShapedGraph, ShapedLayer } from "../analyze/shaped-graph.ts";
import { listText } from "../layers/text.ts";

/** How TensorFlow.js computes: with TensorFlow's own library, in plain JavaScript, or on a GPU. */
export const tensorFlowBackends = ["tensorflow", "cpu", "webgl", "webgpu"] as const;
export type TensorFlowBackend = (typeof tensorFlowBackends)[number];

/** What messages call them. */
const titles: Readonly<Record<TensorFlowBackend, string>> = {
  tensorflow: "tfjs-node",
  cpu: "TensorFlow.js in plain JavaScript",
  webgl: "TensorFlow.js on WebGL",
  webgpu: "TensorFlow.js on WebGPU",
};

interface Use {
  /** The most axes of a tensor that the layer takes or gives, the batch counted. */
  readonly axes: number;
  readonly training: boolean;
}

/**
 * What each backend of TensorFlow.js 4.22 cannot compute, by trials on every layer kind: the shaders of WebGL and WebGPU have names for six
 * axes, TensorFlow's library has no gradients for eight.
 */
const limits: Readonly<Record<TensorFlowBackend, (use: Use) => string | undefined>> = {
  tensorflow: ({ axes, training }) =>
    training && axes >= 8 ? `it has no gradients for tensors of ${axes} axes, the batch counted` : undefined,
  cpu: () => undefined,
  webgl: ({ axes }) => beyondShaders(axes),
  webgpu: ({ axes }) => beyondShaders(axes),
};

function beyondShaders(axes: number): string | undefined {
  return axes > 6 ? `its shaders take no tensors of ${axes} axes, the batch counted` : undefined;
}

/** Why a backend cannot compute a layer, and what can, in words. */
export interface BackendLimit {
  readonly message: string;
  readonly help: string;
}

/** @returns undefined where the backend computes the layer */
export function findBackendLimit(
  layer: ShapedLayer,
  backend: TensorFlowBackend,
  training: boolean,
): BackendLimit | undefined {
  const shapes = [layer.shape, ...layer.inputShapes];
  const use = { axes: Math.max(...shapes.map((shape) => (shape?.length ?? 0) + 1)), training };
  const reason = limits[backend](use);
  if (reason === undefined) return undefined;
  const able = tensorFlowBackends.filter((other) => limits[other](use) === undefined);
  return {
    message: `${titles[backend]} cannot compute "${layer.node.name}": ${reason}`,
    help: `${listText(able.map((other) => titles[other]))} can (--device cpu); so can ONNX Runtime (--engine ort)`,
  };
}

/** What each backend cannot compute of a model in inference, by the first layer that it cannot; a backend that can is not there. */
export function limitsOfModel({ layers }: ShapedGraph): ReadonlyMap<TensorFlowBackend, string> {
  const limited = new Map<TensorFlowBackend, string>();
  for (const backend of tensorFlowBackends) {
    for (const layer of layers) {
      const limit = findBackendLimit(layer, backend, false);
      if (limit !== undefined && !limited.has(backend)) limited.set(backend, limit.message);
    }
  }
  return limited;
}
