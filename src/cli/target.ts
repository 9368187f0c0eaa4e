import type { ShapedGraph } from "../analyze/shaped-graph.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";

/** What keeps a sound model from being computed somewhere. */
export type TargetJudge = (model: ShapedGraph) => readonly Diagnostic[];

/** Where a model may be meant to run. Each judges by the lowering that would carry the model there, so that neither can drift. */
const targets = {
  async onnx(): Promise<TargetJudge> {
    const { lowerModel } = await import("../tensor/lower.ts");
    return (model) => lowerModel(model, { batch: "N", training: false }).diagnostics;
  },
  async tfjs(): Promise<TargetJudge> {
    const [{ loadPlainTensorFlow }, { lowerToLayersModel }] = await Promise.all([
      import("../engine/tfjs/load.ts"),
      import("../tfjs/lower.ts"),
    ]);
    const tf = await loadPlainTensorFlow();
    return (model) => lowerToLayersModel(tf, model, { training: false }).diagnostics;
  },
};

export type TargetName = keyof typeof targets;

export const loadTarget = (name: TargetName): Promise<TargetJudge> => targets[name]();
