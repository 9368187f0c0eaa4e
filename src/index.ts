// The public API of cnn-lang; everything else may change.
export type { Allowed, ClassCount } from "./lint/lint.ts";
export { type Compilation, type CompileOptions, compile } from "./compile.ts";
export type { ShapedGraph, ShapedLayer } from "./analyze/shaped-graph.ts";
export { explainLayer, type LayerExplanation } from "./analyze/explain.ts";
export type { Diagnostic, Fix, Label, Severity, TextEdit } from "./diagnostics/diagnostic.ts";
export { InputError } from "./diagnostics/input-error.ts";
export { diagnosticToJson } from "./diagnostics/json.ts";
export { renderDiagnostic, renderDiagnostics, type RenderOptions } from "./diagnostics/render.ts";
export type { Dim, Shape } from "./graph/dim.ts";
export type { LayerGraph, LayerNode } from "./graph/layer-graph.ts";
export { renderSummary, summaryToJson } from "./report/summary.ts";
export { SourceFile, type Position, type Span } from "./source/source-file.ts";
export { readCheckpoint, type Checkpoint } from "./train/checkpoint.ts";
export type { TrainingEvent, TrainingJob, TrainingObserver, TrainingResult } from "./train/job.ts";
export { runTraining } from "./train/run.ts";
export { version } from "./version.ts";
