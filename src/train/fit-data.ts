import type { ShapedGraph } from "../analyze/shaped-graph.ts";
import { columnRows, largestValue, type ValueColumn, type WantedColumns } from "../data/columns.ts";
import { type Dataset, exampleSize } from "../data/dataset.ts";
import { InputError } from "../diagnostics/input-error.ts";
import type { LayerNode } from "../graph/layer-graph.ts";
import { lastActivation } from "../graph/last-activation.ts";

/** Layers that take bytes as they are, pixels or numbers of words; where a model begins with one, the data is not scaled before it. */
const scalingKinds: ReadonlySet<string> = new Set(["rescale", "normalize", "embedding"]);

/**
 * What each value is multiplied by before the model sees it: pixels by 1/255, so that they run from 0 to 1, or 1 where the
 * model itself begins by rescaling; numbers that are no pixels by 1.
 */
export function pixelScale(model: ShapedGraph, content: Dataset["content"] = "pixels", place = 0): number {
  if (content === "numbers") return 1;
  const first = firstLayer(model, place);
  return first !== undefined && scalingKinds.has(first.kind) ? 1 : 1 / 255;
}

/** The first layer that takes an input. */
function firstLayer({ graph }: ShapedGraph, place: number): LayerNode | undefined {
  const input = graph.inputs[place];
  return graph.layers.find((node) => input !== undefined && node.inputs.includes(input));
}

/** The data with its columns scaled as the model wants them. */
export function scaleColumns(model: ShapedGraph, data: Dataset): Dataset {
  const { otherInputs } = data;
  if (otherInputs === undefined) return data;
  return {
    ...data,
    otherInputs: otherInputs.map((column, index) => ({
      ...column,
      scale: pixelScale(model, column.content, index + 1),
    })),
  };
}

/**
 * Checks that a model can be trained on a data set: inputs of the examples' shapes; outputs that give what the data holds.
 *
 * @param wanted what the model wants where that is not one example and its class
 * @throws InputError that says which side to change
 */
export function checkFit(model: ShapedGraph, data: Dataset, wanted: WantedColumns | undefined): void {
  if (wanted !== undefined && data.targets !== undefined) checkColumns(model, data, wanted);
  else checkClassifier(model, data, wanted);
  checkLookUps(model, data);
}

/**
 * Checks that a model which begins by looking numbers up finds all of the data's numbers in its table.
 *
 * @throws InputError with the row of the first one that has no place there
 */
export function checkLookUps(model: ShapedGraph, data: Dataset): void {
  for (const [place, given] of [data, ...(data.otherInputs ?? [])].entries()) {
    const first = firstLayer(model, place);
    const count = first?.arguments["count"];
    if (first?.kind !== "embedding" || typeof count !== "number") continue;
    const column = { ...given, name: first.name, scale: 1 };
    let row = 0;
    for (const values of columnRows(data, column)) {
      const wrong = values.find((value) => !(Number.isInteger(value) && value >= 0 && value < count));
      if (wrong !== undefined) {
        const isLarge = Number.isInteger(wrong) && wrong > 0;
        throw new InputError(
          `${data.name} has ${wrong} in example ${(data.rows?.[row] ?? row) + 1}, but ${first.name} has places for the whole numbers from 0 to ${count - 1}`,
          isLarge
            ? {
                help: `the largest is ${largestValue(data, column)}: \`embedding ${largestValue(data, column) + 1} …\` has a place for it`,
              }
            : { help: "what is looked up is numbered from 0, as words are by a vocabulary" },
        );
      }
      row += 1;
    }
  }
}

function checkColumns(model: ShapedGraph, data: Dataset, { targets }: WantedColumns): void {
  const otherInputs = data.otherInputs ?? [];
  for (const [place, given] of [data, ...otherInputs].entries()) checkInput(model, given, data, place);
  for (const [index, column] of data.targets!.entries()) {
    const { name, kind } = targets[index]!;
    const { shape, node } = model.layer(model.graph.outputs[index]!.layer);
    const sizes = shape!.map((dim) => dim.value!);
    if (kind === "values" || kind === "either") {
      requireShape(column.shape, sizes, { name, data: data.name });
      requireRange(data, column, lastActivation(node));
      continue;
    }
    if (kind === "classes") requireShape(column.shape, sizes.slice(0, -1), { name, data: data.name });
    const [largest, units] = [largestValue(data, column), sizes.at(-1)!];
    if (largest >= units) {
      throw new InputError(
        `${data.name} has the class ${largest} for ${name}, but ${node.name} has ${units} units: classes 0 to ${units - 1}`,
        { help: "classes are counted from 0; give the last layer a unit a class" },
      );
    }
  }
}

function requireShape(
  given: readonly number[],
  wanted: readonly number[],
  { name, data }: { readonly name: string; readonly data: string },
): void {
  if (given.join() === wanted.join()) return;
  throw new InputError(
    `${name} gives ${wanted.join("x")} an example, but ${data} holds ${given.join("x")} to compare it with`,
    { help: "end the model in what the data holds, or bring the data into the output's shape" },
  );
}

/** What never comes out of an output cannot be learned. */
function requireRange(data: Dataset, column: ValueColumn, activation: string): void {
  if (activation !== "sigmoid" && activation !== "softmax") return;
  const largest = largestValue(data, column);
  if (largest <= 1) return;
  throw new InputError(
    `${column.name} ends in ${activation}, which gives 0 to 1, but ${data.name} holds values up to ${largest} for it`,
    {
      help: "scale the values to 0 to 1 (targets are taken as they are), or end the model without an activation",
    },
  );
}

function checkClassifier(model: ShapedGraph, data: Dataset, wanted: WantedColumns | undefined): void {
  const [input, ...moreInputs] = model.graph.inputs;
  const [output, ...moreOutputs] = model.graph.outputs;
  if (input === undefined || output === undefined || moreInputs.length > 0 || moreOutputs.length > 0) {
    const { inputs, outputs } = model.graph;
    throw new InputError(
      `${data.name} gives one example and one label, but ${model.graph.name} has ${inputs.length} inputs and ${outputs.length} outputs`,
      { help: "several go by their names in NumPy's arrays (.npz) or in a table: see docs/data.md" },
    );
  }
  if (wanted?.targets[0]?.kind === "sequences")
    throw new InputError(`the loss ctc compares with sequences, but ${data.name} has one class an example`, {
      help: "sequences are rows of class numbers, filled up with 0: y in an .npz, or columns of a table",
    });
  checkInput(model, data, data, 0);
  const { shape, node } = model.layer(output.layer);
  const classCount = data.classNames.length;
  const units = shape?.[0]?.value;
  if (shape?.length !== 1) {
    throw new InputError(
      `${node.name} gives ${shape?.join("x") ?? "an unknown shape"}, not one value a class`,
      {
        help: `end the model with \`flatten\` or \`global_pool avg\`, then \`dense ${classCount} softmax\``,
      },
    );
  }
  const activation = node.arguments["activation"];
  const isSigmoid = typeof activation === "object" && "name" in activation && activation.name === "sigmoid";
  if (isSigmoid && classCount > 2) {
    throw new InputError(`${node.name} ends in sigmoid, but each image of ${data.name} is of one class`, {
      help: `classes that exclude each other take softmax: \`dense ${classCount} softmax\``,
    });
  }
  if (units !== classCount && !(units === 1 && classCount === 2)) {
    throw new InputError(`${node.name} has ${units} units, but ${data.name} has ${classCount} classes`, {
      help: `give the last layer ${classCount} units: \`dense ${classCount} softmax\``,
    });
  }
}

function checkInput(
  model: ShapedGraph,
  { shape: own, content }: Pick<Dataset, "shape" | "content">,
  dataset: Dataset,
  place: number,
): void {
  const shape = inputShapeOf(model, place);
  if (shape.join() === own.join()) return;
  const given = shape.map((size) => size ?? "?").join("x");
  const wanted = dataset.isFlat === true ? String(exampleSize(own)) : own.join("x");
  const { inputs, name } = model.graph;
  const whose = inputs.length === 1 ? name : `${model.layer(inputs[place]!).node.name} of ${name}`;
  throw new InputError(
    `${whose} takes ${given}, but the ${content === "pixels" ? "images" : "examples"} of ${dataset.name} are ${dataset.isFlat === true ? `rows of ${wanted} numbers` : wanted}`,
    { help: adviceFor(shape, own) ?? `write \`input ${wanted}\`, or choose other data with --data` },
  );
}

/** Where the axis of channels comes first in the data, and last in the model. */
function adviceFor(shape: readonly (number | undefined)[], own: readonly number[]): string | undefined {
  const [channels, ...places] = own;
  if (own.length < 2 || shape.join() !== [...places, channels].join()) return undefined;
  return "the data has its channels first, and the language has them last: numpy.moveaxis(x, 1, -1) brings them there";
}

/** The shape of one of the model's inputs; undefined for sizes that are not known. */
export function inputShapeOf(model: ShapedGraph, place = 0): readonly (number | undefined)[] {
  return model.layer(model.graph.inputs[place]!).shape?.map((dim) => dim.value) ?? [];
}

/** The same where the program says it wholly, for data that is made to fit. */
export function knownInputShape(model: ShapedGraph): readonly number[] | undefined {
  if (model.graph.inputIsImplied || model.graph.inputs.length === 0) return undefined;
  const shape = inputShapeOf(model);
  return shape.every((size) => size !== undefined) ? shape : undefined;
}
