// Reading `augment { … }`: its words, and whether the model's input can be changed so.
import type { ShapedGraph } from "../../analyze/shaped-graph.ts";
import { suggestName } from "../../diagnostics/suggest.ts";
import { DiagnosticSink, type Outcome } from "../../diagnostics/diagnostic.ts";
import type { LayerGraph } from "../../graph/layer-graph.ts";
import type { Shape } from "../../graph/dim.ts";
import { readArguments, replacement, reportUnknown } from "../../settings/read-arguments.ts";
import { type Augmentation, augmentationKinds, type AugmentationName } from "./kinds.ts";

/** What Keras, torchvision and others call a change, by its name here: small letters, without a `Random` in front. */
const foreignNames: Readonly<Record<string, readonly string[]>> = {
  flip: ["horizontalflip", "verticalflip", "fliplr", "flipud", "hflip", "vflip", "mirror"],
  shift: ["translation", "translate", "widthshiftrange", "heightshiftrange", "affine"],
  crop: ["resizedcrop", "padcrop"],
  rotation: ["rotate", "rotationrange"],
  zoom: ["zoomrange", "scale", "scaling"],
  brightness: ["brightnessrange", "colorjitter", "colourjitter"],
  cutout: ["erasing", "coarsedropout"],
};

/** The changes that a program asks for, in the order in which they are carried out. */
export function readAugmentations(graph: LayerGraph): Outcome<readonly Augmentation[]> {
  const sink = new DiagnosticSink();
  const said = graph.sections.filter(({ name }) => name === "augment").flatMap(({ settings }) => settings);
  const value = said.flatMap((setting): Augmentation[] => {
    const { name, span } = setting;
    if (!isAugmentation(name)) {
      const known = Object.keys(augmentationKinds);
      const plain = name
        .toLowerCase()
        .replace(/[^a-z0-9]/g, "")
        .replace(/^random/, "");
      const near = known.find((kind) => foreignNames[kind]?.includes(plain)) ?? suggestName(name, known);
      const word = { ...span, end: span.start + name.length };
      // What follows the word may mean something else there.
      const fix = near === undefined ? undefined : { ...replacement(word, near)!, isUnsafe: true };
      reportUnknown(sink, { what: "an augmentation", name, known, span: word, near, fix });
      return [];
    }
    const values = readArguments(augmentationKinds[name].arguments, setting, { sink, of: name });
    return values === undefined ? [] : [{ name, ...values } as Augmentation];
  });
  return { value, diagnostics: sink.diagnostics };
}

function isAugmentation(name: string): name is AugmentationName {
  return Object.hasOwn(augmentationKinds, name);
}

/** Whether the input of a model can be changed as its `augment` section says. */
export function checkAugmentations(model: ShapedGraph): Outcome<undefined> {
  const sink = new DiagnosticSink();
  const [input] = model.graph.inputs;
  const shape = input === undefined ? undefined : model.layer(input).shape;
  for (const section of model.graph.sections.filter(({ name }) => name === "augment")) {
    for (const { name, span } of section.settings) {
      const lack =
        isAugmentation(name) && shape !== undefined
          ? lackOf(augmentationKinds[name].needs, shape)
          : undefined;
      if (lack === undefined) continue;
      const { node } = model.layer(input!);
      sink.report("CNN330", `\`${name}\` changes ${lack}, but the input is ${shapeText(shape!)}`, span, {
        labels: [{ span: node.span, text: "this is the input" }],
        help:
          shape!.length === 3
            ? "leave it out, or give the model images of three channels: red, green and blue"
            : "leave it out; `mixup` is what numbers of any shape can take",
      });
    }
  }
  return { value: undefined, diagnostics: sink.diagnostics };
}

function lackOf(needs: "image" | "colour" | "anything", shape: Shape): string | undefined {
  if (needs === "anything") return undefined;
  if (shape.length !== 3) return "images (height x width x channels)";
  const channels = shape[2]!.value;
  return needs === "colour" && channels !== undefined && channels !== 3 ? "colours" : undefined;
}

function shapeText(shape: Shape): string {
  return shape.map((dim) => dim.value ?? "?").join("x");
}
