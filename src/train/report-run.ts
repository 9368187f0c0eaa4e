import { join } from "node:path";
import { encode } from "fast-png";
import { batchCount } from "../data/batches.ts";
import { type Dataset, exampleSize } from "../data/dataset.ts";
import { openReader } from "../data/store.ts";
import { writeFileAtomically } from "../files/atomic.ts";
import { argMax } from "../metrics/classification.ts";
import { foldGraph } from "../report/diagram/fold.ts";
import { headOf, renderDiagram } from "../report/diagram/svg.ts";
import { formatCount, formatMagnitude } from "../report/numbers.ts";
import { formatScore } from "../report/outputs.ts";
import { formatShare } from "../report/run/markup.ts";
import { type Mistake, renderRunReport, type Row, type RunReport } from "../report/run/page.ts";
import { version } from "../version.ts";
import { judgeBest } from "./best-epoch.ts";
import { type CheckpointDescription, readCheckpoint } from "./checkpoint.ts";
import {
  type Evaluation,
  evaluateModel,
  type EvaluationChoice,
  evaluateOn,
  evaluateOutputs,
  evaluateOutputsOn,
} from "./evaluate.ts";
import { historyCharts } from "./history.ts";
import { joinScores } from "./output-scores.ts";
import { openModel, type OpenedModel } from "./open-model.ts";
import { type PreparedRun, prepareRun } from "./prepare.ts";
import { contentsOf } from "./receipt.ts";
import { RunFolder, runFiles } from "./run-folder.ts";

/** Mistakes that a page has room for. */
const mostMistakes = 24;
/** Scores of outputs that stand at the page's head. */
const mostScores = 3;

/**
 * Writes the report of a run, `report.html` in its folder: measured on what the run held back, on its test data where it held
 * nothing back, or on the data that is asked for.
 *
 * @returns the page's path
 * @throws InputError where there is no run, where its data is gone, or where the page cannot be written
 */
export async function reportRun(
  runFolder: string,
  choice: EvaluationChoice & { readonly threads?: number | undefined } = {},
): Promise<string> {
  const folder = new RunFolder(runFolder);
  const model = await openModel(runFolder, choice.threads);
  const { description } = await readCheckpoint(folder.checkpointPath);
  const { dataFolder = description.dataFolder } = choice;
  const run = await prepareRun({ ...jobOf(description), dataFolder, runFolder }, {});
  const isHeld = choice.data === undefined && run.validation !== undefined;
  const measured = await measure(model, isHeld ? run.validation : undefined, choice);
  const { count, name } = measured.dataset;
  const measuredOn = isHeld
    ? `the ${formatCount(count)} examples ${run.validationData === undefined ? "held back for validation" : `of ${run.validationData}`}`
    : `the ${formatCount(count)} test examples of ${name}`;
  const path = join(runFolder, runFiles.report);
  await writeFileAtomically(path, renderRunReport(describeReport(description, run, measured, measuredOn)));
  return path;
}

/** What the page shows of how good the model is. */
interface Measured extends Pick<RunReport, "tiles" | "classes" | "outputs"> {
  readonly dataset: Dataset;
}

/** @param held the examples to measure on; the test data where there are none */
async function measure(
  model: OpenedModel,
  held: Dataset | undefined,
  choice: EvaluationChoice,
): Promise<Measured> {
  if (model.columns === undefined)
    return describeClasses(held ? await evaluateOn(model, held) : await evaluateModel(model, choice));
  const { dataset, outputs } = held
    ? await evaluateOutputsOn(model, held)
    : await evaluateOutputs(model, choice);
  const tiles = Object.entries(joinScores(outputs)).slice(0, mostScores);
  return {
    dataset,
    outputs,
    tiles: tiles.map(([name, value]) => ({ label: name.replaceAll("_", " "), value: formatScore(value) })),
  };
}

function describeClasses(evaluation: Evaluation): Measured {
  const { classification, logLoss } = evaluation.report;
  return {
    dataset: evaluation.dataset,
    classes: { classification, mistakes: worstMistakes(evaluation) },
    tiles: [
      { label: "accuracy", value: formatShare(classification.accuracy) },
      ...(logLoss === undefined ? [] : [{ label: "loss", value: logLoss.toFixed(4) }]),
      { label: "F1, mean of the classes", value: formatShare(classification.macro.f1) },
    ],
  };
}

function jobOf({ source, compile, overrides }: CheckpointDescription) {
  return { source, imports: source.imports, compile, overrides };
}

function describeReport(
  description: CheckpointDescription,
  run: PreparedRun,
  { tiles, classes, outputs }: Measured,
  measuredOn: string,
): RunReport {
  const { history, model: title, settings, data, source } = description;
  const best = judgeBest(history, settings);
  const seconds = history.reduce((sum, record) => sum + record.seconds, 0);
  const parameters = run.model.totals.parameters;
  const epochs = best?.bestEpoch === undefined ? history.length : `${best.bestEpoch} of ${history.length}`;
  return {
    title,
    subtitle: `${formatMagnitude(parameters)} parameters on ${data.name}, ${formatCount(run.train.count)} examples, ${description.made.engine}`,
    tiles: [
      ...tiles,
      { label: best === undefined ? "epochs" : "best epoch", value: String(epochs) },
      { label: "training time", value: formatTime(seconds) },
      {
        label: "images a second",
        value: formatCount(Math.round(history.at(-1)?.imagesPerSecond ?? 0)),
      },
    ],
    charts: historyCharts(history, best?.bestEpoch),
    model: run.model,
    diagram: renderDiagram(foldGraph(run.model), headOf(run.model)),
    data: dataRows(run, data.source),
    measuredOn,
    ...(classes === undefined ? {} : { classes }),
    ...(outputs === undefined ? {} : { outputs }),
    source: source.text.trimEnd(),
    receipt: receiptRows(description),
    footer: `cnn ${version}; this page needs no other file.`,
  };
}

function dataRows(run: PreparedRun, source: string): readonly Row[] {
  const { train, validation, validationData, settings } = run;
  const steps = batchCount(train.count, settings.batch * settings.accumulate);
  return [
    [
      "training",
      `${formatCount(train.count)} examples of ${train.shape.join("x")}, ${formatCount(steps)} steps an epoch`,
    ],
    [
      "validation",
      validation === undefined
        ? "none"
        : `${formatCount(validation.count)} examples ${validationData === undefined ? "held back" : `of ${validationData}`}`,
    ],
    ...(train.classNames.length === 0 ? [] : [["classes", train.classNames.join(", ")] as const]),
    ["contents", contentsOf(source)],
  ];
}

function receiptRows({
  source,
  command,
  made,
  settings,
  startedAt,
  startedFrom,
  earlier = [],
}: CheckpointDescription): readonly Row[] {
  return [
    ["command", command.length === 0 ? "none" : `cnn ${command.join(" ")}`],
    ["program", `${source.name}, sha256:${source.sha256}`],
    ["seed", String(settings.seed)],
    ...startedFrom.map(({ file, sha256 }): Row => ["weights from", `${file}, sha256:${sha256}`]),
    ["versions", `cnn ${made.cnn}, Node ${made.node}`],
    ["engine", made.engine],
    ["machine", made.machine],
    ["began", startedAt],
    ...earlier.map(({ steps }): Row => ["went on", `after step ${formatCount(steps)} in another way`]),
    ["repeat it", `cnn train --receipt ${runFiles.receipt}`],
  ];
}

/** Those of which the model is surest. */
function worstMistakes({ dataset, probabilities }: Evaluation): readonly Mistake[] {
  const { labels, classNames, count } = dataset;
  const classCount = classNames.length;
  const wrong: { row: number; predicted: number; probability: number }[] = [];
  for (let row = 0; row < count; row++) {
    const predicted = argMax(probabilities, row * classCount, classCount);
    if (predicted !== labels[row])
      wrong.push({ row, predicted, probability: probabilities[row * classCount + predicted]! });
  }
  wrong.sort((a, b) => b.probability - a.probability);
  const draw = pictureDrawer(dataset);
  return wrong.slice(0, mostMistakes).map(({ row, predicted, probability }) => ({
    picture: draw(row),
    row: (dataset.rows?.[row] ?? row) + 1,
    className: classNames[labels[row]!]!,
    predicted: classNames[predicted]!,
    probability,
  }));
}

/** Makes PNG pictures, as `data:` addresses, of examples that are pictures. */
function pictureDrawer(dataset: Dataset): (row: number) => string | undefined {
  const [height, width, channels] = dataset.shape;
  const isPicture = dataset.shape.length === 3 && (channels === 1 || channels === 3);
  if (!isPicture || dataset.content !== "pixels") return () => undefined;
  const size = exampleSize(dataset.shape);
  return (row) => {
    const values = new Float32Array(size);
    const reader = openReader(dataset.examples, size);
    reader.read(dataset.rows?.[row] ?? row, values, 0, 1);
    reader.close();
    const png = encode({ width: width!, height: height!, channels, depth: 8, data: Uint8Array.from(values) });
    return `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
  };
}

function formatTime(seconds: number): string {
  if (seconds < 90) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  return seconds < 5400 ? `${(seconds / 60).toFixed(1)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
