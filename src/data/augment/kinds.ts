// What can be changed about the examples of a training batch: the words of `augment { … }`, as data. How each is carried out
// stands in geometry.ts, colour.ts and mixing.ts.
import { type Argument, argument, choice, count, number, optionalText } from "../../settings/argument.ts";
import type { KindsOf, SettingForm } from "../../settings/setting.ts";

/** An inclusive range that a number is drawn from. */
export type Range = readonly [low: number, high: number];

interface Limits {
  readonly minimum: number;
  readonly maximum: number;
}

/** `0.1` stands for the range from -0.1 to 0.1; `[-0.1, 0.3]` for itself. */
function range(summary: string, limits: Limits, details: { whole?: number } = {}): Argument<Range> {
  const { minimum, maximum } = limits;
  const takes = `a number from 0 to ${maximum}, or a range [low, high] from ${minimum} to ${maximum}`;
  return argument(summary, { positional: true, ...details }, takes, (value) => acceptRange(value, limits));
}

function acceptRange(value: unknown, { minimum, maximum }: Limits): Range | undefined {
  const given: unknown = typeof value === "number" && value >= 0 ? [Math.max(-value, minimum), value] : value;
  if (!Array.isArray(given) || given.length !== 2) return undefined;
  const [low, high] = given as unknown[];
  if (typeof low !== "number" || typeof high !== "number") return undefined;
  return low >= minimum && low <= high && high <= maximum ? [low, high] : undefined;
}

/** A range that follows another one where nothing is said. */
function optionalRange(summary: string, limits: Limits): Argument<Range | undefined> {
  return { ...range(summary, limits), positional: false, isRequired: false, default: undefined };
}

const fillModes = ["reflect", "nearest", "wrap", "constant"] as const;
export type FillMode = (typeof fillModes)[number];

const fill = (usual: FillMode) => ({
  fill: choice(
    "what stands outside the image: its mirror image, its border, itself again, or `value`",
    fillModes,
    {
      default: usual,
    },
  ),
  value: number("what stands outside under `fill=constant`", { default: 0 }),
});

const probability = (usual = 1) =>
  number("how likely the change is", { minimum: 0, maximum: 1, default: usual, elsewhere: ["p", "prob"] });

/** What changes of single images take beside their own. */
const ofImages = (usualProbability = 1) => ({
  of: optionalText("the input that is changed; all images of an example, and alike, by default", "an input"),
  probability: probability(usualProbability),
});

const share: Limits = { minimum: -1, maximum: 1 };
const factor: Limits = { minimum: -1, maximum: 10 };
const view: Limits = { minimum: -0.99, maximum: 10 };

/** Every change. `needs` says what inputs it can change; `keras` names the layer that means the same. */
export const augmentationKinds = {
  flip: {
    summary: "mirrors the image: left and right, top and bottom, or each of them by itself",
    example: "flip horizontal",
    keras: "RandomFlip",
    needs: "image",
    arguments: {
      direction: choice("which way", ["horizontal", "vertical", "both"], {
        positional: true,
        default: "horizontal",
        foreign: { horizontal: ["left_right"], vertical: ["up_down"] },
      }),
      ...ofImages(0.5),
    },
  },
  shift: {
    summary: "moves the image by a share of its height and of its width, each drawn by itself",
    example: "shift 0.1",
    keras: "RandomTranslation",
    needs: "image",
    arguments: {
      amount: range("the largest share", share),
      height: optionalRange("the same for the height alone", share),
      width: optionalRange("the same for the width alone", share),
      ...fill("reflect"),
      ...ofImages(),
    },
  },
  crop: {
    summary: "adds cells on every side and cuts a window of the image's own size out of that, in whole cells",
    example: "crop 4",
    keras: undefined,
    needs: "image",
    arguments: {
      cells: count("how many cells on each side", { maximum: 4096, positional: true }),
      ...fill("constant"),
      ...ofImages(),
    },
  },
  rotation: {
    summary: "turns the image around its centre; positive is anticlockwise",
    example: "rotation 0.05",
    keras: "RandomRotation",
    needs: "image",
    arguments: {
      amount: range("the largest share of a whole turn: 0.05 is 18 degrees", share, { whole: 360 }),
      ...fill("reflect"),
      ...ofImages(),
    },
  },
  zoom: {
    summary:
      "shows more or less of the scene: at 0.2 a view 1.2 times as high and wide, at -0.2 one of 0.8 times (closer)",
    example: "zoom 0.1",
    keras: "RandomZoom",
    needs: "image",
    arguments: {
      amount: range("the largest share", view),
      width: optionalRange("the same for the width alone, which else follows the height", view),
      ...fill("reflect"),
      ...ofImages(),
    },
  },
  brightness: {
    summary: "adds one number to all pixels; what leaves the range from black to white is cut off",
    example: "brightness 0.2",
    keras: "RandomBrightness",
    needs: "image",
    arguments: { amount: range("the largest share of that range", share), ...ofImages() },
  },
  contrast: {
    summary:
      "moves pixels from or towards the mean of their channel, `(x - mean)·factor + mean`, the factor around 1",
    example: "contrast 0.2",
    keras: "RandomContrast",
    needs: "image",
    arguments: { amount: range("how far the factor goes from 1", factor), ...ofImages() },
  },
  saturation: {
    summary:
      "moves colours from or towards grey: their saturation is multiplied by a factor around 1, and at most 1",
    example: "saturation 0.3",
    keras: undefined,
    needs: "colour",
    arguments: {
      amount: range("how far the factor goes from 1; -1 is grey", factor),
      ...ofImages(),
    },
  },
  hue: {
    summary: "turns the circle of colours",
    example: "hue 0.05",
    keras: "RandomHue, whose factor is twice the share",
    needs: "colour",
    arguments: { amount: range("the largest share of a whole turn", share, { whole: 360 }), ...ofImages() },
  },
  cutout: {
    summary:
      "covers a square whose centre is anywhere in the image, so that it may reach over the border (DeVries and Taylor, 2017)",
    example: "cutout 0.25",
    keras: undefined,
    needs: "image",
    arguments: {
      size: number("its side as a share of the image's height and width", {
        above: 0,
        maximum: 1,
        positional: true,
      }),
      value: number("the value in the square", { default: 0 }),
      ...ofImages(),
    },
  },
  mixup: {
    summary: "blends each example and its label with another one of its batch (Zhang et al., 2018)",
    example: "mixup 0.2",
    keras: "MixUp",
    needs: "anything",
    arguments: {
      alpha: number("the share is drawn from Beta(alpha, alpha)", {
        minimum: 0.01,
        maximum: 4,
        positional: true,
        default: 0.2,
      }),
      probability: probability(),
    },
  },
  cutmix: {
    summary:
      "puts a rectangle of another image of the batch into each one and blends their labels by its area (Yun et al., 2019); with `mixup` beside it, each batch takes one of the two",
    example: "cutmix 1",
    keras: "CutMix",
    needs: "images of one size",
    arguments: {
      alpha: number("the area left is drawn from Beta(alpha, alpha)", {
        minimum: 0.01,
        maximum: 4,
        positional: true,
        default: 1,
      }),
      probability: probability(),
    },
  },
} as const satisfies Readonly<
  Record<
    string,
    Omit<SettingForm, "name"> & {
      readonly example: string;
      readonly keras: string | undefined;
      /** What an input is that takes it; of several inputs `images of one size` and `anything` are asked of all. */
      readonly needs: "image" | "colour" | "images of one size" | "anything";
    }
  >
>;

/** One change, as plain data, so that it can be handed to other threads and kept in a checkpoint. */
export type Augmentation = KindsOf<typeof augmentationKinds>;
export type AugmentationName = Augmentation["name"];

/** The change of a name. */
export type AugmentationOf<Name extends AugmentationName> = Extract<Augmentation, { readonly name: Name }>;
