import type { ShapedGraph } from "../analyze/shaped-graph.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Dim } from "../graph/dim.ts";
import { type TargetName, targetNames } from "../graph/layer-graph.ts";
import type { TensorFlowBackend } from "../tfjs/backend-limits.ts";

/** What keeps a sound model from being computed somewhere. */
export type TargetJudge = (model: ShapedGraph) => readonly Diagnostic[];

/** Each judges by the lowering that would carry the model there, so that neither can drift. */
const judges = {
  async onnx(): Promise<TargetJudge> {
    const { lowerModel } = await import("../tensor/lower.ts");
    return (model) => lowerModel(model, { batch: "N", training: false }).diagnostics;
  },
  tfjs: () => loadTensorFlowJudge(),
  webgl: () => loadTensorFlowJudge("webgl"),
  webgpu: () => loadTensorFlowJudge("webgpu"),
} satisfies Readonly<Record<TargetName, () => Promise<TargetJudge>>>;

async function loadTensorFlowJudge(backend?: TensorFlowBackend): Promise<TargetJudge> {
  const [{ loadPlainTensorFlow }, { lowerToLayersModel }] = await Promise.all([
    import("../engine/tfjs/load.ts"),
    import("../tfjs/lower.ts"),
  ]);
  const tf = await loadPlainTensorFlow();
  const options = { training: false, ...(backend === undefined ? {} : { backend }) };
  return (model) => lowerToLayersModel(tf, model, options).diagnostics;
}

/** A text that says `require target …`, the words misspelt too, since a fix may put them right. */
const asksForTarget = /\brequire[ \t]+\w+[ \t]+([A-Za-z].*)/g;

/** The targets that a text may ask for; all of them where it is not plain which. */
export function targetsIn(text: string): readonly TargetName[] {
  const lines = [...text.matchAll(asksForTarget)].map(([, names]) => names!);
  const known = targetNames.filter((name) => lines.some((line) => line.split(/\W+/).includes(name)));
  return lines.length > 0 && known.length === 0 ? targetNames : known;
}

/**
 * The judge of what keeps a model from running where it is meant to: where its file says, and where the command line does.
 *
 * @param names all targets that a model may ask for
 * @param asked the target of the command line
 */
export async function loadTargetJudge(
  names: readonly TargetName[],
  asked: TargetName | undefined,
): Promise<TargetJudge> {
  const all = [...new Set([...names, ...(asked === undefined ? [] : [asked])])];
  const loaded = new Map(await Promise.all(all.map(async (name) => [name, await judges[name]()] as const)));
  return (model) => {
    // A file without `input` is judged with the sizes that it gets later.
    const asksInFile = isOpen(model) ? [] : model.graph.targets;
    const places = new Map(asksInFile.map(({ name, span }) => [name, span]));
    const wanted = new Set([...places.keys(), ...(asked === undefined ? [] : [asked])]);
    const findings = new Map<string, Diagnostic>();
    for (const name of wanted) {
      const place = places.get(name);
      for (const finding of loaded.get(name)?.(model) ?? []) {
        const labels = place === undefined ? [] : [{ span: place, text: "must run here" }];
        // What keeps it from two targets is told once.
        const key = `${finding.message} ${finding.primary.span.start}`;
        const known = findings.get(key) ?? finding;
        findings.set(key, { ...known, labels: [...known.labels, ...labels] });
      }
    }
    return [...findings.values()];
  };
}

function isOpen(model: ShapedGraph): boolean {
  const { inputIsImplied, inputs } = model.graph;
  const isKnown = (dim: Dim): boolean => dim.value !== undefined;
  return inputIsImplied && inputs.some((id) => model.layer(id).shape?.every(isKnown) !== true);
}
