import type { ImageShape } from "../../data/dataset.ts";
import { type ExampleRow, readExampleRows } from "../../data/example-rows.ts";
import { fitImage, readImage } from "../../data/image.ts";
import { loadJpegDecoder } from "../../data/jpeg.ts";
import { InputError } from "../../diagnostics/input-error.ts";
import { openModel, type OpenedModel } from "../../train/open-model.ts";
import { formatCount } from "../../report/numbers.ts";
import { formatScore } from "../../report/outputs.ts";
import { predictNumbers, predictOutputs, rankClasses, type RankedClass } from "../../train/predict.ts";
import { type ExitCode, UsageError } from "../exit.ts";
import { writeOut } from "../terminal.ts";

interface PredictOptions {
  readonly engine?: "ort" | "tfjs";
  readonly top?: number;
  readonly rows?: string;
  readonly invert?: true;
  readonly format: string;
}

/** What the model makes of an example: its likeliest classes, numbers, or what each of several outputs gives. */
type Prediction = { readonly image: string } & (
  Given | { readonly outputs: Readonly<Record<string, Given>> }
);

type Given = { readonly classes: readonly RankedClass[] } | { readonly values: readonly number[] };

/** `cnn predict`: the likeliest classes of examples, or the numbers that the model gives for them. */
export async function runPredict(
  path: string,
  files: readonly string[],
  options: PredictOptions,
): Promise<ExitCode> {
  const model = await openModel(path, undefined, options.engine);
  const range = parseRows(options.rows ?? "1..10");
  const examples: ExampleRow[] = [];
  for (const file of files)
    examples.push(...(await readExamples(file, model, range, options.invert === true)));
  const predictions: Prediction[] = [];
  const unscaled = { ...model, scale: 1, offset: 0 };
  for (const { name, values, content } of examples) {
    const scaling = content === "pixels" ? model : unscaled;
    predictions.push({ image: name, ...(await predictExample(scaling, values, options.top ?? 3)) });
  }
  if (options.format === "json") {
    writeOut(`${JSON.stringify(predictions, undefined, 2)}\n`);
    return 0;
  }
  for (const prediction of predictions) {
    if (!("outputs" in prediction)) writeOut(`${prediction.image}: ${describeGiven(prediction)}\n`);
    else {
      const lines = Object.entries(prediction.outputs).map(
        ([name, given]) => `  ${name}: ${describeGiven(given)}\n`,
      );
      writeOut(`${prediction.image}\n${lines.join("")}`);
    }
  }
  return 0;
}

async function predictExample(
  model: OpenedModel,
  values: ArrayLike<number>,
  top: number,
): Promise<Given | { readonly outputs: Readonly<Record<string, Given>> }> {
  const named = (model.outputNames ?? []).map((name) => ({ name, kind: "numbers" }));
  const outputs = model.columns?.outputs ?? named;
  if (model.columns === undefined && outputs.length < 2) {
    const [row = new Float32Array(0)] = await predictNumbers(model, values);
    // A file that names no classes may give numbers.
    return model.classNames.length > 0 || isDistribution(row)
      ? { classes: rankClasses(row, model.classNames).slice(0, top) }
      : { values: [...row] };
  }
  const rows = await predictOutputs(model, values);
  const given = outputs.map(({ name, kind }, index): readonly [string, Given] => {
    const row = rows[index]![0]!;
    return [name, kind === "class" ? { classes: rankClasses(row, []).slice(0, top) } : { values: [...row] }];
  });
  return given.length === 1 ? given[0]![1] : { outputs: Object.fromEntries(given) };
}

/** Whether numbers can be the shares of classes. */
function isDistribution(row: Float32Array): boolean {
  const total = row.reduce((sum, value) => sum + value, 0);
  return row.length > 1 && row.every((value) => value >= 0) && Math.abs(total - 1) < 1e-3;
}

/** More numbers than that are not read by a person. */
const mostNumbers = 10;

function describeGiven(given: Given): string {
  if ("classes" in given)
    return given.classes
      .map(({ className, probability }) => `${className} ${(100 * probability).toFixed(1)} %`)
      .join(", ");
  const { values } = given;
  const shown = values.slice(0, mostNumbers).map(formatScore).join(", ");
  return values.length <= mostNumbers
    ? shown
    : `${shown}, … (${formatCount(values.length)} numbers; --format json has all)`;
}

/** The examples of a file: the rows that are asked for, or the picture that it is, which alone can be inverted. */
async function readExamples(
  path: string,
  { session, reading, columns, path: modelPath }: OpenedModel,
  range: readonly [number, number],
  invert: boolean,
): Promise<readonly ExampleRow[]> {
  const shape = session.inputShape;
  const outputs = columns?.outputs.map(({ name }) => name) ?? [];
  const rows = readExampleRows(path, { shape, range, label: reading.label, outputs });
  if (rows !== undefined) return rows;
  if (shape.length !== 3) {
    throw new InputError(`${modelPath} takes ${shape.join("x")}, which is no image`, {
      place: { file: modelPath },
      help: "name a table (.csv) or an array of NumPy (.npy) that holds such examples",
    });
  }
  const picture = readImage(path, await loadJpegDecoder());
  return [
    { name: path, content: "pixels", values: fitImage(picture, shape as unknown as ImageShape, { invert }) },
  ];
}

function parseRows(text: string): readonly [from: number, to: number] {
  const [, from, to] = /^(\d+)(?:\.\.(\d+))?$/.exec(text) ?? [];
  const first = Number(from);
  const last = to === undefined ? first : Number(to);
  if (!(first >= 1 && last >= first))
    throw new UsageError(`--rows takes FROM..TO counted from 1, not ${text}`);
  return [first, last];
}
