// The script that a page loads beside TensorFlow.js, before a model that has layers of ours. Built into dist/browser/cnn-layers.js.
import { registerCustomLayers } from "./layers/index.ts";
import type { TensorFlow } from "./tensorflow.ts";

const { tf } = globalThis as unknown as { readonly tf?: TensorFlow };
if (tf === undefined) throw new Error("load TensorFlow.js (@tensorflow/tfjs) before cnn-layers.js");
registerCustomLayers(tf);
