import type { SectionWord } from "../syntax/section-words.ts";
import type { Span } from "../source/source-file.ts";
import type { Shape } from "./dim.ts";
import type { LayerKind } from "./layer-kind.ts";

/** Identifies a layer, and the one tensor it gives. Ids grow in the order of the text, so a layer's inputs have smaller ids. */
export type LayerId = number;

/** A window or a shape of plain numbers; one number alone counts for every axis. */
export type WindowValue = readonly number[];

/** `same` and its like as the user wrote them, or explicit cells before and after, one pair an axis (one pair alone: every axis). */
export type PaddingValue =
  "valid" | "same" | "causal" | readonly (readonly [before: number, after: number])[];

/** An activation as an argument: its name, and its parameter where it was given one (`leaky_relu(0.1)`). */
export interface ActivationValue {
  readonly name: string;
  readonly parameter?: number;
}

/** The value of a layer's argument after elaboration: names resolved, arithmetic done, counts whole. */
export type ArgumentValue =
  | number
  | boolean
  | string
  | WindowValue
  | PaddingValue
  | ActivationValue
  | Shape
  | readonly string[]
  | undefined;

/** A call of a block or model, a branch or a loop's pass in which a layer stands; the outermost first in a layer's `scope`. */
export interface ScopeFrame {
  readonly kind: "block" | "model" | "shared" | "branch" | "repeat" | "for";
  /** The block's or model's name, or the label of the call. */
  readonly name: string;
  readonly label: string | undefined;
  /** The call or statement that opened the scope. */
  readonly span: Span;
  /** Distinguishes two calls of the same block. */
  readonly instance: number;
}

/** One layer (or input, or merge) with what the user said of it. */
export interface LayerNode {
  readonly id: LayerId;
  readonly kind: LayerKind;
  /** The user's label, or the name Keras 3 would give (`conv2d`, `conv2d_1`); unique in the graph. */
  readonly name: string;
  readonly labelled: boolean;
  readonly inputs: readonly LayerId[];
  /** Every argument the layer kind knows, defaults filled in. */
  readonly arguments: Readonly<Record<string, ArgumentValue>>;
  /** Where each argument stands that the user gave. */
  readonly argumentSpans: Readonly<Record<string, Span>>;
  /** For an argument that a block's call decides: where that call says it. */
  readonly argumentOrigins?: Readonly<Record<string, Span>> | undefined;
  /** The layer whose weights this use shares (`shared`); undefined where it has its own. */
  readonly sharesWeightsOf: LayerId | undefined;
  readonly trainable: boolean;
  readonly scope: readonly ScopeFrame[];
  /** The statement. */
  readonly span: Span;
}

/** A setting in a section such as `train { … }`: `stop val_loss patience=3`. */
export interface Setting {
  readonly name: string;
  readonly positional: readonly { readonly value: ArgumentValue; readonly span: Span }[];
  readonly named: Readonly<Record<string, { readonly value: ArgumentValue; readonly span: Span }>>;
  readonly span: Span;
}

/** `train { … }` or `augment { … }`. */
export interface Section {
  readonly name: SectionWord;
  readonly settings: readonly Setting[];
  readonly span: Span;
}

/** A budget of the file: `require params < 5M`. */
export interface Requirement {
  readonly quantity: string;
  readonly operator: "<" | "<=" | ">" | ">=" | "==";
  readonly limit: number;
  /** As written: `5M`. */
  readonly text: string;
  readonly span: Span;
}

/** Where a model may be meant to run: ONNX Runtime, TensorFlow.js wherever that runs, or on one of its GPU back ends. */
export const targetNames = ["onnx", "tfjs", "webgl", "webgpu"] as const;
export type TargetName = (typeof targetNames)[number];

/** A place where the file says that the model must be able to run: `require target webgpu`. */
export interface Target {
  readonly name: TargetName;
  readonly span: Span;
}

/** The model that layers were made from, and with what: a file of weights belongs to one model with certain parameters. */
export interface ModelOrigin {
  readonly name: string;
  /** Where it is declared. */
  readonly span: Span;
  /** The values of its parameters as the language writes them: `classes` is `10`, `top` is `yes`. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** `weights="mobilenet_v2.safetensors"` at a used model: whose weights the file holds. */
export interface PretrainedWeights {
  readonly origin: ModelOrigin;
  /** How many frames of the layers' scope stand around the model's own. */
  readonly depth: number;
  /** As written; relative to the file of `span`. */
  readonly file: string;
  /** The layers of the used model: from `first` up to but not including `end`. */
  readonly first: LayerId;
  readonly end: LayerId;
  /** What stands in front of the names that its layers have in a model of their own: `base/`. */
  readonly namePrefix: string;
  readonly span: Span;
}

/** A file whose names a program may use as they are. */
export interface UsedFile {
  /** Its name in the program. */
  readonly span: Span;
  readonly names: readonly string[];
}

export interface GraphOutput {
  readonly layer: LayerId;
  readonly name: string;
}

/** What the user said, with every block, loop and condition carried out: a list of layers, each consuming earlier ones. */
export interface LayerGraph {
  readonly name: string;
  /** Undefined where the program holds no model that could be chosen. */
  readonly origin: ModelOrigin | undefined;
  readonly layers: readonly LayerNode[];
  readonly inputs: readonly LayerId[];
  readonly outputs: readonly GraphOutput[];
  readonly sections: readonly Section[];
  readonly requirements: readonly Requirement[];
  readonly targets: readonly Target[];
  readonly pretrained: readonly PretrainedWeights[];
  readonly uses: readonly UsedFile[];
  /** True where the file has no `input`: shapes are unknown until `--input` gives one. */
  readonly inputIsImplied: boolean;
}
