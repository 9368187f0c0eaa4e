import type { Fix } from "../diagnostics/diagnostic.ts";
import type { Dim, Shape } from "../graph/dim.ts";
import { compare, shapeText } from "../graph/dim.ts";
import type { LayerNode } from "../graph/layer-graph.ts";
import { layerDefinitions, layerWords } from "../layers/index.ts";
import { spanText } from "../source/source-file.ts";
import type { Expression, Identifier, InputStatement, ShapeExpression, Word } from "../syntax/ast.ts";
import { batchIsImplied, emptyValues, isSmallDimension, plainShape } from "../syntax/foreign-shape.ts";
import { listText } from "../layers/text.ts";
import type { Elaboration, EvaluatedInput, Frame, GivenInputs } from "./context.ts";
import { convertArgument } from "./convert.ts";
import { bindDimensionNames, checkCalculatedDimensions } from "./dimension-names.ts";
import { evaluate } from "./expressions.ts";
import { defineName, didYouMean, replacement } from "./lookup.ts";
import { appendLayer } from "./nodes.ts";
import type { Tensor } from "./scope.ts";
import { shortened } from "./values.ts";

/** Carries out `input 28x28x1` or `input left 28x28x1`: its tensor is current afterwards, and has the name. */
export function executeInput(statement: InputStatement, frame: Frame): void {
  const { elaboration, flow, model, scope } = frame;
  if (frame.level === "inner") {
    elaboration.report(
      "CNN105",
      "an `input` stands directly in a model, not in a block, branch or loop",
      statement.span,
    );
  }
  if (statement.name !== undefined && emptyValues.has(statement.name.name))
    statement = withoutBatch(statement, statement.name, frame);
  statement = withNameOfShape(statement);
  const shape = shapeInNumbers(statement);
  if (shape === undefined) {
    reportRest(statement, frame);
    // A word behind the shape may be a part of it.
    const [rest] = statement.arguments;
    if (rest?.name === undefined && rest?.value.kind === "word" && !layerWords.has(rest.value.name))
      statement = { ...statement, shape: { kind: "missing", span: statement.shape.span } };
  } else {
    const text = shape.parts.map((part) => spanText(part.span)).join("x");
    elaboration.report("CNN123", `a shape is written \`${text}\`, joined by \`x\``, shape.span, {
      fix: replacement(shape.span, text),
    });
    statement = { ...statement, shape, arguments: [] };
  }
  const first = elaboration.nodes.length;
  // What a misplaced input would be merged with says nothing of either.
  if (frame.level === "inner") flow.current = "lost";
  else if (model.given === undefined) flow.current = addInput(statement, frame);
  else flow.current = takeGivenInput(statement, model.given, frame);
  if (statement.name === undefined) return;
  const layers = elaboration.rangeFrom(first);
  const { span } = statement.name;
  defineName(elaboration, scope, statement.name, {
    kind: "tensor",
    tensor: flow.current,
    layers,
    inner: undefined,
    span,
  });
}

/** `input shape=(28, 28, 1)`: the name, which is dropped when the text is read, is told of and mended with the tuple. */
function withNameOfShape(statement: InputStatement): InputStatement {
  const { shape } = statement;
  if (shape.kind !== "tuple" && shape.kind !== "list") return statement;
  const { file, start } = shape.span;
  const [name = ""] = /\bshape\s*=\s*$/.exec(file.text.slice(statement.span.start, start)) ?? [];
  return { ...statement, shape: { ...shape, span: { ...shape.span, start: start - name.length } } };
}

/** What stands behind a shape: once for all of it. */
function reportRest({ shape, arguments: given }: InputStatement, { elaboration }: Frame): void {
  const [first, ...others] = given;
  if (first === undefined || shape.kind === "missing" || given.some(({ value }) => value.kind === "missing"))
    return;
  const span = { ...first.span, end: (others.at(-1) ?? first).span.end };
  const gap = { ...first.span, start: shape.span.end, end: first.span.start };
  const isLayer = first.name === undefined && first.value.kind === "word" && layerWords.has(first.value.name);
  if (isLayer) {
    elaboration.report("CNN123", "a layer is a statement of its own", span, {
      help: "it stands in the next line, or after `;`",
      fix: { title: "put a `;` between", edits: [{ span: gap, text: "; " }] },
    });
    return;
  }
  const named = first.name?.name === "name" && others.length === 0 ? spanText(first.value.span) : undefined;
  const name = named?.replaceAll('"', "");
  elaboration.report("CNN123", "an input takes a name and a shape alone", span, {
    help:
      name === undefined
        ? "for example `input image 28x28x1`"
        : `the name stands before the shape: \`input ${name} …\``,
    ...(name === undefined
      ? {}
      : {
          fix: {
            title: "put the name first",
            edits: [
              { span: { ...shape.span, end: shape.span.start }, text: `${name} ` },
              { span: { ...gap, end: span.end }, text: "" },
            ],
          },
        }),
  });
}

/** `input None 28 28 1`, where what stands in the place of a name is the batch: reported, with the shape as it was meant. */
function withoutBatch(statement: InputStatement, batch: Identifier, { elaboration }: Frame): InputStatement {
  const shape = shapeInNumbers(statement) ?? statement.shape;
  const parts = shape.kind === "shape" ? shape.parts : [shape];
  const text = parts.map((part) => spanText(part.span)).join("x");
  const span = { ...shape.span, start: batch.span.start };
  elaboration.report("CNN125", batchIsImplied, span, {
    help: `write \`${shortened(text)}\``,
    fix: replacement(span, text),
  });
  return { ...statement, name: undefined, shape, arguments: [] };
}

/** `input 28 28 1`: a shape in numbers of their own. */
function shapeInNumbers({ shape, arguments: others }: InputStatement): ShapeExpression | undefined {
  const parts = [shape, ...others.map(({ value }) => value)];
  const isPlain =
    others.every(({ name }) => name === undefined) && parts.every(({ kind }) => kind === "number");
  if (others.length === 0 || !isPlain) return undefined;
  return { kind: "shape", parts, span: { ...shape.span, end: parts.at(-1)!.span.end } };
}

function addInput(statement: InputStatement, frame: Frame): Tensor {
  const { model } = frame;
  const override = overrideFor(statement, frame);
  const agrees =
    override === undefined ||
    (override.agrees && checkCalculatedDimensions(statement.shape, override, frame));
  const shape = agrees ? (override?.shape ?? evaluateShape(statement.shape, frame)) : undefined;
  if (shape === undefined) return "lost";
  const { span } = statement;
  const spans = { shape: statement.shape.span };
  const bound = { values: { shape }, spans };
  const tensor = appendLayer(frame, { kind: "input", label: statement.name, inputs: [], bound, span });
  if (typeof tensor === "number") model.inputs.push(tensor);
  return tensor;
}

/** The dimensions that an expression says; undefined where it was reported. */
export function evaluateShape(expression: Expression, frame: Frame): Shape | undefined {
  const slot = {
    word: "input",
    name: "shape",
    spec: layerDefinitions.input.arguments.shape,
    expression,
    frame,
  };
  if (reportForeignShape(expression, frame)) return undefined;
  if (expression.kind === "word" && reportNameAlone(expression, frame)) return undefined;
  if (expression.kind === "word" && reportSmallLetters(expression, frame)) return undefined;
  const converted = convertArgument(slot, evaluate(expression, frame));
  return converted?.value as Shape | undefined;
}

/** `(None, 28, 28, 1)`, `Nonex28x28x1`: a shape as other libraries write it, the batch before it or `None` within. */
function reportForeignShape(expression: Expression, { elaboration, scope }: Frame): boolean {
  let parts: readonly string[];
  if (expression.kind === "tuple" || expression.kind === "list")
    parts = expression.items.map(({ span }) => spanText(span));
  else if (expression.kind === "word" && scope.find(expression.name) === undefined) {
    parts = expression.name.split("x");
    if (!parts.every((part) => emptyValues.has(part) || /^(?:\d+|[A-Za-z])$/.test(part))) return false;
  } else return false;
  if (parts.length < 2 || !parts.some((part) => emptyValues.has(part))) return false;
  const { text, hasBatch } = plainShape(parts);
  const message = hasBatch ? batchIsImplied : "a dimension that is not known is written `?`";
  elaboration.report("CNN125", message, expression.span, {
    help: `write \`${shortened(text)}\``,
    fix: replacement(expression.span, text),
  });
  return true;
}

/** `input image`: a name without a shape. */
function reportNameAlone({ name, span }: Word, { elaboration, scope }: Frame): boolean {
  if (!/^[a-z]\w*$/.test(name) || scope.find(name) !== undefined || /x(?:\d|[a-z]$)/.test(name)) return false;
  elaboration.report("CNN122", `the input \`${shortened(name)}\` needs a shape`, span, {
    help: `for example \`input ${shortened(name)} 28x28x1\`; \`?\` is a dimension that is not known`,
  });
  return true;
}

/** `hxwx3`: names of dimensions in small letters, which the word is taken to be where it is no name. */
function reportSmallLetters({ name, span }: Word, { elaboration, scope }: Frame): boolean {
  const parts = name.split("x");
  const isShape = parts.length > 1 && parts.every((part) => isSmallDimension(part) || /^\d+$/.test(part));
  if (!isShape || scope.find(name) !== undefined) return false;
  const text = parts.map((part) => part.toUpperCase()).join("x");
  elaboration.report("CNN111", "the names of dimensions are written in capitals", span, {
    help: `write \`${text}\`; \`?\` is a dimension without a name`,
    fix: replacement(span, text),
  });
  return true;
}

/** What `--input` says of an input; a shape without a name is that of the only one. */
function overrideFor({ name }: InputStatement, { elaboration, model }: Frame): EvaluatedInput | undefined {
  if (!model.isMain) return undefined;
  const isOnly = model.definition.inputs.length === 1;
  const override = elaboration.inputOverrides.find((each) =>
    each.name === undefined ? isOnly : each.name === name?.name,
  );
  if (override !== undefined) override.isTaken = true;
  return override;
}

/** Before anything runs: the names of declared inputs whose shapes `--input` gives stand for its numbers everywhere. */
export function bindOverriddenNames(frame: Frame): void {
  for (const statement of frame.model.definition.inputs) {
    const override = overrideFor(statement, frame);
    if (override !== undefined) override.agrees = bindDimensionNames(statement.shape, override, frame);
  }
}

/** In a used model: the tensor that takes the place of its input, where rank and channels agree. */
function takeGivenInput(statement: InputStatement, given: GivenInputs, frame: Frame): Tensor {
  const { elaboration, model } = frame;
  const tensor = (statement.name && given.byName.get(statement.name.name)) ?? given.current;
  const actual = elaboration.shapeOf(tensor);
  if (actual !== undefined) {
    const taken = { shape: actual, span: given.call };
    const agrees = bindDimensionNames(statement.shape, taken, frame);
    if (!agrees || !checkCalculatedDimensions(statement.shape, taken, frame)) return "lost";
  }
  const declared = evaluateShape(statement.shape, frame);
  if (actual === undefined || declared === undefined) return tensor;
  const { name } = model.definition;
  const producer = typeof tensor === "number" ? elaboration.nodes[tensor] : undefined;
  const labels = [
    { span: statement.span, text: `the input of \`${name}\`` },
    ...(producer === undefined ? [] : [{ span: producer.span, text: `this gives ${shapeText(actual)}` }]),
  ];
  if (actual.length !== declared.length) {
    const message = `\`${name}\` takes ${shapeText(declared)}, but here the current tensor is ${shapeText(actual)}`;
    elaboration.report("CNN144", message, given.call, {
      labels,
      text: `${actual.length} dimensions, not ${declared.length}`,
      help: `give \`${name}\` a tensor of ${declared.length} dimensions, such as ${shapeText(declared)}`,
    });
    return "lost";
  }
  const [channels, wanted] = [actual[actual.length - 1]!, declared[declared.length - 1]!];
  const comparison = compare(channels, wanted);
  if (comparison === "equal") return tensor;
  const message = `\`${name}\` takes ${channelsText(wanted)}, but here the current tensor is ${shapeText(actual)}`;
  if (comparison === "unequal") {
    elaboration.report("CNN144", message, given.call, { labels, ...channelHelp(producer, actual, wanted) });
    return "lost";
  }
  elaboration.report("CNN145", message, given.call, {
    severity: "warning",
    text: `right only where ${channels.toString()} is ${wanted.toString()}`,
    labels,
  });
  return tensor;
}

/** How a tensor comes to the channels that a used model takes. */
function channelHelp(
  producer: LayerNode | undefined,
  actual: Shape,
  wanted: Dim,
): { readonly help: string; readonly fix?: Fix } {
  const layer =
    actual.length > 1
      ? `conv ${wanted.toString()} ${"1x".repeat(actual.length - 2)}1`
      : `dense ${wanted.toString()}`;
  const meant = shapeText([...actual.slice(0, -1), wanted]);
  const span = producer?.kind === "input" ? producer.argumentSpans["shape"] : undefined;
  const help = `bring it to ${channelsText(wanted)} first, for instance with \`${layer}\``;
  if (span === undefined || spanText(span) !== shapeText(actual)) return { help };
  const title = `write \`${meant}\` if the data have ${channelsText(wanted)}`;
  return { help: `${help}, or ${title}`, fix: { title, edits: [{ span, text: meant }], isUnsafe: true } };
}

function channelsText(count: Dim): string {
  return count.value === 1 ? "1 channel" : `${count.toString()} channels`;
}

/** Reports what `--input` said of no input. */
export function reportUntakenInputs(elaboration: Elaboration, inputs: readonly InputStatement[]): void {
  const names = inputs.flatMap(({ name }) => (name === undefined ? [] : [name.name]));
  for (const { name, isTaken, span } of elaboration.inputOverrides) {
    if (isTaken) continue;
    const help =
      names.length === 0
        ? "the model's input has no name"
        : `the model has the ${names.length === 1 ? "input" : "inputs"} ${listText(names)}`;
    if (name === undefined) {
      elaboration.report(
        "CNN150",
        `the model has ${inputs.length} inputs: which one is this shape for?`,
        span,
        {
          help: names.length === 0 ? "give the inputs names" : `say its name: \`${names[0]!}=…\``,
        },
      );
    } else {
      const { help: near = help } = didYouMean({ name, span }, names);
      elaboration.report("CNN150", `the model has no input \`${name}\``, span, { help: near });
    }
  }
}
