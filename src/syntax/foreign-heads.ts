import type { DiagnosticSink, TextEdit } from "../diagnostics/diagnostic.ts";
import type { Span } from "../source/source-file.ts";
import { type PlainText, TextChanges } from "./plain-text.ts";
import { type Groups, type HeadHabit, headHabits } from "./head-habits.ts";

/** A layer whose name stands behind it: `conv 32 3x3 as stem`, `conv 32 3x3 -> stem`. */
const nameBehind: HeadHabit = {
  pattern:
    /(?<start>)(?!(?:use|for|if|let|block|model|shared|input|from|output)\b)[A-Za-z]\w*\b[^;{}\n#"]*?(?<cut>[ \t]+(?:as|->|=>)[ \t]*(?<name>[a-z]\w*))(?=[ \t]*(?:[;}#]|\r?\n|$))/dy,
  message: "a name stands before its statement, with a colon behind it",
  help: "for example `stem: conv 32 3x3`",
  start: ({ name }) => `${name}: `,
  cut: () => "",
};

/** `conv 32 3x3 name=stem`. */
const nameAsArgument: HeadHabit = {
  ...nameBehind,
  pattern:
    /(?<start>)(?!(?:use|for|if|let|block|model|shared|input|from|output)\b)[A-Za-z]\w*\b[^;{}\n#"]*?(?<cut>[ \t]+name[ \t]*=[ \t]*"?(?<name>[a-z]\w*)"?)(?![\w.])/dy,
};

/** `math.floor(x)`: a function of a module. */
const ofModule: HeadHabit = {
  pattern:
    /(?<cut>(?:math|Math|np|numpy|torch|tf|K)\.)(?=(?:floor|ceil|round|sqrt|abs|min|max|pow|log2?|trunc)\()/dy,
  message: "functions stand without a module",
  help: "for example `floor(x / 2)`",
  cut: () => "",
};

/** `3 by 3`: a window or shape in words. */
const shapeInWords: HeadHabit = {
  pattern: /(?<cut>\d+(?:[ \t]+by[ \t]+\d+)+)/dy,
  message: "a shape is joined by `x`",
  help: "for example `28x28x1`, `3x3`",
  cut: ({ cut = "" }) => cut.replace(/[ \t]+by[ \t]+/g, "x"),
};

/** `k x k`, `kx1` for a name that has a value, which stands in parentheses in a window. */
function windowOfNames(names: string): HeadHabit {
  return {
    pattern: new RegExp(
      String.raw`(?<cut>(?<one>${names})(?:x|[ \t]+x[ \t]+)(?<other>${names}|\d+)|(?<first>\d+)x(?<second>${names}))(?![\w=:(.])`,
      "dy",
    ),
    message: "a name stands in parentheses in a window",
    help: "for example `conv 32 (k)x(k)`",
    cut: ({ one, other, first, second }) =>
      [one ?? first!, other ?? second!].map((part) => (/^\d/.test(part) ? part : `(${part})`)).join("x"),
  };
}

/** The names that a text gives to values, as alternatives of a pattern; undefined where there are none, or very many. */
function valueNames(text: string): string | undefined {
  const lets = [...text.matchAll(/\b(?:let|for)[ \t]+\(?([a-z]\w*)/g)].map(([, name]) => name!);
  const lists = [...text.matchAll(/\b(?:block|model)[ \t]+\w+[ \t]*\(([^(){}\n]{0,200})/g)];
  const parameters = lists.flatMap(([, list]) => list!.match(/(?<=^|,)[ \t]*[a-z]\w*/g) ?? []);
  const names = [...new Set([...lets, ...parameters.map((name) => name.trim())])];
  return names.length === 0 || names.length > 100 || names.includes("x") ? undefined : names.join("|");
}

const known = String.raw`"[^"\\\r\n]*(?:\\[^\r\n][^"\\\r\n]*)*"?|#[^\r\n]*`;
const heads = new RegExp(
  String.raw`${known}|(?<head>\b(?:for|if|while|loop|repeat|let|block|model|shared|input|from|use|require|metrics|merge|\d+[ \t]*(?:times|x)(?=[ \t]*\{))(?![\w.])|/\*|--(?=[ \t])|%(?=[ \t]))`,
  "g",
);
const words = new RegExp(String.raw`${known}|(?<![\w.])(?<head>[A-Za-z0-9]\w*)`, "g");
const named = new RegExp(String.raw`${known}|(?<=^|[;{}\n])[ \t]*(?<head>[A-Za-z]\w*)`, "g");

/** A head is not longer. */
const mostCharacters = 300;

/**
 * Rewrites heads of statements that follow another language's habits; each is reported with what is written here for it. What
 * stands in texts and comments is left alone.
 *
 * @param span the place in the file of a stretch of the text
 */
export function rewriteForeignHeads(
  text: string,
  sink: DiagnosticSink,
  span: (start: number, end: number) => Span,
): PlainText {
  const names = valueNames(text);
  // A parameter called `name` is given by that name.
  const mayBeNamed = /[ \t](?:as|->|=>|name[ \t]*=)[ \t]?/.test(text) && !/[(,][ \t]*name\b/.test(text);
  const used = mayBeNamed ? wordsUsed(text) : undefined;
  const found = [
    ...findHabits(text, heads, headHabits, (at) => isHead(text, at)),
    ...(used === undefined
      ? []
      : findHabits(text, named, [nameBehind, nameAsArgument], () => true).filter(({ groups }) =>
          used.has(groups["name"]!),
        )),
    ...(/\b(?:math|Math|np|numpy|torch|tf|K)\.\w+\(/.test(text)
      ? findHabits(text, words, [ofModule], () => true)
      : []),
    ...(/\d[ \t]+by[ \t]+\d/.test(text) ? findHabits(text, words, [shapeInWords], () => true) : []),
    ...(names === undefined ? [] : findWindows(text, names)),
  ].sort((one, other) => one.start - other.start);
  const changes = new TextChanges(text);
  let read = 0;
  for (const habit of found) {
    if (habit.start < read) continue;
    tell(habit, sink, span);
    for (const { start, end, written } of habit.parts) changes.put(start, end - start, written);
    read = habit.end;
  }
  return changes.finish();
}

function findWindows(text: string, names: string): readonly FoundHabit[] {
  const found = findHabits(text, words, [windowOfNames(names)], () => true);
  if (found.length === 0) return found;
  const given = namesGiven(text);
  return found.filter(({ groups }) => !given.has(groups["cut"]!));
}

/** Whether a statement begins there; a sign is one only where it cannot go on with a calculation in parentheses. */
function isHead(text: string, at: number): boolean {
  if (!/\w/.test(text[at]!)) return at === 0 || text[at - 1] === "\n" || text[at] === "/";
  return /(?:^|[;{}\n]|\belse)[ \t]*$/.test(text.slice(Math.max(0, at - 40), at));
}

/** The names that a text gives: `fx2` may be one beside `f`, and is no window then. */
function namesGiven(text: string): ReadonlySet<string> {
  const given = /\b(\w+)[ \t]*:|\b(?:let|input|block|shared|for)[ \t]+(\w+)/g;
  return new Set([...text.matchAll(given)].map(([, label, name]) => (label ?? name)!));
}

/** A habit where it stands. */
interface FoundHabit {
  readonly habit: HeadHabit;
  readonly start: number;
  readonly end: number;
  readonly groups: Groups;
  readonly parts: readonly { readonly start: number; readonly end: number; readonly written: string }[];
}

function findHabits(
  text: string,
  finder: RegExp,
  among: readonly HeadHabit[],
  isHead: (at: number) => boolean,
): readonly FoundHabit[] {
  const found: FoundHabit[] = [];
  finder.lastIndex = 0;
  for (let match = finder.exec(text); match !== null; match = finder.exec(text)) {
    const word = match.groups?.["head"];
    const start = match.index + match[0].length - (word?.length ?? 0);
    if (word === undefined || !isHead(start)) continue;
    const habit = habitAt(text, start, among);
    if (habit === undefined) continue;
    found.push(habit);
    finder.lastIndex = habit.end;
  }
  return found;
}

function habitAt(text: string, at: number, among: readonly HeadHabit[]): FoundHabit | undefined {
  const stretch = text.slice(at, at + mostCharacters);
  for (const habit of among) {
    habit.pattern.lastIndex = 0;
    const match = habit.pattern.exec(stretch);
    if (match === null) continue;
    const groups = match.groups!;
    const parts = (["start", "cut"] as const).flatMap((name) => {
      const place = match.indices!.groups![name];
      const write = habit[name];
      if (place === undefined || write === undefined) return [];
      return [{ start: at + place[0], end: at + place[1], written: write(groups) }];
    });
    if (parts.every((part) => text.slice(part.start, part.end) === part.written)) continue;
    return { habit, start: at, end: at + match[0].length, groups, parts };
  }
  return undefined;
}

/** The words behind `from`, `output` and merges: what stands behind a layer as its name is one of them, and no other layer. */
function wordsUsed(text: string): ReadonlySet<string> {
  const uses = /\b(?:from|output|add|concat|multiply|average|maximum|minimum|subtract|dot)\b([^\n;{}]*)/g;
  return new Set([...text.matchAll(uses)].flatMap(([, words]) => words!.match(/\w+/g) ?? []));
}

function tell(
  { habit: { message, help, hasNoFix }, parts }: FoundHabit,
  sink: DiagnosticSink,
  span: (start: number, end: number) => Span,
): void {
  const edits = parts.map(({ start, end, written }): TextEdit => ({ span: span(start, end), text: written }));
  const place = edits.at(-1)!.span;
  const blanks = /^[ \t]*/.exec(place.file.text.slice(place.start, place.end))![0].length;
  const end = place.start + place.file.text.slice(place.start, place.end).trimEnd().length;
  const shown = end > place.start + blanks ? { ...place, start: place.start + blanks, end } : place;
  sink.report("CNN002", message, shown, {
    ...(help === undefined ? {} : { help }),
    ...(hasNoFix ? {} : { fix: { title: "write it as here", edits } }),
  });
}
