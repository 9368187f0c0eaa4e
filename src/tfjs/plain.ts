// The pure JavaScript TensorFlow.js, part of this program; loaded by those alone that need one and have no tfjs-node.
import { version_cpu } from "@tensorflow/tfjs-backend-cpu";
import * as core from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import type { TensorFlow } from "./tensorflow.ts";

// Naming the version keeps a bundler from leaving the backend out, which is imported for registering itself.
export const tensorFlow: TensorFlow & { readonly version_cpu: string } = { ...core, ...layers, version_cpu };
