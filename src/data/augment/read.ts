// Reading `augment { … }`: its words, and whether the model's input can be changed so.
import type { ShapedGraph } from "../../analyze/shaped-graph.ts";
import { type ForeignNames, nativeName } from "../../diagnostics/foreign-names.ts";
import { suggestName, suggestRelatedName } from "../../diagnostics/suggest.ts";
import { DiagnosticSink, type Outcome } from "../../diagnostics/diagnostic.ts";
import type { LayerGraph, LayerNode, Setting } from "../../graph/layer-graph.ts";
import type { Shape } from "../../graph/dim.ts";
import { readMended } from "../../settings/mended.ts";
import { readArguments, replacement, reportUnknown } from "../../settings/read-arguments.ts";
import { type Augmentation, augmentationKinds, type AugmentationName } from "./kinds.ts";

/** What Keras, torchvision and others call a change, by its name here: small letters, without a `Random` in front. */
const foreignNames: ForeignNames = {
  flip: ["mirror"],
  "flip horizontal": ["horizontalflip", "fliplr", "hflip", "leftright"],
  "flip vertical": ["verticalflip", "flipud", "vflip", "updown"],
  shift: ["translation", "translate", "widthshiftrange", "heightshiftrange", "affine"],
  crop: ["resizedcrop", "padcrop"],
  rotation: ["rotate", "rotationrange"],
  zoom: ["zoomrange", "scale", "scaling"],
  brightness: ["brightnessrange", "colorjitter", "colourjitter"],
  cutout: ["erasing", "coarsedropout"],
};

/** What is done elsewhere to images beside such changes, by what there is here. */
const layersOfModels: ForeignNames = {
  "`gaussian_noise 0.1` is a layer: it stands in the model, behind its input": ["noise", "gaussiannoise"],
  "`rescale` and `normalize` are layers: they stand in the model, behind its input": [
    ...["normalize", "normalise", "rescale", "rescaling", "standardize", "totensor"],
  ],
  "the model says its size: `train { resize yes }` fits images to it": ["resize", "resizing"],
};

/** The changes that a program asks for, in the order in which they are carried out. */
export function readAugmentations(graph: LayerGraph): Outcome<readonly Augmentation[]> {
  const sink = new DiagnosticSink();
  const said = graph.sections.filter(({ name }) => name === "augment").flatMap(({ settings }) => settings);
  const value = said.flatMap((setting): Augmentation[] => {
    const { name, span } = setting;
    if (!isAugmentation(name)) {
      const known = Object.keys(augmentationKinds);
      const word = { ...span, end: span.start + name.length };
      const elsewhere = nativeName(layersOfModels, name);
      if (elsewhere !== undefined) {
        sink.report("CNN303", `there is no augmentation called \`${name}\``, word, { help: elsewhere });
        return [];
      }
      const near =
        nativeName(foreignNames, name.replace(/^random_?/i, "")) ?? suggestRelatedName(name, known);
      // What follows the word may mean something else there.
      const fix = near === undefined ? undefined : { ...replacement(word, near)!, isUnsafe: true };
      reportUnknown(sink, { what: "an augmentation", name, known, span: word, near, fix });
      return [];
    }
    const { example, summary, arguments: table } = augmentationKinds[name];
    const forms = [{ name: "", summary, arguments: table }];
    const read = (each: Setting, found: DiagnosticSink) =>
      readArguments(table, each, { sink: found, of: name });
    const values = readMended({ example, forms, read }, setting, sink);
    return values === undefined ? [] : [{ name, ...values } as Augmentation];
  });
  return { value, diagnostics: sink.diagnostics };
}

function isAugmentation(name: string): name is AugmentationName {
  return Object.hasOwn(augmentationKinds, name);
}

/** An input of the model, as its changes see it. */
interface InputToChange {
  readonly node: LayerNode;
  readonly shape: Shape;
}

/** Whether the inputs of a model can be changed as its `augment` section says. */
export function checkAugmentations(model: ShapedGraph): Outcome<undefined> {
  const sink = new DiagnosticSink();
  const inputs = model.graph.inputs.flatMap((id): InputToChange[] => {
    const { node, shape } = model.layer(id);
    return shape === undefined ? [] : [{ node, shape }];
  });
  if (inputs.length < model.graph.inputs.length) return { value: undefined, diagnostics: [] };
  for (const section of model.graph.sections.filter(({ name }) => name === "augment")) {
    for (const setting of section.settings) {
      if (!isAugmentation(setting.name)) continue;
      const of = setting.named["of"];
      if (of !== undefined && !inputs.some(({ node }) => node.name === of.value))
        reportUnknownInput(sink, of, inputs);
      else reportUnfit(sink, setting, setting.name, inputs);
    }
  }
  return { value: undefined, diagnostics: sink.diagnostics };
}

function reportUnknownInput(
  sink: DiagnosticSink,
  said: Setting["named"][string],
  inputs: readonly InputToChange[],
): void {
  const names = inputs.map(({ node }) => node.name);
  const near = suggestName(String(said.value), names);
  sink.report("CNN354", `the model has no input \`${String(said.value)}\``, said.span, {
    help: near === undefined ? `its inputs are ${names.join(", ")}` : `did you mean \`${near}\`?`,
    ...(near === undefined ? {} : { fix: replacement(said.span, `of=${near}`) }),
  });
}

/** Reports a change that an input cannot take which it is for. */
function reportUnfit(
  sink: DiagnosticSink,
  { named, span }: Setting,
  name: AugmentationName,
  inputs: readonly InputToChange[],
): void {
  const of = named["of"]?.value;
  const { needs } = augmentationKinds[name];
  const isWhole = needs === "images of one size" || needs === "anything";
  const meant = inputs.filter(
    ({ node, shape }) => of === node.name || isWhole || (of === undefined && shape.length === 3),
  );
  const [unfit, lack] = findUnfit(meant.length === 0 ? inputs.slice(0, 1) : meant, needs) ?? [];
  if (unfit === undefined) return;
  const fitting = inputs.find(({ shape }) => lackOf(needs, shape) === undefined);
  const whose = inputs.length === 1 ? "the input" : `the input \`${unfit.node.name}\``;
  sink.report("CNN330", `\`${name}\` changes ${lack}, but ${whose} is ${shapeText(unfit.shape)}`, span, {
    labels: [{ span: unfit.node.span, text: "this is the input" }],
    help:
      fitting !== undefined && !isWhole
        ? `say which input it is for: \`of=${fitting.node.name}\``
        : unfit.shape.length === 3 && needs === "colour"
          ? "leave it out, or give the model images of three channels: red, green and blue"
          : "leave it out; `mixup` is what numbers of any shape can take",
  });
}

function findUnfit(
  inputs: readonly InputToChange[],
  needs: Needs,
): readonly [input: InputToChange, lack: string] | undefined {
  const size = inputs[0] && shapeText(inputs[0].shape.slice(0, 2));
  for (const input of inputs) {
    const isOfOneSize = needs !== "images of one size" || shapeText(input.shape.slice(0, 2)) === size;
    const lack = lackOf(needs, input.shape) ?? (isOfOneSize ? undefined : `images of one size, ${size}`);
    if (lack !== undefined) return [input, lack];
  }
  return undefined;
}

type Needs = (typeof augmentationKinds)[AugmentationName]["needs"];

function lackOf(needs: Needs, shape: Shape): string | undefined {
  if (needs === "anything") return undefined;
  if (shape.length !== 3) return "images (height x width x channels)";
  const channels = shape[2]!.value;
  return needs === "colour" && channels !== undefined && channels !== 3 ? "colours" : undefined;
}

function shapeText(shape: Shape): string {
  return shape.map((dim) => dim.value ?? "?").join("x");
}
