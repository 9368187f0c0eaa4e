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
export {
  brierScore,
  type CalibrationBin,
  CalibrationCounter,
  calibrationOf,
  confidenceCalibration,
  logLoss,
} from "./metrics/calibration.ts";
export {
  type ClassificationReport,
  type ClassReport,
  ConfusionCounter,
  countConfusion,
  reportClassification,
} from "./metrics/classification.ts";
export {
  type Box,
  cocoThresholds,
  type Detection,
  type DetectionReport,
  evaluateDetections,
  intersectionOverUnion,
  type TrueObject,
} from "./metrics/detection.ts";
export {
  areaUnderCurve,
  averagePrecision,
  multiClassAuc,
  multiClassAveragePrecision,
  multiLabelAveragePrecision,
  precisionRecallCurve,
  rocAuc,
  rocCurve,
} from "./metrics/ranking.ts";
export { RegressionCounter, type RegressionReport, reportRegression } from "./metrics/regression.ts";
export { reportScores, type ScoreReport } from "./metrics/scores.ts";
export { decodeGreedily, editDistance, ErrorRateCounter } from "./metrics/sequences.ts";
export { TopKCounter, topKAccuracy } from "./metrics/top-k.ts";
export { renderSummary, summaryToJson } from "./report/summary.ts";
export { SourceFile, type Position, type Span } from "./source/source-file.ts";
export { readCheckpoint, type Checkpoint } from "./train/checkpoint.ts";
export {
  evaluateModel as evaluate,
  evaluateOutputs,
  type Evaluation,
  type EvaluationChoice,
  type OutputEvaluation,
} from "./train/evaluate.ts";
export { predictNumbers, predictOutputs } from "./train/predict.ts";
export type { EpochRecord, Scores } from "./train/history.ts";
export type {
  BatchRecord,
  RunControl,
  RunEnd,
  RunStart,
  StepProgress,
  TrainingEvent,
  TrainingJob,
  TrainingObserver,
  TrainingResult,
} from "./train/job.ts";
export { loadRun, type LoadedRun } from "./train/load-run.ts";
export { openModel, type OpenedModel } from "./train/open-model.ts";
export { predict, type RankedClass } from "./train/predict.ts";
export type { Receipt } from "./train/receipt.ts";
export { reportRun } from "./train/report-run.ts";
export { runTraining } from "./train/run.ts";
export { version } from "./version.ts";
