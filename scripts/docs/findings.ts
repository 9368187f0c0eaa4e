import { buildTrainingGraphs } from "../../src/autodiff/training-step.ts";
import { compile } from "../../src/compile.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { type ExampleProgram, exampleFileName } from "../../src/diagnostics/explanations.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { findKnownDataset } from "../../src/data/known-datasets.ts";
import { judgeTraining } from "../../src/train/judge.ts";
import { lowerToLayersModel } from "../../src/tfjs/lower.ts";
import { tensorFlow } from "../../src/tfjs/plain.ts";

/** What the compiler says of a page's program, its settings for training included; where it is trained, its graphs too. */
export function findingsOf({
  text,
  command,
  inputs,
  parameters,
  files = {},
}: ExampleProgram): readonly Diagnostic[] {
  const others = new Map(
    Object.entries(files).map(([name, content]) => [name, new SourceFile(name, content)]),
  );
  const compilation = compile(new SourceFile(exampleFileName, text), {
    inputs,
    parameters,
    classesOf: (data) => findKnownDataset(data)?.classNames.length,
    readImport: (target, kind) => (kind === "file" ? others.get(target) : undefined),
  });
  const { model } = compilation;
  const findings = judgeTraining(compilation);
  const isSound = findings.every(({ severity }) => severity !== "error");
  if (command === undefined || command === "check" || !isSound) return findings;
  if (command !== "train") {
    tensorFlow.enableProdMode();
    const backend = command.endsWith("webgpu") ? "webgpu" : "cpu";
    return [...findings, ...lowerToLayersModel(tensorFlow, model, { training: true, backend }).diagnostics];
  }
  const trained = buildTrainingGraphs(model, {
    loss: { name: "mse", target: "values" },
    optimizer: { name: "sgd" },
    metrics: [],
    batch: 1,
  });
  return [...findings, ...trained.diagnostics];
}
