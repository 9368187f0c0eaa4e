// The WebGPU backend of the pure JavaScript TensorFlow.js: importing it registers it. Loaded where a run is to go there.
import { webgpu_util } from "@tensorflow/tfjs-backend-webgpu";

// Named, so that a bundler does not leave the backend out.
export const webGpuUtilities: object = webgpu_util;
