// elaborate/: from the tree of a program to its layers: names, used files, arithmetic, blocks, loops and conditions carried out.
import type { Outcome } from "../diagnostics/diagnostic.ts";
import type { GraphOutput, LayerGraph, LayerNode } from "../graph/layer-graph.ts";
import type { Program } from "../syntax/ast.ts";
import { choicesOf } from "./choices.ts";
import type { Frame, ModelRun } from "./context.ts";
import { Elaboration } from "./context.ts";
import { evaluate } from "./expressions.ts";
import type { FileUnit, ModelDefinition } from "./files.ts";
import { visitStatements } from "./files.ts";
import { loadUnit } from "./imports.ts";
import { bindOverriddenNames, evaluateShape, reportUntakenInputs } from "./inputs.ts";
import { defineName, didYouMean } from "./lookup.ts";
import { originOf } from "./models.ts";
import type { ElaborateOptions } from "./options.ts";
import { Scope } from "./scope.ts";
import { setParameters } from "./set-parameters.ts";
import { runBody, runStatements } from "./statements.ts";
import { missing } from "./values.ts";
import { listText } from "../layers/text.ts";

export type { ElaborateOptions, InputOverride } from "./options.ts";
export { parseInputOption, parseParameterOption } from "./options.ts";

/**
 * Carries out a program: every name, block, loop and condition is resolved, and what is left is a list of layers, each
 * consuming earlier ones. After a mistake the current tensor is lost: what depends on it is checked as far as it needs no
 * shape, and stays out of the graph.
 */
export function elaborate(program: Program, options: ElaborateOptions): Outcome<LayerGraph> {
  const { labels, statements } = surveyOf(program);
  const elaboration = new Elaboration(options, labels, statements);
  const unit = loadUnit(elaboration, program.span.file, program, []);
  const model = chooseModel(unit, elaboration);
  const frame = model === undefined ? undefined : mainFrame(model, unit, elaboration);
  if (frame !== undefined) runMain(frame);
  lookThroughTheRest(unit, model, elaboration);
  return {
    value: finishGraph(model?.name ?? "model", frame, elaboration),
    diagnostics: elaboration.sink.diagnostics,
  };
}

/** The labels of a program, which no unlabelled layer is to be called, and how many statements it has. */
function surveyOf(program: Program): { labels: ReadonlySet<string>; statements: number } {
  const labels = new Set<string>();
  let statements = 0;
  visitStatements(program.statements, (statement) => {
    statements += 1;
    const name =
      statement.kind === "layer" ? statement.label : statement.kind === "input" ? statement.name : undefined;
    if (name !== undefined) labels.add(name.name);
    return true;
  });
  return { labels, statements };
}

/** The model that is asked for; else the only one, or the one that no other uses. */
function chooseModel(
  { models, file, program }: FileUnit,
  elaboration: Elaboration,
): ModelDefinition | undefined {
  const { modelName } = elaboration.options;
  const names = models.map(({ name }) => name);
  if (modelName !== undefined) {
    const chosen = models.find(({ name }) => name === modelName);
    if (chosen === undefined) {
      const span = { file, start: 0, end: 0 };
      const { help } = didYouMean({ name: modelName, span }, names);
      elaboration.report("CNN104", `there is no model \`${modelName}\` in ${file.name}`, span, {
        help: help ?? (names.length === 0 ? "the file holds no model" : `it holds ${listText(names)}`),
      });
    }
    return chosen;
  }
  if (models.length === 0) {
    if (hasText(program)) return undefined;
    elaboration.report(
      "CNN104",
      `${file.name} holds no layers`,
      { file, start: 0, end: 0 },
      {
        help: "a model is a list of layers: `conv 32 3x3 relu; pool max 2; flatten; dense 10 softmax`",
      },
    );
    return undefined;
  }
  const used = usedNames(program);
  const roots = models.filter(({ name }) => !used.has(name));
  // Where each is used by another, they are in a circle, which is found as soon as one of them is carried out.
  if (models.length === 1 || roots.length <= 1) return roots[0] ?? models[0];
  // Whose layers are whose cannot be told without braces; that is reported.
  if (models.some(({ hasBraces }) => !hasBraces)) return undefined;
  elaboration.report("CNN104", `${file.name} holds several models: ${listText(names)}`, models[0]!.span, {
    help: "say which one is meant: `--model name`",
  });
  return undefined;
}

/** Whether a program without any statement was meant to have some: then reading it has failed, which is reported. */
function hasText({ statements, span }: Program): boolean {
  return (
    statements.every(({ kind }) => kind === "missing") &&
    /[^\s;]/.test(span.file.text.replace(/#[^\n]*/g, ""))
  );
}

/** The words that open statements, but for a model's own name in itself: the models among them are used. */
export function usedNames({ statements }: Pick<Program, "statements">): ReadonlySet<string> {
  const used = new Set<string>();
  for (const outer of statements) {
    const own = outer.kind === "model" ? outer.name.name : undefined;
    visitStatements([outer], (statement) => {
      if (statement.kind === "layer" && statement.name.name !== own) used.add(statement.name.name);
      return true;
    });
  }
  return used;
}

function mainFrame(
  definition: ModelDefinition,
  unit: FileUnit,
  elaboration: Elaboration,
  isDry = false,
): Frame {
  const { hasBraces, statements, name } = definition;
  const model: ModelRun = { definition, isMain: true, isDry, inputs: [], outputs: [], given: undefined };
  return {
    elaboration,
    unit,
    scope: hasBraces ? new Scope(unit.scope, statements, true) : unit.scope,
    flow: { current: "none" },
    model,
    path: [],
    labelPrefix: "",
    modelPrefix: "",
    level: hasBraces ? "model" : "file",
    branches: undefined,
    sharings: [],
    depth: 0,
    calls: [{ declaration: definition, name, span: undefined }],
  };
}

function runMain(frame: Frame): void {
  const { elaboration, model, flow } = frame;
  const { definition } = model;
  setParameters(frame);
  for (const { name, shape: expression } of elaboration.options.inputShapes ?? []) {
    const outside = { ...frame, scope: new Scope(undefined, [], true) };
    const shape = evaluateShape(expression, outside);
    if (shape !== undefined)
      elaboration.inputOverrides.push({ name, shape, span: expression.span, isTaken: false, agrees: true });
  }
  bindOverriddenNames(frame);
  runStatements(definition.statements, frame);
  reportUntakenInputs(elaboration, definition.inputs);
  if (flow.current === "none" && !elaboration.sink.hasErrors) {
    elaboration.report("CNN104", `the model \`${definition.name}\` has no layers`, definition.span);
  }
}

/** Looks for mistakes in what was not carried out: other models, and blocks that nothing calls. Nothing is built. */
function lookThroughTheRest(
  unit: FileUnit,
  chosen: ModelDefinition | undefined,
  elaboration: Elaboration,
): void {
  for (const model of unit.models) {
    if (model === chosen || !model.hasBraces || elaboration.calledModels.has(model)) continue;
    const frame = mainFrame(model, unit, elaboration, true);
    defineUnknownParameters(frame, model.parameters);
    runStatements(model.statements, { ...frame, model: { ...frame.model, isMain: false } });
  }
  // Blocks within blocks are declared, and so join the list, as the outer ones are looked through.
  for (const [statement, frame] of elaboration.declaredBlocks) {
    if (frame.unit !== unit || elaboration.calledBlocks.has(statement)) continue;
    const { body, name } = statement;
    const inside: Frame = {
      ...frame,
      scope: new Scope(frame.scope, body.statements, true),
      flow: { current: "lost" },
      model: { ...frame.model, isDry: true },
      level: "inner",
      branches: undefined,
      calls: [{ declaration: statement, name: name.name, span: undefined }],
    };
    if (statement.kind === "block") defineUnknownParameters(inside, statement.parameters);
    runBody(body, inside);
  }
}

function defineUnknownParameters(frame: Frame, parameters: ModelDefinition["parameters"]): void {
  for (const parameter of parameters) {
    const { name, defaultValue } = parameter;
    if (defaultValue !== undefined) evaluate(defaultValue, frame, choicesOf(parameter, frame).words);
    const binding = { kind: "value", value: missing, what: "parameter", span: name.span } as const;
    defineName(frame.elaboration, frame.scope, name, binding);
  }
}

function finishGraph(name: string, frame: Frame | undefined, elaboration: Elaboration): LayerGraph {
  const { nodes, sections, requirements, targets, pretrained, uses, inputIsImplied } = elaboration;
  return {
    name,
    origin: frame === undefined ? undefined : originOf(frame.model.definition, frame),
    layers: nodes.map((node) => withTrainable(node, elaboration)),
    inputs: frame?.model.inputs ?? [],
    outputs: frame === undefined ? [] : outputsOf(frame),
    sections,
    requirements,
    targets,
    pretrained,
    uses: [...uses.values()],
    inputIsImplied,
  };
}

/** A frozen layer is another object, so that nobody takes what was inferred for it before. */
function withTrainable(node: LayerNode, { frozen }: Elaboration): LayerNode {
  return frozen.get(node.sharesWeightsOf ?? node.id) === true ? { ...node, trainable: false } : node;
}

/** The declared outputs, or else the last tensor. */
function outputsOf({ model, flow, elaboration }: Frame): readonly GraphOutput[] {
  const declared = model.outputs.length === 0 ? [{ tensor: flow.current, name: "" }] : model.outputs;
  return declared.flatMap(({ tensor, name }) => {
    if (typeof tensor !== "number") return [];
    return [{ layer: tensor, name: name === "" ? elaboration.nodes[tensor]!.name : name }];
  });
}
