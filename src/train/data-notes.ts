// What the user of a run should know of its data, though it can be trained with.
import { classCounts, type Dataset, exampleSize } from "../data/dataset.ts";
import { storeRows } from "../data/store.ts";
import { formatCount } from "../report/numbers.ts";
import { dataSettings } from "./settings/data.ts";
import type { TrainSettings } from "./settings/table.ts";

/** The parts that a run's data was split into. */
export interface DataParts {
  readonly train: Dataset;
  readonly validation: Dataset | undefined;
  /** What the latter is called, where it came with the data. */
  readonly validationData?: string | undefined;
  /** What pixels are multiplied by before the model sees them. */
  readonly scale?: number;
}

/** Notes on the data, before anything is trained. */
export function notesOfData(settings: TrainSettings, data: Dataset, parts: DataParts): readonly string[] {
  return [
    ...skippedNotes(data),
    ...(data.notes ?? []),
    ...metricNotes(settings, data),
    ...labelNotes(settings, data),
    ...absentNotes(parts),
    ...balanceNotes(settings),
    ...validationNotes(settings, parts),
    ...pixelNotes(data, parts),
  ];
}

function skippedNotes({ skipped = [], skippedCount = 0 }: Dataset): readonly string[] {
  if (skippedCount === 0) return [];
  const more =
    skippedCount > skipped.length ? [`… and ${formatCount(skippedCount - skipped.length)} more`] : [];
  return [
    `left out ${formatCount(skippedCount)} ${skippedCount === 1 ? "example" : "examples"} that cannot be used:`,
    ...skipped,
    ...more,
  ];
}

/** A class is always among so many likeliest ones as there are. */
function metricNotes({ metrics }: TrainSettings, { classNames }: Dataset): readonly string[] {
  const count = classNames.length;
  return metrics.names
    .filter((name) => count > 0 && Number(/^top(\d+)$/.exec(name)?.[1] ?? 0) >= count)
    .map((name) => `${name} is always 1: there are ${count} classes`);
}

/** What only tables have. */
function labelNotes({ label }: TrainSettings, { isFlat, name }: Dataset): readonly string[] {
  return label === undefined || isFlat === true
    ? []
    : [`label ${label.join(", ")} has no meaning here: ${name} is no table`];
}

/** Classes of which one part has no example; that the data as a whole has one of each has been seen to. */
function absentNotes({ train, validation }: DataParts): readonly string[] {
  const untrained = absentClasses(train);
  const unmeasured = validation === undefined ? [] : absentClasses(validation);
  return [
    ...(untrained.length === 0
      ? []
      : [
          `no training example is left of ${listed(untrained)}, which cannot be learned: all are held back to validate with`,
        ]),
    ...(unmeasured.length === 0
      ? []
      : [
          `nothing is held back of ${listed(unmeasured)}: the scores of the validation data do not speak of it`,
        ]),
  ];
}

function absentClasses(part: Dataset): readonly string[] {
  if (part.classNames.length === 0) return [];
  const counts = classCounts(part);
  return part.classNames.filter((_, index) => counts[index] === 0);
}

const mostListed = 5;

function listed(names: readonly string[]): string {
  const others = names.length - mostListed;
  const more = others > 0 ? ` and ${others} other ${others === 1 ? "class" : "classes"}` : "";
  return `${names.slice(0, mostListed).join(", ")}${more}`;
}

function balanceNotes({ sampling, classWeights }: TrainSettings): readonly string[] {
  return sampling === "balanced" && classWeights === "balanced"
    ? [
        "rare classes are made up for twice, by `sampling balanced` and by `class_weights balanced`: leave one of them out",
      ]
    : [];
}

/** As in Keras, examples that are there to validate with come before a share of the training data. */
function validationNotes(
  { validation: { share, split } }: TrainSettings,
  { validationData }: DataParts,
): readonly string[] {
  const { default: usual } = dataSettings.validation;
  if (validationData === undefined || (share === usual.share && split === usual.split)) return [];
  return [`${validationData} is there to validate with: nothing of the training data is held back for that`];
}

/** Zeros and ones that came as whole numbers are hardly meant to be pixels from 0 to 255. */
function pixelNotes(data: Dataset, { scale = 1 }: DataParts): readonly string[] {
  const { name, content, examples, count, shape } = data;
  if (content !== "pixels" || scale === 1 || examples.pending !== undefined) return [];
  for (const values of storeRows(examples, count, exampleSize(shape)))
    if (values.some((value) => value > 1)) return [];
  return [
    `all values of ${name} are 0 or 1, and are divided by 255 as pixels are: save them as booleans or floats to have them as they are`,
  ];
}
