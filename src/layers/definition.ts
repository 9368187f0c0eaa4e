// layers/: what each layer means, written once: arguments, shape rule, weights, cost, documentation. One file a family.
import type { DiagnosticCode } from "../diagnostics/catalogue.ts";
import type { Dim, Shape } from "../graph/dim.ts";
import type { Condition } from "../graph/dim-conditions.ts";
import type {
  ActivationValue,
  ArgumentValue,
  LayerId,
  PaddingValue,
  WindowValue,
} from "../graph/layer-graph.ts";

/**
 * What may stand for an argument. The role decides how a positional value finds its slot: a count takes a whole number, a
 * window `3x3`, a mode or flag a bare word.
 */
export type ArgumentRole =
  | "count" // a whole number of at least `minimum`
  | "number" // any number within the range
  | "window" // 3x3, or 3 for every axis; whole numbers of at least `minimum`
  | "shape" // 7x7x64: dimensions, may hold unknowns and names
  | "padding" // valid, same, causal, 1, 1x2, (0,1)x(0,1)
  | "activation" // relu, leaky_relu(0.1)
  | "mode" // one word of `words`
  | "axis" // a dimension's name (channels, height, width, depth, length, units) or Keras' number, the batch counted as 0
  | "flag" // yes, no
  | "text"; // "weights.safetensors"

/** One argument of a layer. */
export interface ArgumentSpec<Value extends ArgumentValue = ArgumentValue> {
  readonly role: ArgumentRole;
  /** The default; `required` where there is none. */
  readonly default: Value | "required";
  /**
   * True where the value may stand in positional place. Numbers, windows and shapes fill the positional counts, numbers,
   * windows and shapes in the order of the table; a bare word goes to the mode, padding or activation that knows it. A
   * flag's own name alone means yes whatever stands here.
   */
  readonly positional: boolean;
  /** Keras' name for it and other spellings that are understood: `kernel_size`. */
  readonly aliases: readonly string[];
  /** For a mode: the words. For a padding: which words the layer takes. */
  readonly words?: readonly string[];
  /** The smallest and largest value allowed; for windows and explicit padding, of each number in them. */
  readonly minimum?: number;
  readonly maximum?: number;
  /** True where the minimum, the maximum itself is not allowed. */
  readonly minimumExclusive?: boolean;
  readonly maximumExclusive?: boolean;
  /** One sentence. */
  readonly documentation: string;
}

export type ArgumentTable = Readonly<Record<string, ArgumentSpec>>;

/** The values a table's arguments take after elaboration. */
export type ArgumentsOf<Table extends ArgumentTable> = {
  readonly [Name in keyof Table]: Table[Name] extends ArgumentSpec<infer Value> ? Value : never;
};

/** How a weight starts; formulas as in Keras. Its shape says how many inputs and outputs a cell of it is connected to. */
export type Initializer =
  | { readonly kind: "zeros" }
  | { readonly kind: "ones" }
  | { readonly kind: "constant"; readonly value: number }
  | {
      readonly kind:
        "glorot_uniform" | "glorot_normal" | "he_uniform" | "he_normal" | "lecun_normal" | "lecun_uniform";
    }
  | { readonly kind: "random_uniform"; readonly low: number; readonly high: number }
  | { readonly kind: "random_normal"; readonly standardDeviation: number }
  /** 1 or -1, each as likely. */
  | { readonly kind: "random_signs" }
  /** These numbers, in the order of the weight's cells. */
  | { readonly kind: "given"; readonly values: readonly number[] };

/** A weight that a layer declares; counts, back ends and files are all derived from this list. */
export interface WeightSpec {
  /** Keras' name: `kernel`, `bias`, `gamma`, `moving_mean`. */
  readonly name: string;
  /** In Keras' layout: a 2-D convolution's kernel is height, width, channels in, filters. */
  readonly shape: Shape;
  readonly initializer: Initializer;
  /** False for running statistics, which training updates without a gradient. */
  readonly trainable: boolean;
}

/** Cells added before and after each spatial axis. */
export type ResolvedPads = readonly (readonly [before: Dim, after: Dim])[];

/** One line of arithmetic with its numbers in it: `(28 - 3)/1 + 1 = 26`. `axis` is what it computes: `height`, `units`. */
export interface Derivation {
  readonly axis: string;
  readonly formula: string;
}

/**
 * What a shape rule gives. A dimension that passes through unchanged is the input's own Dim object: from that the analysis
 * knows which layer made an axis what it is.
 */
export interface InferredShape {
  readonly shape: Shape;
  readonly derivations: readonly Derivation[];
  /** For layers with a window: the cells of padding, resolved once. */
  readonly pads?: ResolvedPads;
}

/** A change to a statement by which a mistake may go away; the analysis turns it into a fix at the right line. */
export interface SuggestedChange {
  /** The layer that is at fault itself, or the one that made the given axis of an input what it is. */
  readonly layer: "self" | { readonly originOfInput: number; readonly axis: number };
  /** `remove` deletes the statement; otherwise the arguments to set, as source text (`pad: "same"`). */
  readonly change: "remove" | Readonly<Record<string, string>>;
  /** The values of those arguments, where the change is to be offered only if it makes the axis larger. */
  readonly values?: Readonly<Record<string, ArgumentValue>>;
  /** What to do, for the help line; `{place}` becomes `line 5`: ``keep the size in {place} with `same` ``. */
  readonly title: string;
}

/** An axis of an input (all of the input where no axis is named); the layer that made it so gets a label. */
export interface Cause {
  readonly input: number;
  readonly axis?: number;
}

/** A mistake as a layer's rule sees it: no places, since those are the analysis' affair. */
export interface Problem {
  readonly code: DiagnosticCode;
  readonly severity?: "error" | "warning";
  readonly message: string;
  /** Said under the statement. */
  readonly text?: string;
  /** The argument at fault: the label then points at it. */
  readonly argument?: string;
  /** Arguments that take part: where a block's call decides one of them, the mistake is that call's. */
  readonly decidedBy?: readonly string[];
  readonly causes?: readonly Cause[];
  readonly arithmetic?: string;
  readonly notes?: readonly string[];
  /** What else can be done, beside the suggestions. */
  readonly help?: string;
  /** Those that apply begin the help line; the first that changes an argument becomes the fix, or else the removal. */
  readonly suggestions?: readonly SuggestedChange[];
  /**
   * What a warning could not prove, and as text: `H >= 3`. What earlier layers ask for already is not reported again, what
   * they rule out is an error. Of conditions of the kind `at least` only the strongest on a name is reported.
   */
  readonly condition?: { readonly asks: Condition; readonly text: string };
  /** Layers before this one that ask for what rules this out, and what they ask for. */
  readonly contradicts?: readonly { readonly layer: LayerId; readonly text: string }[];
}

/** What a check of the arguments alone works on. */
export interface ArgumentContext<Arguments> {
  readonly arguments: Arguments;
  /** The shapes that come in, where they are known. */
  readonly inputs?: readonly (Shape | undefined)[];
  report(problem: Problem): void;
}

/** What a rule works on. Every input's shape is known in rank; its dimensions may be names or unknowns. */
export interface RuleContext<Arguments> extends ArgumentContext<Arguments> {
  readonly inputs: readonly Shape[];
  /** The name of the layer that gives each input, for messages. */
  readonly inputNames: readonly string[];
}

/** What one word of a kind that has several means. */
export interface WordVariant {
  /** Arguments the word itself settles: `{ name: "leaky_relu" }`. */
  readonly preset: Readonly<Record<string, ArgumentValue>>;
  /** Arguments the user may give after this word. */
  readonly arguments: ArgumentTable;
}

/** Everything there is to know about a layer kind. */
export interface LayerDefinition<Table extends ArgumentTable = ArgumentTable> {
  /** What it is called in text: `2-D convolution`. */
  readonly title: string;
  /** What it does: Markdown, formula included, source of the formula named. */
  readonly documentation: string;
  /** A short model that shows it; compiled by a test. */
  readonly example: string;
  /** How the user may write the kind: `conv`, and where one kind has several words (`relu`, `tanh` …) each of them. */
  readonly words: readonly string[];
  /** Other libraries' spellings, for suggestions: `Conv2D`, `nn.Conv2d`. */
  readonly foreignNames: readonly string[];
  /** One input, or `merge` for those that take several. */
  readonly arity: "source" | "one" | "merge";
  readonly arguments: Table;
  /**
   * Where a word of several stands for more than the kind: the arguments it fixes and those it takes in place of
   * `arguments` (`leaky_relu` is an activation with a slope). Undefined: each word takes `arguments`.
   */
  readonly wordVariants?: Readonly<Record<string, WordVariant>>;
  /** The class in Keras for inputs of this rank (dimensions without the batch): `Conv2D`; the unlabelled layer's name is its snake case. */
  kerasClass(argumentsGiven: ArgumentsOf<Table>, rank: number | undefined): string;
  /** What the arguments alone forbid, whatever the input: reported even where its shape is unknown. */
  checkArguments?(context: ArgumentContext<ArgumentsOf<Table>>): void;
  /** The shape rule, run when `checkArguments` found nothing; undefined after a problem that leaves the shape unknown. */
  inferShape(context: RuleContext<ArgumentsOf<Table>>): InferredShape | undefined;
  weights(inputs: readonly Shape[], argumentsGiven: ArgumentsOf<Table>, output: Shape): readonly WeightSpec[];
  /** Multiply-accumulates of one example: convolutions and dense layers alone, as the literature counts them. */
  multiplyAccumulates(inputs: readonly Shape[], argumentsGiven: ArgumentsOf<Table>, output: Shape): Dim;
  /** For the receptive field; undefined where a cell of the output sees the same cell of the input. */
  receptiveWindow?(inputs: readonly Shape[], argumentsGiven: ArgumentsOf<Table>): ReceptiveWindow | undefined;
}

/**
 * The window a layer moves over its input, one entry a spatial axis; `places` where cells only come to stand elsewhere: for each axis
 * of the input that of the result, undefined where its cells have no place any more; `global` where every cell sees all of the
 * input, `none` where no cell has a place any more, `cells` where each number of a vector becomes one, as a word does.
 */
export type ReceptiveWindow =
  | { readonly kernel: WindowValue; readonly stride: WindowValue; readonly dilation: WindowValue }
  | { readonly places: readonly (number | undefined)[] }
  | "global"
  | "none"
  | "cells";

export type { ActivationValue, ArgumentValue, PaddingValue, WindowValue };
