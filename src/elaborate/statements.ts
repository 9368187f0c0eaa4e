import type { ScopeFrame } from "../graph/layer-graph.ts";
import type { LayerWord } from "../layers/index.ts";
import { layerDefinition, layerWords } from "../layers/index.ts";
import { spanText } from "../source/source-file.ts";
import type { Body, LayerStatement, OutputStatement, Statement } from "../syntax/ast.ts";
import { isSectionWord } from "../syntax/section-words.ts";
import type { CallResult, RunBody } from "./calls.ts";
import { callBlock, callShared, defineLabel, hasRoom, lostCall } from "./calls.ts";
import type { Frame } from "./context.ts";
import { executeCondition, executeFor, executeIf, executeRepeat } from "./control.ts";
import { channelsOf, currentTensor } from "./current.ts";
import { evaluate } from "./expressions.ts";
import { executeFreeze } from "./freeze.ts";
import { hoistDefinitions } from "./hoist.ts";
import { executeInput } from "./inputs.ts";
import { argumentTableOf, type LayerInWords, layerInWords, suggestStatement } from "./layer-words.ts";
import { suggestLibrary } from "./library-models.ts";
import { executeMerge, executePlainLayer, followsBranch, layerOfValue, statementSpan } from "./layers.ts";
import {
  defineName,
  describeBinding,
  findTensor,
  namesGiven,
  replacement,
  reportAmbiguous,
  reportUnknownName,
} from "./lookup.ts";
import { branchMeant, suggestPrefix, withLabel } from "./mistaken-statements.ts";
import { callModel } from "./models.ts";
import type { Binding, Tensor } from "./scope.ts";
import { Scope } from "./scope.ts";
import { viewOf } from "./slots.ts";
import { executeRequirement, executeTarget } from "./requirements.ts";
import { executeSection } from "./sections.ts";
import { shortened } from "./values.ts";
import { controlWords } from "./words.ts";

/** Carries out a body's statements in a frame whose scope is the body's own or the one around it. */
export const runBody: RunBody = ({ statements }: Body, frame: Frame) => runStatements(statements, frame);

/** Carries out statements one after the other; what they define before others use it comes first. */
export function runStatements(statements: readonly Statement[], frame: Frame): void {
  hoistDefinitions(statements, frame);
  for (const statement of statements) {
    if (!frame.elaboration.step(statement.span)) return;
    executeStatement(statement, frame);
  }
}

/** The statements that may stand in the braces of a merge beside branches. */
const betweenBranches: ReadonlySet<Statement["kind"]> = new Set([
  "layer",
  "if",
  "for",
  "repeat",
  "let",
  "missing",
] as const);

function executeStatement(statement: Statement, frame: Frame): void {
  if (frame.branches !== undefined && !betweenBranches.has(statement.kind)) {
    reportNoBranch(statement, frame);
    return;
  }
  switch (statement.kind) {
    case "layer":
      return executeLayerStatement(statement, frame);
    case "let": {
      const { name, value: expression } = statement;
      const value = evaluate(expression, frame);
      return defineName(frame.elaboration, frame.scope, name, {
        kind: "value",
        value,
        what: "let",
        span: name.span,
      });
    }
    case "from":
      frame.flow.current = findTensor(frame, statement.source)?.tensor ?? "lost";
      return;
    case "input":
      return executeInput(statement, frame);
    case "output":
      return executeOutput(statement, frame);
    case "repeat":
      return executeRepeat(statement, frame, runBody);
    case "for":
      return executeFor(statement, frame, runBody);
    case "if":
      return executeIf(statement, frame, runBody);
    case "freeze":
    case "unfreeze":
      return executeFreeze(statement, frame);
    case "require":
      return executeRequirement(statement, frame);
    case "target":
      return executeTarget(statement, frame);
    case "condition":
      return executeCondition(statement, frame);
    case "use":
    case "model":
    case "language":
      if (frame.level !== "file")
        reportMisplaced(statement, `\`${statement.kind}\``, "directly in a file", frame);
      return;
    case "block":
    case "shared":
      return; // defined before the first statement
    case "missing":
      frame.scope.isIncomplete = true;
      if (statement.isLayer && frame.flow.current !== "none") frame.flow.current = "lost";
  }
}

export function reportMisplaced(
  { span }: { span: Statement["span"] },
  what: string,
  where: string,
  frame: Frame,
): void {
  frame.elaboration.report("CNN105", `${what} stands ${where}, not here`, span);
}

function reportNoBranch(statement: Statement, frame: Frame): void {
  const { elaboration, branches } = frame;
  // Once for the layers that would all go into one branch.
  if (branches?.at(-1) !== "lost")
    elaboration.report("CNN142", "the braces of a merge hold branches alone", statement.span, {
      help: "put it into a branch: `branch { … }`",
      ...branchMeant(statement, frame),
    });
  branches?.push("lost");
}

/** A layer, a merge, a branch, a section, or a call of a block, shared instance or model. */
function executeLayerStatement(written: LayerStatement, frame: Frame): void {
  const statement = withLabel(written, frame);
  const { name } = statement;
  if (frame.elaboration.settingsWithoutBraces.has(statement)) return;
  if (name.name === "branch") return executeBranch(statement, frame);
  if (frame.branches !== undefined) return reportNoBranch(statement, frame);
  if (isSectionWord(name.name)) return executeSection(statement, frame, runBody);
  const first = frame.elaboration.nodes.length;
  const result = executeNamed(statement, frame);
  const call: CallResult =
    typeof result === "object"
      ? result
      : { tensor: result, layers: frame.elaboration.rangeFrom(first), inner: undefined };
  frame.flow.current = call.tensor;
  defineLabel(statement, call, frame);
}

/** By what the word means here. */
function executeNamed(statement: LayerStatement, frame: Frame): Tensor | CallResult {
  const binding = bindingOf(statement, frame);
  if (binding === "reported") return lostCall(frame);
  switch (binding?.kind) {
    case "block":
      return callBlock(statement, binding, frame, runBody);
    case "shared":
      return callShared(statement, binding, frame, runBody);
    case "model":
      return callModel(statement, binding, frame, runBody);
    case "value": {
      const layer = layerOfValue(binding.value, statement.name, frame);
      return layer === undefined ? lostCall(frame) : executeLayer(statement, layer, frame);
    }
    case "ambiguous":
      reportAmbiguous(binding, statement.name, frame.elaboration);
      return lostCall(frame);
    case "tensor":
    case "library":
      return reportNoLayer(statement, binding, frame);
    case undefined:
      break;
  }
  if (frame.elaboration.misnamed.has(statement.name.name)) return lostCall(frame);
  const layer = layerWords.get(statement.name.name);
  const inWords = hasForeignWord(statement, layer, frame) ? layerInWords(statement) : undefined;
  if (inWords !== undefined) return executeNamed(reportInWords(statement, inWords, frame), frame);
  if (layer !== undefined) return executeLayer(statement, layer, frame);
  const meant = reportUnknownStatement(statement, frame);
  return meant === undefined ? lostCall(frame) : executeNamed(meant, frame);
}

/** Whether the first argument of a statement is a word that neither its layer nor the program knows. */
function hasForeignWord(
  { arguments: given }: LayerStatement,
  layer: LayerWord | undefined,
  frame: Frame,
): boolean {
  const [first] = given;
  if (first?.name !== undefined || first?.value.kind !== "word") return false;
  const { name } = first.value;
  const isOwn = layer !== undefined && viewOf(argumentTableOf(layer)).bareWords.includes(name);
  return !isOwn && frame.scope.find(name) === undefined;
}

/** Reports a layer's name in several words; gives the statement as it is written here. */
function reportInWords(
  statement: LayerStatement,
  meant: LayerInWords,
  { elaboration }: Frame,
): LayerStatement {
  const span = { ...statement.name.span, end: meant.end };
  elaboration.report("CNN110", `there is no layer \`${meant.written}\``, span, {
    help: `here it is \`${meant.native}\``,
    fix: replacement(span, meant.native),
  });
  const [word = "", ...modes] = meant.native.split(" ");
  const own = modes.map((name) => ({ name: undefined, value: { kind: "word", name, span }, span }) as const);
  return {
    ...statement,
    name: { name: word, span },
    arguments: [...own, ...statement.arguments.slice(meant.count)],
  };
}

function reportNoLayer({ name }: LayerStatement, binding: Binding, frame: Frame): CallResult {
  const shown = shortened(name.name);
  const help =
    binding.kind === "tensor" ? `\`from ${shown}\` makes it current` : `name what is in it: \`${shown}.…\``;
  const message = `\`${shown}\` is ${describeBinding(binding)}, not a layer`;
  frame.elaboration.report("CNN115", message, name.span, { help });
  return lostCall(frame);
}

/** What a statement's word names, also through a used file: `blocks.unit`. */
function bindingOf({ name: { name, span } }: LayerStatement, frame: Frame): Binding | "reported" | undefined {
  const dot = name.indexOf(".");
  if (dot < 0) {
    const found = frame.scope.find(name);
    return found === undefined || found.isHidden ? undefined : found.binding;
  }
  const library = frame.scope.find(name.slice(0, dot))?.binding;
  if (library?.kind !== "library") return undefined;
  const part = { name: name.slice(dot + 1), span: { ...span, start: span.start + dot + 1 } };
  const { scope } = library.unit;
  const inner = scope.given(part.name);
  if (inner !== undefined) return inner;
  if (!scope.isIncomplete) {
    const names = [...scope.givenNames()].map(([each]) => each);
    const outside = { ...frame, scope: new Scope(undefined, [], true) };
    reportUnknownName(outside, part, names, "block or model", namesGiven(names));
  }
  return "reported";
}

/** Gives the statement as it was meant, where that is beyond doubt: its other mistakes are then found too. */
function reportUnknownStatement(statement: LayerStatement, frame: Frame): LayerStatement | undefined {
  const { name, body } = statement;
  if (!frame.elaboration.isFull) {
    const names = frame.scope.visibleNames("block", "shared", "model");
    const { meant, ...near } = suggestStatement(statement, names, channelsOf(frame));
    const library =
      meant === undefined && !mayBeUsed(frame)
        ? (suggestPrefix(name, frame) ?? suggestLibrary(statement, frame))
        : undefined;
    const suggestion = library ?? near;
    if (suggestion.help !== undefined || !frame.scope.mayLackNames) {
      const message = `there is no layer or block \`${shortened(name.name)}\``;
      frame.elaboration.report("CNN110", message, name.span, suggestion);
    }
    if (meant !== undefined) return meant;
    // A misspelt `let` or `block` defines what is then not known.
    if (suggestion.fix?.edits.some(({ text }) => controlWords.has(text)) === true)
      frame.scope.isIncomplete = true;
  }
  if (body === undefined || !hasRoom(frame, body.span)) return undefined;
  // What stands inside is looked through for mistakes of its own.
  const isMerge = body.statements.some((each) => each.kind === "layer" && each.name.name === "branch");
  const scope = new Scope(frame.scope, body.statements, false);
  const branches = isMerge ? [] : undefined;
  runBody(body, {
    ...frame,
    scope,
    flow: { current: "lost" },
    branches,
    level: "inner",
    depth: frame.depth + 1,
  });
  return undefined;
}

/** Whether a `use` that could not be read or followed may have brought a name. */
function mayBeUsed({ elaboration, unit }: Frame): boolean {
  const isUse = ({ kind, span }: Statement): boolean => kind === "missing" && /^use\b/.test(spanText(span));
  return elaboration.hasFailedUse || unit.program.statements.some(isUse);
}

function executeLayer(statement: LayerStatement, layer: LayerWord, frame: Frame): Tensor {
  const { body } = statement;
  if (layerDefinition(layer.kind).arity !== "merge") {
    const current = executePlainLayer(statement, layer, frame);
    if (body === undefined || !hasRoom(frame, body.span)) return current;
    // Braces that do not belong there are reported; what stands in them follows the layer.
    const flow = { current };
    const scope = new Scope(frame.scope, body.statements, false);
    runBody(body, { ...frame, scope, flow, level: "inner", depth: frame.depth + 1 });
    return "lost";
  }
  const branches = body === undefined ? undefined : runBranches(statement, body, frame);
  return executeMerge(statement, layer, branches, frame);
}

/** The tensors of a merge's branches, each of which starts from the current tensor. */
function runBranches(statement: LayerStatement, body: Body, frame: Frame): readonly Tensor[] {
  const branches: Tensor[] = [];
  const current = currentTensor(frame, statement.headSpan);
  const isCounted = body.statements.every(({ kind }) => kind === "layer" || kind === "let");
  if (!hasRoom(frame, body.span)) return ["lost"];
  runBody(body, { ...frame, flow: { current }, branches, level: "inner", depth: frame.depth + 1 });
  if (branches.length === 1 && body.statements.some(isNoWholeBranch)) return branches;
  if (branches.length < 2 && (isCounted || branches.length === 0)) {
    const count = branches.length === 0 ? "no branch" : "one branch alone";
    const message = `${statement.name.name} has ${count}, so there is nothing to merge`;
    frame.elaboration.report("CNN141", message, statement.headSpan, {
      help: "an empty `branch { }` is the current tensor itself",
    });
    return ["lost"];
  }
  return branches;
}

/** What stands in a merge's braces and is reported there. */
function isNoWholeBranch(statement: Statement): boolean {
  return statement.kind === "layer" && (statement.name.name !== "branch" || statement.body === undefined);
}

function executeBranch(statement: LayerStatement, frame: Frame): void {
  const { elaboration, branches, flow } = frame;
  const { body, arguments: given, label, headSpan } = statement;
  if (branches === undefined) {
    if (!followsBranch(statement, frame)) {
      elaboration.report("CNN105", "a `branch` stands in the braces of a merge, not here", headSpan, {
        help: "`add { branch { … }; branch { } }` merges two branches",
      });
    }
    flow.current = "lost";
  }
  if (given.length > 0) elaboration.report("CNN123", "a branch takes no arguments", given[0]!.span);
  if (body === undefined) {
    elaboration.report("CNN142", "a branch needs braces", headSpan, {
      help: "`branch { }` is the tensor itself",
    });
  }
  const first = elaboration.nodes.length;
  const inside = enterBranch(statement, frame);
  if (body !== undefined && hasRoom(frame, headSpan)) runBody(body, inside);
  const { current } = inside.flow;
  const tensor = current === "none" || body === undefined ? "lost" : current;
  branches?.push(tensor);
  if (label === undefined) return;
  const layers = elaboration.rangeFrom(first);
  defineName(elaboration, frame.scope, label, {
    kind: "tensor",
    tensor,
    layers,
    inner: inside.scope,
    span: label.span,
  });
}

function enterBranch(statement: LayerStatement, frame: Frame): Frame {
  const scopeFrame: ScopeFrame = {
    kind: "branch",
    name: "branch",
    label: statement.label?.name,
    span: statementSpan(statement),
    instance: (frame.branches?.length ?? 0) + 1,
  };
  return {
    ...frame,
    scope: new Scope(frame.scope, statement.body?.statements ?? [], false),
    flow: { current: frame.flow.current },
    path: [...frame.path, scopeFrame],
    branches: undefined,
    level: "inner",
    depth: frame.depth + 1,
  };
}

/** `output`: the current tensor; `output a b`: the tensors of these names. */
function executeOutput({ names, span }: OutputStatement, frame: Frame): void {
  const { elaboration, model } = frame;
  if (frame.level === "inner") {
    reportMisplaced({ span }, "an `output`", "directly in a model", frame);
    return;
  }
  const add = (tensor: Tensor, name: string, place: typeof span) => {
    const earlier = model.outputs.find((output) => output.tensor === tensor && tensor !== "lost");
    if (earlier === undefined) model.outputs.push({ tensor, name, span: place });
    else {
      elaboration.report(
        "CNN146",
        `${name === "" ? "this tensor" : `\`${name}\``} is an output already`,
        place,
        {
          labels: [{ span: earlier.span, text: "first said here" }],
        },
      );
    }
  };
  if (names.length === 0) add(currentTensor(frame, span), "", span);
  for (const path of names) {
    add(findTensor(frame, path)?.tensor ?? "lost", spanText(path.span), path.span);
  }
}
