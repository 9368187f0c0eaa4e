import type { Compilation } from "../compile.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { SourceFile } from "../source/source-file.ts";
import type { TargetName } from "../graph/layer-graph.ts";
import { loadTargetJudge, type TargetJudge, targetsIn } from "./target.ts";

/** What is wrong with a model beside its network. */
export interface Judge {
  /** What was found, with what is wrong in what it says of its training. */
  readonly training: (
    compilation: Pick<Compilation, "model" | "program" | "diagnostics">,
  ) => readonly Diagnostic[];
  /** What keeps it from running where it shall run; asked of models without errors alone. */
  readonly target: TargetJudge;
}

/** Words without which neither a text nor a file that it uses says anything of training; also as other libraries spell them. */
const trainingWords = /train|augment|normali[sz]|\buse\b/i;

const nothing: Judge["training"] = ({ diagnostics }) => diagnostics;

/** The judge of these texts; the tables of training are read only where one of them may say something of it. */
export async function loadJudge(
  sources: readonly SourceFile[],
  target: TargetName | undefined,
): Promise<Judge> {
  const targets = sources.flatMap(({ text }) => targetsIn(text));
  const mayTrain = sources.some(({ text }) => trainingWords.test(text));
  return {
    training: mayTrain ? (await import("../train/judge.ts")).judgeTraining : nothing,
    target: await loadTargetJudge(targets, target),
  };
}
