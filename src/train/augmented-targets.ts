// What outputs are compared with, where the inputs are changed: masks are moved with their images, and what cannot be true of a
// changed input is refused.
import type { ShapedGraph } from "../analyze/shaped-graph.ts";
import { changesInput, imageOfPlaces, isMixing, isMove, isOfSize } from "../data/augment/augment.ts";
import type { Augmentation } from "../data/augment/kinds.ts";
import type { ValueColumn, WantedColumns, WantedTarget } from "../data/columns.ts";
import type { Dataset } from "../data/dataset.ts";
import { InputError } from "../diagnostics/input-error.ts";
import { lastActivation } from "../graph/last-activation.ts";

/**
 * The data with what outputs are compared with made to follow the images: shares and classes of places by the nearest place, other
 * numbers bilinearly, as the images.
 *
 * @throws InputError where inputs would be changed and a target would no longer be true of them
 */
export function followAugmentation(
  model: ShapedGraph,
  augmentations: readonly Augmentation[],
  data: Dataset,
  wanted: WantedColumns | undefined,
): Dataset {
  const { targets } = data;
  if (targets === undefined || wanted === undefined || augmentations.length === 0) return data;
  const inputs = [data, ...(data.otherInputs ?? [])].map(({ shape }, index) => ({
    name: wanted.inputs[index]?.name ?? "",
    shape,
  }));
  const follow = (target: ValueColumn, index: number): ValueColumn => {
    const kind = wanted.targets[index]!;
    const why = whyNot(augmentations, inputs, target, kind);
    if (why !== undefined) {
      throw new InputError(`augment cannot be used here: ${why}`, {
        help: "leave that change out; what is to vary can be put into the data, as examples of their own",
      });
    }
    if (!hasPlaces(target, kind) || !augmentations.some(isMove)) return target;
    const { node } = model.layer(model.graph.outputs[index]!.layer);
    const areShares = kind.kind === "classes" || ["sigmoid", "softmax"].includes(lastActivation(node));
    return { ...target, interpolation: areShares ? "nearest" : "bilinear" };
  };
  return { ...data, targets: targets.map(follow) };
}

/** Whether a target belongs to the places of an image, in that it has some itself. */
function hasPlaces({ shape }: ValueColumn, { kind }: WantedTarget): boolean {
  return shape.length > 1 || kind === "classes";
}

function whyNot(
  augmentations: readonly Augmentation[],
  inputs: readonly { readonly name: string; readonly shape: readonly number[] }[],
  target: ValueColumn,
  wanted: WantedTarget,
): string | undefined {
  const mixer = augmentations.find(isMixing);
  if (mixer !== undefined && wanted.kind === "sequences")
    return `${mixer.name} blends what two examples are to give, and ${target.name} gives sequences`;
  if (wanted.kind === "sequences" || !hasPlaces(target, wanted)) return undefined;
  const compared = `what is compared with ${target.name} has places of its own`;
  if (mixer?.name === "cutmix") return `${compared}, of which cutmix would know nothing`;
  const moves = augmentations.filter(isMove);
  if (moves.length === 0) return undefined;
  const isImage = target.shape.length === 2 || target.shape.length === 3;
  const image = imageOfPlaces(target.shape);
  const leader = isImage ? inputs.find((input) => isOfSize(input, image)) : undefined;
  const [move] = moves;
  if (leader === undefined)
    return `${compared}, ${target.shape.join("x")}, which are not those of an input and would stay where they are under ${move!.name}`;
  const other = moves.find(({ of }) => of !== undefined && inputs.length > 1);
  return other === undefined || inputs.every((input) => changesInput(other, input))
    ? undefined
    : `${compared}, and ${other.name} would move \`${other.of}\` alone`;
}
