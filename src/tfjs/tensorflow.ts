// tfjs/: the second back end: a ShapedGraph as a tf.LayersModel, and TensorGraphs run by TensorFlow.js. The module `tf` is always
// a parameter: nothing here loads it, so the same code serves tfjs-node, the pure JavaScript backend and a browser's page.
import type * as core from "@tensorflow/tfjs-core";
import type * as layersModule from "@tensorflow/tfjs-layers";

/** What `@tensorflow/tfjs`, `@tensorflow/tfjs-node` and the pair of core and layers all offer. */
export type TensorFlow = Omit<typeof core, "default"> & Omit<typeof layersModule, "default">;

export type Tensor = core.Tensor;
export type Variable = core.Variable;
export type LayersModel = layersModule.LayersModel;
export type SymbolicTensor = layersModule.SymbolicTensor;
export type TensorFlowLayer = layersModule.layers.Layer;
export type LayerVariable = layersModule.LayerVariable;
