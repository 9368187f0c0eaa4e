import type { ShapedGraph } from "../analyze/shaped-graph.ts";
import { type LossName, lossKinds, type LossOptions } from "../autodiff/losses/losses.ts";
import type { Batch } from "../data/batches.ts";
import type { ValueColumn, WantedColumns, WantedTarget } from "../data/columns.ts";
import type { Dataset } from "../data/dataset.ts";
import { InputError } from "../diagnostics/input-error.ts";
import type { ExampleBatch } from "../engine/engine.ts";
import { lastActivation } from "../graph/last-activation.ts";
import type { GraphOutput, LayerId } from "../graph/layer-graph.ts";
import type { LossSetting } from "./settings/loss.ts";

/**
 * The loss of each output of a model of classes, in their order: what the settings name for it, else what its last activation
 * means (softmax or none: cross-entropy; sigmoid: binary cross-entropy).
 *
 * @throws InputError where a loss does not fit its output
 */
export function chooseLosses(
  model: ShapedGraph,
  settings: readonly LossSetting[],
  columns?: TargetColumns,
): readonly LossOptions[] {
  const [misfit] = findMisfits(model, settings);
  if (misfit !== undefined) throw new InputError(misfit.message, { help: misfit.help });
  return model.graph.outputs.map((output, index) => ({
    ...chooseLoss(model, output, settingFor(output, settings)),
    ...(columns && targetOptions(columns.wanted[index]!, columns.targets[index]!)),
  }));
}

/** A loss that its output cannot have. */
export interface LossMisfit {
  readonly message: string;
  readonly help: string;
  /** What was said of that output; undefined where its loss follows from the last activation. */
  readonly setting: ChosenLoss | undefined;
}

/** Which loss an output has. */
type ChosenLoss = Pick<LossSetting, "name" | "output">;

/** The losses that do not fit the outputs that they are for. */
export function findMisfits(model: ShapedGraph, settings: readonly ChosenLoss[]): readonly LossMisfit[] {
  return model.graph.outputs.flatMap((output): readonly LossMisfit[] => {
    const setting = settingFor(output, settings);
    const { node, shape } = model.layer(output.layer);
    const activation = lastActivation(node);
    const loss = lossName(activation, setting);
    const { folds, wantsLogits } = lossKinds[loss];
    if (wantsLogits && activation !== folds && activation !== "linear") {
      const message = `the loss ${loss} is computed on logits, but ${node.name} ends in ${activation}`;
      const help = `end the model in ${folds}, or without an activation, or choose another loss`;
      return [{ message, help, setting }];
    }
    if (loss === "cross_entropy" && shape?.at(-1)?.value === 1) {
      const message = `cross-entropy over the one unit of ${node.name} is always 0`;
      const help = "end with `dense 1 sigmoid` for two classes, or give each class a unit";
      return [{ message, help, setting }];
    }
    return [];
  });
}

/** What is said of an output's loss. */
function settingFor<Chosen extends ChosenLoss>(
  { name }: GraphOutput,
  settings: readonly Chosen[],
): Chosen | undefined {
  return (
    settings.find(({ output }) => output === name) ?? settings.find(({ output }) => output === undefined)
  );
}

function lossName(activation: string, setting: ChosenLoss | undefined): LossName {
  return setting?.name ?? (activation === "sigmoid" ? "binary_cross_entropy" : "cross_entropy");
}

/** What outputs are compared with, where it is not the class of the example. */
export interface TargetColumns {
  readonly wanted: readonly WantedTarget[];
  readonly targets: readonly ValueColumn[];
}

function targetOptions(
  { kind }: WantedTarget,
  { shape }: ValueColumn,
): Pick<LossOptions, "target" | "sequenceLength"> {
  if (kind === "sequences") return { target: "sequences", sequenceLength: shape[0]! };
  return { target: kind === "values" || kind === "either" ? "values" : "classes" };
}

/** Losses between numbers: what they compare with is no class, unless the output ends in what classes end in. */
export const numberLosses: ReadonlySet<LossName> = new Set([
  "mse",
  "mae",
  "mape",
  "msle",
  "huber",
  "log_cosh",
  "poisson",
  "cosine",
]);

/**
 * What the data must hold for a model; undefined where that is one example and its class.
 *
 * @param model its shapes may be unknown yet
 */
export function wantedColumns(
  model: ShapedGraph,
  settings: readonly LossSetting[],
): WantedColumns | undefined {
  const { graph } = model;
  const inputs = graph.inputs.map((id) => {
    const { node, shape } = model.layer(id);
    return { name: node.name, shape: knownSizes(shape?.map((dim) => dim.value)) };
  });
  const targets = graph.outputs.map((output) => wantedTarget(model, output, settingFor(output, settings)));
  const isPlain = inputs.length === 1 && targets.length === 1 && targets[0]!.kind === "class";
  return isPlain ? undefined : { inputs, targets };
}

function wantedTarget(
  model: ShapedGraph,
  { layer, name }: GraphOutput,
  setting: LossSetting | undefined,
): WantedTarget {
  const { node, shape } = model.layer(layer);
  const activation = lastActivation(node);
  const loss = lossName(activation, setting);
  // Without an `input` the data says how many axes there are: such a model is taken for one of whole examples.
  const isOpen = model.graph.inputIsImplied && !model.graph.inputs.every((id) => isKnown(model, id));
  const isOfPlaces = !isOpen && (shape?.length ?? 1) > 1;
  if (loss === "ctc") return { name, kind: "sequences", shape: undefined };
  if (classLosses.has(loss)) {
    const places = knownSizes(shape?.slice(0, -1).map((dim) => dim.value));
    return isOfPlaces ? { name, kind: "classes", shape: places } : { name, kind: "class", shape: [1] };
  }
  const isOfNumbers = numberLosses.has(loss) && activation !== "softmax" && activation !== "sigmoid";
  return {
    name,
    kind: isOfPlaces || isOfNumbers ? "values" : "either",
    shape: isOpen ? undefined : knownSizes(shape?.map((dim) => dim.value)),
  };
}

function isKnown(model: ShapedGraph, layer: LayerId): boolean {
  return knownSizes(model.layer(layer).shape?.map((dim) => dim.value)) !== undefined;
}

function knownSizes(sizes: readonly (number | undefined)[] | undefined): readonly number[] | undefined {
  return sizes?.every((size) => size !== undefined) === true ? sizes : undefined;
}

function chooseLoss(
  model: ShapedGraph,
  { layer }: GraphOutput,
  setting: LossSetting | undefined,
): LossOptions {
  const name = lossName(lastActivation(model.layer(layer).node), setting);
  const { output: _output, fromLogits: _said, ...rest } = setting ?? {};
  return { ...rest, name, target: classLosses.has(name) ? "classes" : "values" } as LossOptions;
}

/** Losses that take class numbers as they are; others get them as numbers of the output's shape. */
const classLosses: ReadonlySet<LossName> = new Set(["cross_entropy", "focal"]);

/** How what an output is compared with stands in the data. */
export interface TargetForm {
  /** Class numbers, of the example or of each of its places; else values of the output's shape, or a sequence. */
  readonly holdsClasses: boolean;
  /** Values that the output gives an example, or each of its places. */
  readonly units: number;
}

/** The form of each output's target. @param wanted where the data may hold more than one class an example */
export function targetForms(
  model: ShapedGraph,
  wanted: readonly WantedTarget[] | undefined,
): readonly TargetForm[] {
  return model.graph.outputs.map(({ layer }, index) => {
    const kind = wanted === undefined ? "class" : wanted[index]!.kind;
    const units = model.layer(layer).shape!.at(-1)!.value!;
    return { holdsClasses: kind === "class" || kind === "classes", units };
  });
}

/** What a step takes of a batch. */
export function exampleBatchOf(
  batch: Batch,
  {
    losses,
    targetForms: forms,
    train,
  }: {
    readonly losses: readonly LossOptions[];
    readonly targetForms: readonly TargetForm[];
    readonly train: Dataset;
  },
): ExampleBatch {
  const { examples, labels, mix, size, columns } = batch;
  const encode = (values: Float32Array | Int32Array, output: number): Int32Array | Float32Array =>
    encodeTarget(values, mix, { target: losses[output]!.target, ...forms[output]! });
  if (columns.length === 0) return { data: examples, targets: encode(labels, 0), count: size };
  const moreInputs = train.otherInputs?.length ?? 0;
  return {
    data: [examples, ...columns.slice(0, moreInputs)],
    targets: columns.slice(moreInputs).map(encode),
    count: size,
  };
}

/**
 * Turns what the data holds for an output into what the loss compares with: class numbers into themselves, 0 or 1 for one unit, or
 * one-hot rows; where examples are blended, shares of classes and weighted means of values.
 *
 * @param values of each example equally many
 */
export function encodeTarget(
  values: Float32Array | Int32Array,
  mix: Batch["mix"],
  { target, holdsClasses, units }: TargetForm & Pick<LossOptions, "target">,
): Int32Array | Float32Array {
  if (target !== "values") return values instanceof Int32Array ? values : Int32Array.from(values);
  const areRows = !holdsClasses || units === 1;
  if (areRows && mix === undefined)
    return values instanceof Float32Array ? values : Float32Array.from(values);
  const size = mix === undefined ? values.length : values.length / mix.partners.length;
  /** How much of its own a value keeps, and where its partner's stands. */
  const shareOf = (at: number): number => mix?.shares[Math.floor(at / size)] ?? 1;
  const otherOf = (at: number): number =>
    mix === undefined ? values[at]! : values[mix.partners[Math.floor(at / size)]! * size + (at % size)]!;
  if (areRows) {
    return Float32Array.from(values, (value, at) => {
      const share = shareOf(at);
      return share === 1 ? value : share * value + (1 - share) * otherOf(at);
    });
  }
  const rows = new Float32Array(values.length * units);
  values.forEach((label: number, at: number) => {
    rows[at * units + label]! += shareOf(at);
    if (mix !== undefined) rows[at * units + otherOf(at)]! += 1 - shareOf(at);
  });
  return rows;
}
