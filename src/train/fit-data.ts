import type { ShapedGraph } from "../analyze/shaped-graph.ts";
import type { DataSource, Dataset } from "../data/dataset.ts";
import { InputError } from "../diagnostics/input-error.ts";
import type { LayerNode } from "../graph/layer-graph.ts";

/** Layers that expect raw pixels, 0 to 255; where a model begins with one, the data is not scaled before it. */
const scalingKinds: ReadonlySet<string> = new Set(["rescale", "normalize"]);

/**
 * What each pixel byte is multiplied by before the model sees it: 1/255, so that pixels run from 0 to 1, or 1 where the
 * model itself begins by rescaling.
 */
export function pixelScale(model: ShapedGraph): number {
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
export function checkFit(model: ShapedGraph, data: DataSource): void {
  const [input, ...moreInputs] = model.graph.inputs;
  const [output, ...moreOutputs] = model.graph.outputs;
  if (input === undefined || output === undefined || moreInputs.length > 0 || moreOutputs.length > 0) {
    const { inputs, outputs } = model.graph;
    throw new InputError(
      `${data.train.name} gives one image and one label an example, but ${model.graph.name} has ${inputs.length} inputs and ${outputs.length} outputs`,
    );
  }
  checkInput(model, data.train);
  const augment = model.graph.sections.find(({ name }) => name === "augment");
  if (augment !== undefined) {
    const { file, start } = augment.span;
    throw new InputError(
      "an `augment` section cannot be carried out yet, and a run without it would be another run",
      {
        place: { file: file.name, row: file.position(start).line },
        help: "take the section out to train without augmentation",
      },
    );
  }
  const { shape, node } = model.layer(output.layer);
  const classCount = data.train.classNames.length;
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
    throw new InputError(
      `${node.name} ends in sigmoid, but each image of ${data.train.name} is of one class`,
      {
        help: `classes that exclude each other take softmax: \`dense ${classCount} softmax\``,
      },
    );
  }
  if (units !== classCount && !(units === 1 && classCount === 2)) {
    throw new InputError(
      `${node.name} has ${units} units, but ${data.train.name} has ${classCount} classes`,
      {
        help: `give the last layer ${classCount} units: \`dense ${classCount} softmax\``,
      },
    );
  }
}

function checkInput(model: ShapedGraph, dataset: Dataset): void {
  const shape = model.layer(model.graph.inputs[0]!).shape?.map((dim) => dim.value) ?? [];
  if (shape.length === 3 && shape.every((size, axis) => size === dataset.shape[axis])) return;
  const given = shape.map((size) => size ?? "?").join("x");
  throw new InputError(
    `${model.graph.name} takes ${given}, but the images of ${dataset.name} are ${dataset.shape.join("x")}`,
    {
      help: `write \`input ${dataset.shape.join("x")}\`, or choose other data with --data`,
    },
  );
}
