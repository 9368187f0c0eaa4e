import type { ShapedGraph } from "../analyze/shaped-graph.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { SourceFile } from "../source/source-file.ts";

/** What is wrong with a model beside its network: what it says of its training. */
export type Judge = (model: ShapedGraph) => readonly Diagnostic[];

/** Words without which neither a text nor a file that it uses says anything of training; also as other libraries spell them. */
const trainingWords = /train|augment|normali[sz]|\buse\b/i;

/** The judge of what these texts say of training; its tables are read only where one of them may say something. */
export async function loadJudge(sources: readonly SourceFile[]): Promise<Judge> {
  if (!sources.some(({ text }) => trainingWords.test(text))) return () => [];
  return (await import("../train/judge.ts")).judgeTraining;
}
