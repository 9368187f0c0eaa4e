import { closeSync, openSync, readSync } from "node:fs";
import type { ImageShape } from "../../data/dataset.ts";
import { readIdx } from "../../data/idx.ts";
import { fitImage, type Image, readImage } from "../../data/image.ts";
import { loadJpegDecoder } from "../../data/jpeg.ts";
import { InputError } from "../../diagnostics/input-error.ts";
import { openModel, type OpenedModel } from "../../train/open-model.ts";
import { formatCount } from "../../report/numbers.ts";
import { formatScore } from "../../report/outputs.ts";
import { predict, predictOutputs, rankClasses, type RankedClass } from "../../train/predict.ts";
import { type ExitCode, UsageError } from "../exit.ts";
import { writeOut } from "../terminal.ts";

interface PredictOptions {
  readonly engine?: "ort" | "tfjs";
  readonly top?: number;
  readonly rows?: string;
  readonly invert?: true;
  readonly format: string;
}

interface Picture {
  readonly name: string;
  /** height × width × channels, 0 to 255. */
  readonly pixels: Uint8Array;
}

/** What the model makes of a picture: its likeliest classes, numbers, or what each of several outputs gives. */
type Prediction = { readonly image: string } & (
  Given | { readonly outputs: Readonly<Record<string, Given>> }
);

type Given = { readonly classes: readonly RankedClass[] } | { readonly values: readonly number[] };

/** `cnn predict`: the likeliest classes of images. */
export async function runPredict(
  path: string,
  images: readonly string[],
  options: PredictOptions,
): Promise<ExitCode> {
  const model = await openModel(path, undefined, options.engine);
  const shape = imageShapeOf(model);
  const rows = parseRows(options.rows ?? "1..10");
  const parseJpeg = await loadJpegDecoder();
  const read = (image: string): Image => readImage(image, parseJpeg);
  const pictures = images.flatMap((image) => readPictures(image, shape, rows, options.invert === true, read));
  const predictions: Prediction[] = [];
  for (const { name, pixels } of pictures)
    predictions.push({ image: name, ...(await predictPicture(model, pixels, options.top ?? 3)) });
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

async function predictPicture(
  model: OpenedModel,
  pixels: Uint8Array,
  top: number,
): Promise<Given | { readonly outputs: Readonly<Record<string, Given>> }> {
  const named = (model.outputNames ?? []).map((name) => ({ name, kind: "numbers" }));
  const outputs = model.columns?.outputs ?? named;
  if (model.columns === undefined && outputs.length < 2) {
    const [classes = []] = await predict(model, pixels);
    return { classes: classes.slice(0, top) };
  }
  const rows = await predictOutputs(model, pixels);
  const given = outputs.map(({ name, kind }, index): readonly [string, Given] => {
    const values = rows[index]![0]!;
    return [
      name,
      kind === "class" ? { classes: rankClasses(values, []).slice(0, top) } : { values: [...values] },
    ];
  });
  return given.length === 1 ? given[0]![1] : { outputs: Object.fromEntries(given) };
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

function imageShapeOf({ session, path }: OpenedModel): ImageShape {
  const { inputShape } = session;
  if (inputShape.length === 3) return inputShape as unknown as ImageShape;
  throw new InputError(`${path} takes ${inputShape.join("x")}, which is no image`, { place: { file: path } });
}

function readPictures(
  path: string,
  shape: ImageShape,
  rows: readonly [number, number],
  invert: boolean,
  read: (path: string) => Image,
): Picture[] {
  if (!startsLikeIdx(path)) return [{ name: path, pixels: fitImage(read(path), shape, { invert }) }];
  const { data, shape: dimensions } = readIdx(path);
  const [count = 0, ...size] = dimensions;
  const sameSize = size.length === 2 ? [...size, 1] : size;
  if (sameSize.join("x") !== shape.join("x") || !(data instanceof Uint8Array)) {
    throw new InputError(
      `${path} holds ${dimensions.join("x")}, but the model takes images of ${shape.join("x")}`,
      {
        place: { file: path },
      },
    );
  }
  const [from, to] = rows;
  if (from > count)
    throw new InputError(`${path} has ${count} images; there is no row ${from}`, { place: { file: path } });
  const length = shape[0] * shape[1] * shape[2];
  return Array.from({ length: Math.min(to, count) - from + 1 }, (_, index) => {
    const start = (from - 1 + index) * length;
    return { name: `${path} row ${from + index}`, pixels: data.subarray(start, start + length) };
  });
}

/** IDX files begin with two zero bytes, or are packed by gzip; no picture begins so. */
function startsLikeIdx(path: string): boolean {
  const start = new Uint8Array(2);
  try {
    const file = openSync(path, "r");
    readSync(file, start);
    closeSync(file);
  } catch {
    // What cannot be read is told where pictures are read.
    return false;
  }
  return (start[0] === 0 && start[1] === 0) || (start[0] === 0x1f && start[1] === 0x8b);
}

function parseRows(text: string): readonly [from: number, to: number] {
  const [, from, to] = /^(\d+)(?:\.\.(\d+))?$/.exec(text) ?? [];
  const first = Number(from);
  const last = to === undefined ? first : Number(to);
  if (!(first >= 1 && last >= first))
    throw new UsageError(`--rows takes FROM..TO counted from 1, not ${text}`);
  return [first, last];
}
