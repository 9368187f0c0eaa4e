import type { ArgumentValue } from "../../graph/layer-graph.ts";
import { argument, choice, count, flag, number, path } from "../../settings/argument.ts";
import { recordSetting, valueSetting } from "../../settings/setting.ts";

/** Which examples, and how they are dealt out. */
export const dataSettings = {
  data: valueSetting(
    path(
      "A data set's name, a folder (IDX, CSV, NumPy's arrays, or pictures in a folder a class), or a file (.csv, .npz).",
      "a data set, e.g. `fashion_mnist`",
      { default: "digits" },
    ),
    { example: "data fashion_mnist", mayChangeOnResume: true },
  ),
  resize: valueSetting(flag("Whether pictures of another size are resized; else they are mistakes."), {
    example: "resize yes",
    defaultText: "no",
  }),
  skipBad: valueSetting(
    flag("Whether pictures and lines that cannot be used are left out and counted; else they are mistakes."),
    { example: "skip_bad yes", defaultText: "no" },
  ),
  label: valueSetting<readonly string[] | undefined>(
    argument<readonly string[]>(
      "The column of a table that holds the label: its name, or its number from 1; several in brackets where a model gives several numbers.",
      {},
      "a column's name or number, or several in brackets",
      acceptColumns,
    ),
    {
      example: 'label "species"',
      defaultText: "one called `label`, `class` or so, else the only one with words, else the first",
    },
  ),
  batch: valueSetting(count("Examples a step.", { maximum: 1_000_000, default: 32 }), {
    example: "batch 32",
  }),
  validation: recordSetting(
    {
      share: number("the share of the training data, 0 for none", {
        minimum: 0,
        below: 1,
        default: 0.1,
        positional: true,
      }),
      split: choice(
        "equally from every class by the seed, or the last rows as Keras takes them",
        ["stratified", "last"],
        {
          default: "stratified",
        },
      ),
    },
    {
      summary: "What is held back to validate with where the data has no part for that; 0 for none.",
      example: "validation 0.1",
      default: { share: 0.1, split: "stratified" },
      defaultText: "0.1",
    },
  ),
  classWeights: valueSetting<"balanced" | readonly number[] | undefined>(
    argument<"balanced" | readonly number[]>(
      "What examples of each class count in the training loss; `balanced` is in inverse proportion to how many there are.",
      {},
      "`balanced`, or a number for each class: [1, 2.5]",
      acceptClassWeights,
    ),
    { example: "class_weights balanced", defaultText: "all the same" },
  ),
  sampling: valueSetting(
    choice(
      "How an epoch takes examples: each once, or every class equally often (rare ones several times).",
      ["once", "balanced"],
      { default: "once" },
    ),
    { example: "sampling balanced" },
  ),
};

function acceptColumns(value: ArgumentValue): readonly string[] | undefined {
  const columns: readonly unknown[] = Array.isArray(value) ? value : [value];
  const areColumns = columns.every((each) => typeof each === "string" || Number.isInteger(each));
  return areColumns && columns.length > 0 ? columns.map(String) : undefined;
}

function acceptClassWeights(value: ArgumentValue): "balanced" | readonly number[] | undefined {
  if (value === "balanced") return value;
  const isList = Array.isArray(value) && value.every((weight) => typeof weight === "number" && weight >= 0);
  return isList ? (value as readonly number[]) : undefined;
}
