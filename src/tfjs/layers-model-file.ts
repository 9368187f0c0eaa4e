import type { ShapedGraph } from "../analyze/shaped-graph.ts";
import type { Outcome } from "../diagnostics/diagnostic.ts";
import type { WeightValues } from "../tensor/weight-values.ts";
import { customClassName, customLayers, type CustomKind } from "./layers/index.ts";
import { assignWeights, lowerToLayersModel } from "./lower.ts";
import type { TensorFlow } from "./tensorflow.ts";

/** A model.json with the file of weights beside it. */
export interface ModelFiles {
  /** The text of model.json. */
  readonly json: string;
  readonly weightsName: string;
  readonly weights: Uint8Array;
  /** The classes of our own that the model has; a page must load their script before it. */
  readonly customClasses: readonly string[];
}

/** The one file of weights, by the name that TensorFlow.js' own tools give it. */
export const weightsName = "group1-shard1of1.bin";

/**
 * A model as `tf.loadLayersModel` reads it: Keras' layers wherever TensorFlow.js has them.
 *
 * @param metadata what the file says of the model beside its layers, as texts
 */
export async function exportLayersModel(
  tf: TensorFlow,
  model: ShapedGraph,
  weights: WeightValues,
  metadata: Readonly<Record<string, string>>,
): Promise<Outcome<ModelFiles | undefined>> {
  const { value: lowered, diagnostics } = lowerToLayersModel(tf, model, { training: false });
  if (lowered === undefined) return { value: undefined, diagnostics };
  assignWeights(tf, lowered, weights);
  let files: ModelFiles | undefined;
  await lowered.model.save(
    tf.io.withSaveHandler((artifacts) => {
      const { modelTopology, weightSpecs, format, generatedBy, convertedBy = null } = artifacts;
      const text = JSON.stringify({
        format,
        generatedBy,
        convertedBy,
        userDefinedMetadata: metadata,
        modelTopology,
        weightsManifest: [{ paths: [weightsName], weights: weightSpecs }],
      });
      const bytes = tf.io.concatenateArrayBuffers([artifacts.weightData as ArrayBuffer].flat());
      files = {
        json: `${text}\n`,
        weightsName,
        weights: new Uint8Array(bytes),
        customClasses: customClassesIn(text),
      };
      const saved = { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" as const } };
      return Promise.resolve(saved);
    }),
  );
  lowered.model.dispose();
  return { value: files, diagnostics };
}

function customClassesIn(text: string): readonly string[] {
  const names = Object.keys(customLayers).map((kind) => customClassName(kind as CustomKind));
  return names.filter((name) => text.includes(`"class_name":"${name}"`));
}
