// The reader of graph models of the pure JavaScript TensorFlow.js; loaded where one is checked and there is no tfjs-node.
export { loadGraphModel } from "@tensorflow/tfjs-converter";
