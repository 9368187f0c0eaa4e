// python/: programs of Keras and PyTorch that were pasted as they are: recognised line by line, and translated where certain.
import type { Diagnostic, TextEdit } from "../diagnostics/diagnostic.ts";
import type { SourceFile, Span } from "../source/source-file.ts";
import { layerDefinition, layerWords } from "../layers/index.ts";
import { numberFunctions } from "../elaborate/functions.ts";
import { nativeSpelling } from "../elaborate/layer-words.ts";
import { translateLayer, translateShape } from "./translate.ts";
import { parsePythonValue, type PythonCall, type PythonValue } from "./values.ts";

/** What was found of Python, and the stretches of text that nobody else need read. */
export interface PythonFindings {
  readonly diagnostics: readonly Diagnostic[];
  readonly spans: readonly Span[];
}

/** A statement of Python, over as many lines as its brackets are open. */
interface PythonLine {
  readonly span: Span;
  /** What stands for it here: statements, or nothing; undefined where it cannot be translated. */
  readonly translation: readonly string[] | undefined;
  /** Whether something is lost where nothing stands for it: a call of `fit`. */
  readonly loses: boolean;
  /** The name that the statement gives to a tensor, and the one that it works on. */
  readonly gives?: string;
  readonly takes?: string | undefined;
  /** Whether it merges tensors by their names, which only labels have here. */
  readonly joins?: true;
}

const longestStatement = 2000;

/** A quick look, in linear time: a text without any of these is no Python. */
const anyHint =
  /^[ \t]*(?:"""|''')|(?<![\w.])[\w.]+ *= *[\w.]+ *\(|\.\w+\(|^ *(?:import|from|class|def|return|print)\b|^[ \t]*(?:\w+\.)*[A-Z]\w*\(/m;

const ending = /^\s*[)\]]+,?\s*$/;
const importing = /^\s*(?:from\s+[\w.]+\s+import\b|import\s+[\w.]+)/;
const defining = /^\s*(?:class\s+\w+.*:|def\s+\w+\s*\(.*|return\b.*|super\(.*|print\(.*|with\s.*:|@\w+.*)$/;
/** What has a body of its own, which is nothing for this language either. */
const definition = /^\s*(?:class\s+\w+.*|def\s+\w+\s*\(.*\).*):\s*(?:#.*)?$/;
const opening = /^\s*(?:[\w.]+\s*=\s*)?(?:[\w.]+\.)?Sequential\(\s*\[?\s*(?:\)|\]\s*\))?\s*$/;
const calling = /^\s*(?:([\w.]+(?:\s*,\s*\w+)*)\s*=\s*)?([A-Za-z_][\w.]*)\s*\(/;
const methods: ReadonlySet<string> = new Set([
  "add",
  "compile",
  "fit",
  "summary",
  "evaluate",
  "predict",
  "save",
  "to",
]);

/**
 * Finds the statements of a text that are Python beyond doubt: imports, definitions, assignments of calls, methods such as
 * `model.add(…)`, calls of another library's layers. Neighbours are one finding, with the translation as its fix where all of
 * them could be translated.
 */
export function findPython(file: SourceFile): PythonFindings {
  if (!anyHint.test(file.text)) return { diagnostics: [], spans: [] };
  const runs: PythonLine[][] = [];
  const texts: Diagnostic[] = [];
  let isOpen = false;
  for (let line = 1; line <= file.lineCount; line++) {
    const text = file.lineText(line);
    if (/^\s*(?:#.*)?$/.test(text)) continue;
    const comment = readDocumentation(file, line);
    if (comment !== undefined) {
      texts.push(comment);
      isOpen = false;
      line = file.position(comment.primary.span.end - 1).line;
      continue;
    }
    const found = readStatement(file, line, isOpen);
    if (found === undefined) {
      isOpen = false;
      continue;
    }
    if (isOpen) runs.at(-1)!.push(found);
    else runs.push([found]);
    isOpen = true;
    line = file.position(Math.max(found.span.start, found.span.end - 1)).line;
  }
  return {
    diagnostics: [...runs.map((run) => describeRun(file, run)), ...texts],
    spans: [
      ...runs.flatMap((run) => run.map(({ span }) => span)),
      ...texts.map(({ primary }) => primary.span),
    ].sort((one, other) => one.start - other.start),
  };
}

/** The statement of Python that begins at a line; `follows` says that one stands before it, which decides doubtful lines. */
function readStatement(file: SourceFile, line: number, follows: boolean): PythonLine | undefined {
  const first = file.lineText(line);
  const start = file.lineStart(line) + (first.length - first.trimStart().length);
  const span = (end: number): Span => ({ file, start, end });
  const wholeLine = span(file.lineStart(line) + first.trimEnd().length);
  const says = (translation: readonly string[] | undefined, loses = false): PythonLine => ({
    span: wholeLine,
    translation,
    loses,
  });
  if (importing.test(first)) return says([]);
  if (opening.test(first)) return says([]);
  if (definition.test(first)) return { ...says(undefined), span: span(endOfBody(file, line)) };
  if (defining.test(first)) return says(undefined);
  if (follows && ending.test(first)) return says([]);
  if (follows && /^\s*\w+\s*=\s*[\w.]+\s*$/.test(first)) return says(undefined);
  const call = calling.exec(first);
  if (call === null) return undefined;
  const [head, target, callee = ""] = call;
  // A parameter's default on a line of its own: this language has these functions, too.
  if (Object.hasOwn(numberFunctions, callee)) return undefined;
  const name = callee.replace(/^.*\./, "");
  const isMethod = callee.includes(".") && methods.has(name);
  const isLayer =
    /^[A-Z]/.test(name) && (nativeSpelling(name) !== undefined || name === "Input" || name === "Activation");
  if (target === undefined && !isMethod && !isLayer) return undefined;
  const end = endOfCall(file.text, start + head.trimStart().length - 1);
  if (end === undefined) return says(undefined);
  const text = file.text.slice(start, end);
  const expression = target === undefined ? text : text.slice(text.indexOf("=") + 1);
  const value = parsePythonValue(expression);
  const translation = value?.kind === "call" ? translateCall(value) : undefined;
  const rest = /^[ \t]*,?[ \t]*(?:#[^\n]*)?/.exec(file.text.slice(end))![0].replace(/#.*$/, "").trimEnd();
  const loses = isMethod && name !== "add" && name !== "summary";
  const whole = { span: span(end + rest.length), translation, loses };
  if (target === undefined || value?.kind !== "call") return whole;
  const [applied, ...others] = value.applied ?? [];
  const merge = others.length === 0 ? translateMerge(target, value.callee, applied) : undefined;
  if (merge !== undefined) return { ...whole, translation: merge, joins: true };
  const isSimple = others.length === 0 && (applied === undefined || applied.kind === "name");
  return {
    ...whole,
    translation: isSimple ? translation : undefined,
    gives: target,
    takes: applied?.kind === "name" ? applied.text : undefined,
  };
}

/** A text in three quotes, over as many lines as it takes: a comment here. */
function readDocumentation(file: SourceFile, line: number): Diagnostic | undefined {
  const [, blanks = "", quotes] = /^([ \t]*)("""|''')/.exec(file.lineText(line)) ?? [];
  if (quotes === undefined) return undefined;
  const start = file.lineStart(line) + blanks.length;
  const close = file.text.slice(start + 3, start + 3 + longestStatement).indexOf(quotes);
  if (close < 0) return undefined;
  const end = start + 3 + close + 3;
  if (!/^[ \t]*(?:#[^\n]*)?\r?(?:\n|$)/.test(file.text.slice(end, end + longestStatement))) return undefined;
  const lines = file.text
    .slice(start + 3, start + 3 + close)
    .trim()
    .split(/\r?\n/);
  const text = lines.map((each) => `# ${each.trim()}`.trimEnd()).join(`\n${blanks}`);
  const span = { file, start, end };
  return {
    code: "CNN008",
    severity: "error",
    message: "a comment begins with `#`",
    primary: { span, text: "" },
    labels: [],
    notes: [],
    help: `write \`${lines[0]!.length > 60 ? "# …" : `# ${lines[0]!.trim()}`}\``,
    fix: { title: "write a comment", edits: [{ span, text }] },
  };
}

/** The end of the last of the lines after a definition that stand further in. */
function endOfBody(file: SourceFile, line: number): number {
  const indentation = (text: string): number => text.length - text.trimStart().length;
  const own = indentation(file.lineText(line));
  let last = line;
  for (let at = line + 1; at <= file.lineCount; at++) {
    const text = file.lineText(at);
    if (text.trim() === "") continue;
    if (indentation(text) <= own) break;
    last = at;
  }
  return file.lineStart(last) + file.lineText(last).trimEnd().length;
}

/** `x = Add()([a, b])`, of tensors that have these names here too. */
function translateMerge(
  target: string,
  callee: string,
  applied: PythonValue | undefined,
): readonly string[] | undefined {
  const word = nativeSpelling(callee) ?? "";
  const layer = layerWords.get(word);
  if (applied?.kind !== "list" || layer === undefined || layerDefinition(layer.kind).arity !== "merge")
    return undefined;
  const names = applied.items.map((item) => (item.kind === "name" ? item.text : undefined));
  const [first, ...others] = names;
  if (first === undefined || others.length === 0 || others.includes(undefined) || !/^\w+$/.test(target))
    return undefined;
  return [`from ${first}`, `${target}: ${word} ${others.join(" ")}`];
}

/** Where a call ends whose bracket opens at an offset, what it is applied to included; undefined where it does not. */
function endOfCall(text: string, open: number): number | undefined {
  let depth = 0;
  const last = Math.min(text.length, open + longestStatement);
  for (let at = open; at < last; at++) {
    const character = text[at]!;
    if (character === '"' || character === "'") {
      const close = text.indexOf(character, at + 1);
      if (close < 0) return undefined;
      at = close;
    } else if ("([".includes(character)) depth += 1;
    else if (")]".includes(character) && (depth -= 1) === 0 && text[at + 1] !== "(") return at + 1;
  }
  return undefined;
}

/** The statements that a call comes to; none where it says nothing here. */
function translateCall(call: PythonCall): readonly string[] | undefined {
  const name = call.callee.replace(/^.*\./, "");
  if (name === "Sequential" || name === "Model" || (methods.has(name) && name !== "add")) return [];
  const layer = name === "add" && call.callee.includes(".") ? call.positional[0] : call;
  if (layer?.kind !== "call") return undefined;
  const kind = layer.callee.replace(/^.*\./, "");
  if (kind === "Input" || kind === "InputLayer") {
    // `Input(28, 28, 1)` says no other shape.
    const [first] = layer.positional;
    const sizes = layer.positional.length > 1 ? ({ kind: "tuple", items: layer.positional } as const) : first;
    const shape = translateShape(layer.named.get("shape") ?? layer.named.get("input_shape") ?? sizes);
    return shape === undefined ? undefined : [`input ${shape}`];
  }
  const given = layer.named.get("input_shape") ?? layer.named.get("input_dim");
  const shape = translateShape(given);
  const statement = translateLayer(layer);
  if (statement === undefined || (given !== undefined && shape === undefined)) return undefined;
  return shape === undefined ? [statement] : [`input ${shape}`, statement];
}

function describeRun(file: SourceFile, run: readonly PythonLine[]): Diagnostic {
  const { span } = run[0]!;
  const statements = run.flatMap(({ translation }) => translation ?? []);
  const isWhole =
    run.every(({ translation }) => translation !== undefined) &&
    statements.length > 0 &&
    isChain(run) &&
    (run.length === 1 || run.every(({ joins }) => joins !== true));
  const from = file.position(span.start).line;
  const to = file.position(run.at(-1)!.span.end).line;
  const [only] = statements;
  const isNothing = run.every(({ translation, loses }) => translation?.length === 0 && !loses);
  const shown = statements.join("; ");
  return {
    code: "CNN008",
    severity: "error",
    message:
      from === to && isWhole && statements.length === 1
        ? `this is Python; here it is written \`${only}\``
        : from === to
          ? "this is Python, not a statement of this language"
          : `lines ${from} to ${to} are Python; here a network is its layers, one after the other`,
    primary: { span, text: "" },
    labels: [],
    notes: [],
    help: isNothing
      ? "the layers are part of the language: nothing is imported; `use` takes blocks and models of other files"
      : isWhole
        ? `in this language: \`${shown.length > 300 ? `${shown.slice(0, 297)}…` : shown}\``
        : definition.test(file.lineText(from))
          ? "a group of layers with a name is a block: `block unit(filters) { conv filters 3x3 relu }`"
          : "write a layer as its name and what it needs: `conv 32 3x3 relu`, `pool max 2`, `dense 10 softmax`",
    ...(isWhole || isNothing
      ? {
          fix: {
            title: isNothing
              ? "leave them out"
              : statements.length === 1
                ? `write \`${only}\``
                : "translate them",
            edits: run.map((line) => translationEdit(file, line)),
            ...(run.some(({ loses }) => loses) ? { isUnsafe: true } : {}),
          },
        }
      : {}),
  };
}

/** Whether each tensor is made from the one before it, so that none need be named. */
function isChain(run: readonly PythonLine[]): boolean {
  let current: string | undefined;
  for (const { gives, takes } of run) {
    if (takes !== undefined && current !== undefined && takes !== current) return false;
    if (takes !== undefined || current === undefined) current = gives ?? current;
  }
  return true;
}

/** A statement in place of a line; a line that says nothing here goes away with its end. */
function translationEdit(file: SourceFile, { span, translation = [] }: PythonLine): TextEdit {
  if (translation.length > 0) return { span, text: translation.join("\n") };
  const lineStart = file.lineStart(file.position(span.start).line);
  const after = /^[ \t]*\r?\n/.exec(file.text.slice(span.end))?.[0].length ?? 0;
  const isAlone = file.text.slice(lineStart, span.start).trim() === "";
  return isAlone ? { span: { file, start: lineStart, end: span.end + after }, text: "" } : { span, text: "" };
}
