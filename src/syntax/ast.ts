// syntax/: from text to a tree that says what stands there, with places, and back (the formatter).
import type { Span } from "../source/source-file.ts";

/** A word as it stands in the source. */
export interface Identifier {
  readonly name: string;
  readonly span: Span;
}

/** `encoder.conv1`: a name and what is reached through it. */
export interface Path {
  readonly parts: readonly Identifier[];
  readonly span: Span;
}

// Expressions

/** An exact number: numerator over denominator, the denominator positive, in lowest terms. */
export interface NumberLiteral {
  readonly kind: "number";
  /** As written, without `_`: `0.5`, `1e-4`. */
  readonly text: string;
  readonly span: Span;
}

export interface TextLiteral {
  readonly kind: "text";
  readonly value: string;
  readonly span: Span;
}

/** A bare word: an activation, a mode, a flag, `yes`, or the name of a value, which elaboration decides. */
export interface Word {
  readonly kind: "word";
  readonly name: string;
  readonly span: Span;
}

/** `in.channels`, `x.height`, `call.inner`. */
export interface Member {
  readonly kind: "member";
  /** All but the last name: of `a.b.c` it is `a.b`. */
  readonly object: Identifier;
  readonly property: Identifier;
  readonly span: Span;
}

/** `round(32 * alpha, 8)`, `leaky_relu(0.1)`. */
export interface Call {
  readonly kind: "call";
  readonly callee: Identifier;
  readonly arguments: readonly Argument[];
  readonly span: Span;
}

export interface Unary {
  readonly kind: "unary";
  readonly operator: "-" | "not";
  readonly operand: Expression;
  readonly span: Span;
}

export type BinaryOperator =
  "+" | "-" | "*" | "/" | "//" | "%" | "**" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "and" | "or";

export interface Binary {
  readonly kind: "binary";
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
  readonly span: Span;
}

/** `?`: a dimension that is not known. Stands alone or in a shape. */
export interface UnknownDimension {
  readonly kind: "unknown";
  readonly span: Span;
}

/** `H`: a named dimension, a name in capitals. */
export interface DimensionName {
  readonly kind: "dimension";
  readonly name: string;
  readonly span: Span;
}

/** `(0,1)`: a list in parentheses; in `pad=(0,1)x(0,1)` one part of a shape. */
export interface TupleExpression {
  readonly kind: "tuple";
  readonly items: readonly Expression[];
  readonly span: Span;
}

/** `3x3`, `HxWx3`, `(s)x(s)`: two or more parts joined by `x`. A single number is a NumberLiteral. */
export interface ShapeExpression {
  readonly kind: "shape";
  readonly parts: readonly Expression[];
  readonly span: Span;
}

/** `[64, 128]`. */
export interface ListExpression {
  readonly kind: "list";
  readonly items: readonly Expression[];
  readonly span: Span;
}

/** `1..3`, both ends included; in `for` alone. */
export interface RangeExpression {
  readonly kind: "range";
  readonly from: Expression;
  readonly to: Expression;
  readonly span: Span;
}

/** `(expression)`, kept so that the formatter gives back what was written. */
export interface ParenthesizedExpression {
  readonly kind: "parenthesized";
  readonly expression: Expression;
  readonly span: Span;
}

/** Stands where the text could not be read; already reported. */
export interface MissingExpression {
  readonly kind: "missing";
  readonly span: Span;
}

export type Expression =
  | NumberLiteral
  | TextLiteral
  | Word
  | Member
  | Call
  | Unary
  | Binary
  | UnknownDimension
  | DimensionName
  | TupleExpression
  | ShapeExpression
  | ListExpression
  | RangeExpression
  | ParenthesizedExpression
  | MissingExpression;

/** A value in positional place, or `name=value`. */
export interface Argument {
  readonly name: Identifier | undefined;
  readonly value: Expression;
  readonly span: Span;
}

/** A parameter of a block or model with its default. */
export interface Parameter {
  readonly name: Identifier;
  readonly defaultValue: Expression | undefined;
  readonly span: Span;
}

// Statements. A body is the statements between braces.

export interface Body {
  readonly statements: readonly Statement[];
  /** From `{` to `}`. */
  readonly span: Span;
  /** Where the `}` is missing, which is reported: where the body ends is a guess. */
  readonly isUnclosed?: true;
  /** Where there are no braces at all, which is reported. */
  readonly isMissing?: true;
}

/** `language 1`. */
export interface LanguageStatement {
  readonly kind: "language";
  readonly version: NumberLiteral;
  readonly span: Span;
}

/** `use resnet`, `use "blocks.cnn" as b`. */
export interface UseStatement {
  readonly kind: "use";
  readonly target: Identifier | TextLiteral;
  readonly alias: Identifier | undefined;
  readonly span: Span;
}

/** `model name(parameters)`; without a body the rest of the file is the model. */
export interface ModelStatement {
  readonly kind: "model";
  readonly name: Identifier;
  readonly parameters: readonly Parameter[];
  readonly body: Body | undefined;
  readonly span: Span;
}

export interface LetStatement {
  readonly kind: "let";
  readonly name: Identifier;
  readonly value: Expression;
  readonly span: Span;
}

export interface BlockStatement {
  readonly kind: "block";
  readonly name: Identifier;
  readonly parameters: readonly Parameter[];
  readonly body: Body;
  readonly span: Span;
}

/** `shared encoder { … }`: one instance whose weights every use shares. */
export interface SharedStatement {
  readonly kind: "shared";
  readonly name: Identifier;
  readonly body: Body;
  readonly span: Span;
}

/** `input 28x28x1`, `input left 28x28x1`. */
export interface InputStatement {
  readonly kind: "input";
  readonly name: Identifier | undefined;
  readonly shape: Expression;
  readonly arguments: readonly Argument[];
  readonly span: Span;
}

/** `output` (the current tensor) or `output a b`. */
export interface OutputStatement {
  readonly kind: "output";
  readonly names: readonly Path[];
  readonly span: Span;
}

/** `from x` makes the tensor `x` current. */
export interface FromStatement {
  readonly kind: "from";
  readonly source: Path;
  readonly span: Span;
}

export interface RepeatStatement {
  readonly kind: "repeat";
  readonly count: Expression;
  readonly body: Body;
  readonly span: Span;
}

export interface ForStatement {
  readonly kind: "for";
  readonly names: readonly Identifier[];
  readonly values: Expression;
  readonly body: Body;
  readonly span: Span;
}

export interface ConditionalBranch {
  readonly condition: Expression;
  readonly body: Body;
}

export interface IfStatement {
  readonly kind: "if";
  readonly branches: readonly ConditionalBranch[];
  readonly otherwise: Body | undefined;
  readonly span: Span;
}

/** `freeze base`, `unfreeze base from block_13`. */
export interface FreezeStatement {
  readonly kind: "freeze" | "unfreeze";
  readonly target: Path;
  readonly from: Path | undefined;
  readonly span: Span;
}

/** `require params < 5M`: a budget declared in the file. */
export interface RequireStatement {
  readonly kind: "require";
  readonly quantity: Identifier;
  readonly operator: "<" | "<=" | ">" | ">=" | "==";
  readonly limit: NumberLiteral;
  /** `M`, `MB`, … as written, where there is one. */
  readonly unit: Identifier | undefined;
  readonly span: Span;
}

/** `require (depth % 6 == 4) "depth is 6n + 4"`: what must hold of a block's or model's parameters, in its own words. */
export interface ConditionStatement {
  readonly kind: "condition";
  readonly condition: Expression;
  readonly text: TextLiteral;
  readonly span: Span;
}

/** `require target webgpu`: where the model must be able to run. */
export interface TargetStatement {
  readonly kind: "target";
  readonly names: readonly Identifier[];
  readonly span: Span;
}

/**
 * A layer, a merge, a call of a block or model, a `branch`, or a section such as `train { … }` and `augment { … }` with
 * its settings: a word, what it needs, and at times a body. Which of them it is, elaboration decides. Where not all of
 * its arguments could be read, the last one is a MissingExpression.
 */
export interface LayerStatement {
  readonly kind: "layer";
  readonly label: Identifier | undefined;
  readonly name: Identifier;
  readonly arguments: readonly Argument[];
  readonly body: Body | undefined;
  /** The whole statement, label and body included. */
  readonly span: Span;
  /** From the name to the last argument. */
  readonly headSpan: Span;
}

/**
 * Stands where a statement could not be read; already reported. What it would have done is not known: the names that it may have
 * defined, and after what was meant for a layer the current tensor too.
 */
export interface MissingStatement {
  readonly kind: "missing";
  readonly isLayer: boolean;
  readonly span: Span;
}

export type Statement =
  | LanguageStatement
  | UseStatement
  | ModelStatement
  | LetStatement
  | BlockStatement
  | SharedStatement
  | InputStatement
  | OutputStatement
  | FromStatement
  | RepeatStatement
  | ForStatement
  | IfStatement
  | FreezeStatement
  | RequireStatement
  | ConditionStatement
  | TargetStatement
  | LayerStatement
  | MissingStatement;

/** `# …` up to the line's end. */
export interface Comment {
  readonly text: string;
  readonly span: Span;
}

/** A whole file. */
export interface Program {
  readonly statements: readonly Statement[];
  readonly comments: readonly Comment[];
  readonly span: Span;
}
