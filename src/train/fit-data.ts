import type { ShapedGraph } from "../analyze/shaped-graph.ts";
import { type Dataset, exampleSize } from "../data/dataset.ts";
import { InputError } from "../diagnostics/input-error.ts";
import type { LayerNode } from "../graph/layer-graph.ts";

/** Layers that expect raw pixels, 0 to 255; where a model begins with one, the data is not scaled before it. */
const scalingKinds: ReadonlySet<string> = new Set(["rescale", "normalize"]);

/**
 * What each value is multiplied by before the model sees it: pixels by 1/255, so that they run from 0 to 1, or 1 where the
 * model itself begins by rescaling; numbers that are no pixels by 1.
 */
export function pixelScale(model: ShapedGraph, content: Dataset["content"] = "pixels"): number {
  if (content === "numbers") return 1;
  const input = model.graph.inputs[0];
  const first = model.graph.layers.find(
    (node: LayerNode) => input !== undefined && node.inputs.includes(input),
  );
  return first !== undefined && scalingKinds.has(first.kind) ? 1 : 1 / 255;
}

/**
 * Checks that a classifier of images can be trained on a data set: one input of the images' shape, one output with a unit
 * a class.
 *
 * @throws InputError that says which side to change
 */
export function checkFit(model: ShapedGraph, data: Dataset): void {
  const [input, ...moreInputs] = model.graph.inputs;
  const [output, ...moreOutputs] = model.graph.outputs;
  if (input === undefined || output === undefined || moreInputs.length > 0 || moreOutputs.length > 0) {
    const { inputs, outputs } = model.graph;
    throw new InputError(
      `${data.name} gives one image and one label an example, but ${model.graph.name} has ${inputs.length} inputs and ${outputs.length} outputs`,
    );
  }
  checkInput(model, data);
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

function checkInput(model: ShapedGraph, dataset: Dataset): void {
  const shape = inputShapeOf(model);
  if (shape.join() === dataset.shape.join()) return;
  const given = shape.map((size) => size ?? "?").join("x");
  const wanted = dataset.isFlat === true ? String(exampleSize(dataset.shape)) : dataset.shape.join("x");
  throw new InputError(
    `${model.graph.name} takes ${given}, but the ${dataset.content === "pixels" ? "images" : "examples"} of ${dataset.name} are ${dataset.isFlat === true ? `rows of ${wanted} numbers` : wanted}`,
    { help: `write \`input ${wanted}\`, or choose other data with --data` },
  );
}

/** The shape of the model's first input; undefined for sizes that are not known. */
export function inputShapeOf(model: ShapedGraph): readonly (number | undefined)[] {
  return model.layer(model.graph.inputs[0]!).shape?.map((dim) => dim.value) ?? [];
}

/** The same where the program says it wholly, for data that is made to fit. */
export function knownInputShape(model: ShapedGraph): readonly number[] | undefined {
  if (model.graph.inputIsImplied || model.graph.inputs.length === 0) return undefined;
  const shape = inputShapeOf(model);
  return shape.every((size) => size !== undefined) ? shape : undefined;
}
