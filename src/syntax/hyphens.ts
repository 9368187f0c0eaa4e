import type { IToken } from "chevrotain";
import type { DiagnosticSink } from "../diagnostics/diagnostic.ts";
import type { PlaceOf } from "./text-tokens.ts";
import { boundsStatement, Colon, Dot, Equals, Identifier, Minus } from "./tokens.ts";

/** Control words after which a name stands, and whether that is a new one. */
const namesAfter: ReadonlyMap<string, boolean> = new Map([
  ...["block", "shared", "model", "input", "let"].map((word) => [word, true] as const),
  ...["from", "output", "freeze", "unfreeze", "use"].map((word) => [word, false] as const),
]);

/**
 * Names with hyphens, `res-1` and `batch-norm`, as the one word that they are where only a name can stand. One that the file defines is
 * reported there with all its uses, and has `_` from here on; any other keeps its hyphen and is told as an unknown word.
 */
export function joinHyphenated(
  raw: readonly IToken[],
  text: string,
  sink: DiagnosticSink,
  placeOf: PlaceOf,
): readonly IToken[] {
  if (!raw.some(({ tokenType }) => tokenType === Minus)) return raw;
  const runs = findRuns(raw, text);
  if (runs.length === 0) return raw;
  const tensors = labelsIn(raw);
  const isForeign = foreignWords(raw, runs);
  const defined = new Map<string, Run>();
  for (const run of runs)
    if (run.place === "definition" && !defined.has(run.name)) defined.set(run.name, run);
  const joined = new Map<number, Run>();
  for (const run of runs) {
    const isDifference = run.place === "use" && run.name.split("-").every((part) => tensors.has(part));
    const isWord = run.place === "value" ? isForeign(run) : !isDifference;
    if (defined.has(run.name) || isWord) joined.set(run.first, run);
  }
  for (const { name, start, end } of defined.values()) {
    const plain = name.replaceAll("-", "_");
    const edits = runs
      .filter((run) => run.name === name)
      .map((run) => ({ span: placeOf(run.start, run.end), text: plain }));
    sink.report("CNN002", "a name is written with `_`, not with `-`", placeOf(start, end), {
      help: `write \`${plain}\``,
      fix: { title: `write ${plain}`, edits },
    });
  }
  return withJoined(raw, joined, defined);
}

/** A word and what hyphens join to it. */
interface Run {
  readonly name: string;
  readonly place: "definition" | "use" | "value";
  /** The index of its first token, and of the one after its last. */
  readonly first: number;
  readonly next: number;
  readonly start: number;
  readonly end: number;
}

function findRuns(raw: readonly IToken[], text: string): readonly Run[] {
  const joint = /(?:-[A-Za-z0-9]\w*)+/y;
  const runs: Run[] = [];
  for (let index = 0; index < raw.length - 1; index += 1) {
    const token = raw[index]!;
    if (token.tokenType !== Identifier || raw[index + 1]!.tokenType !== Minus) continue;
    const start = token.startOffset;
    joint.lastIndex = start + token.image.length;
    if (!joint.test(text)) continue;
    const end = joint.lastIndex;
    let next = index + 1;
    while (next < raw.length && raw[next]!.startOffset < end) next += 1;
    const last = raw[next - 1]!;
    if (last.startOffset + last.image.length !== end) continue;
    runs.push({
      name: text.slice(start, end),
      place: placeOfRun(raw, index, next),
      first: index,
      next,
      start,
      end,
    });
    index = next - 1;
  }
  return runs;
}

function placeOfRun(raw: readonly IToken[], first: number, next: number): Run["place"] {
  const before = raw[first - 1];
  const after = raw[next]?.tokenType;
  if (boundsStatement.has(before?.tokenType)) return after === Colon ? "definition" : "use";
  if (before!.tokenType === Colon) return "use";
  const isWord = before!.tokenType === Identifier && boundsStatement.has(raw[first - 2]?.tokenType);
  const isNew = isWord ? namesAfter.get(before!.image) : undefined;
  if (isNew !== undefined) return isNew ? "definition" : "use";
  return after === Equals ? "use" : "value";
}

/**
 * Tells of a run in the place of a value whether it is a word, `leaky-relu`, rather than a difference: its first part means nothing
 * in the file, and no other file can give it a meaning.
 */
function foreignWords(raw: readonly IToken[], runs: readonly Run[]): (run: Run) => boolean {
  const firsts = new Set(runs.map(({ first }) => first));
  const words = new Set<string>();
  raw.forEach(({ tokenType, image }, index) => {
    if (tokenType === Identifier && !firsts.has(index)) words.add(image);
  });
  return ({ name, first }) => {
    const [head = "", ...rest] = name.split("-");
    const areWords = rest.every((part) => /^[a-z]{2}/.test(part));
    const before = raw[first - 1];
    // What `data` takes is a name or a path, and never a difference.
    const isData = before?.image === "data" && boundsStatement.has(raw[first - 2]?.tokenType);
    return isData || (areWords && before?.tokenType !== Dot && !words.has(head) && !words.has("use"));
  };
}

/** The names of tensors: labels, and what stands after `input`. */
function labelsIn(raw: readonly IToken[]): ReadonlySet<string> {
  const names = new Set<string>();
  raw.forEach(({ tokenType, image }, index) => {
    if (tokenType !== Identifier) return;
    const isLabel = raw[index + 1]?.tokenType === Colon && boundsStatement.has(raw[index - 1]?.tokenType);
    if (isLabel || raw[index - 1]?.image === "input") names.add(image);
  });
  return names;
}

function withJoined(
  raw: readonly IToken[],
  joined: ReadonlyMap<number, Run>,
  defined: ReadonlyMap<string, Run>,
): readonly IToken[] {
  const out: IToken[] = [];
  for (let index = 0; index < raw.length; index += 1) {
    const run = joined.get(index);
    if (run === undefined) {
      out.push(raw[index]!);
      continue;
    }
    const image = defined.has(run.name) ? run.name.replaceAll("-", "_") : run.name;
    out.push({ ...raw[index]!, image });
    index = run.next - 1;
  }
  return out;
}
