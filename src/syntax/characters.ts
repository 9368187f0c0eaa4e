import type { DiagnosticSink, TextEdit } from "../diagnostics/diagnostic.ts";
import type { SourceFile, Span } from "../source/source-file.ts";
import { type PlainText, TextChanges } from "./plain-text.ts";

/** Stands in the plain text for a character that stands for nothing; the lexer makes a token of it that fits nowhere. */
const unreadable = "\u0001";

/** Anything that needs a second look: beyond printable ASCII, or ASCII that the language does not use. */
const odd = /[^\t\n\r\x20-\x7e]|[!$&'@\\^`|~]|\r(?!\n)/;

/** Texts and comments (left alone), texts in other quotes, doubled operators, then runs of odd characters. */
const scanner = new RegExp(
  [
    /(?<path>(?<=(?:^|[;{\n])[ \t]{0,40}(?:data|use)[ \t]{1,8})(?=[^\s"'“”«»‘’;{}#]*[~\\][^\s;{}#])[^\s"'“”«»‘’;{}#]+)/,
    /(?<known>"[^"\\\r\n]*(?:\\[^\r\n][^"\\\r\n]*)*"?|#[^\r\n]*|!=)/,
    /(?<single>['‘’‚‛＇][^'‘’‚‛＇\r\n]*['‘’‚‛＇])/,
    /(?<double>[“”„‟«»＂][^"“”„‟«»＂\r\n]*["“”„‟«»＂])/,
    /(?<operator>&&?|\|\|?|!|\^|\\(?=[ \t]*\r?\n))/,
    /(?<run>(?:[^\t\n\r\x20-\x7e]|['@$`~\\])+)/,
    /(?<carriageReturn>\r(?!\n))/,
  ]
    .map((part) => part.source)
    .join("|"),
  "gu",
);

const operators: Readonly<Record<string, { plain: string; help: string }>> = {
  "&&": { plain: "and", help: "write `and`" },
  "&": { plain: "and", help: "write `and`" },
  "||": { plain: "or", help: "write `or`" },
  "|": { plain: "or", help: "write `or`" },
  "!": { plain: "not ", help: "write `not`, or `!=` for unequal" },
  "^": { plain: "**", help: "write `**` for a power" },
};

/**
 * Replaces what only looks like the language's own characters (full-width digits, `×`, `−`, curly quotes, odd blanks,
 * letters of other scripts) by the plain ones, each reported as CNN001 with the plain one as its fix; characters that
 * stand for nothing are reported and become unreadable. Texts and comments keep whatever they hold. What is set aside
 * counts as blank.
 */
export function readPlainText(
  file: SourceFile,
  sink: DiagnosticSink,
  setAside: readonly Span[] = [],
): PlainText {
  const text = withoutSpans(file.text, setAside);
  if (!odd.test(text)) return { text, original: (offset) => offset };
  const rewriter = new Rewriter(file, text, sink);
  scanner.lastIndex = 0;
  for (let match = scanner.exec(text); match !== null; match = scanner.exec(text)) {
    const groups = match.groups!;
    const start = match.index;
    if (groups["known"] !== undefined) continue;
    if (groups["path"] !== undefined) rewriter.quotePath(start, groups["path"]);
    else if (groups["single"] !== undefined) rewriter.replaceQuotes(start, groups["single"]);
    else if (groups["double"] !== undefined) rewriter.replaceQuotes(start, groups["double"]);
    else if (groups["operator"] !== undefined) rewriter.replaceOperator(start, groups["operator"]);
    else if (groups["run"] !== undefined) rewriter.replaceRun(start, groups["run"]);
    else rewriter.replaceCarriageReturn(start);
  }
  return rewriter.finish();
}

/** Blanks in place of some stretches, which come in order; line ends and every offset stay. */
function withoutSpans(text: string, spans: readonly Span[]): string {
  const pieces: string[] = [];
  let read = 0;
  for (const { start, end } of spans) {
    pieces.push(text.slice(read, start), text.slice(start, end).replace(/[^\n]/g, " "));
    read = end;
  }
  return pieces.join("") + text.slice(read);
}

/** Builds the plain text beside the map back to the file. */
class Rewriter {
  readonly #file: SourceFile;
  readonly #text: string;
  readonly #sink: DiagnosticSink;
  readonly #changes: TextChanges;

  constructor(file: SourceFile, text: string, sink: DiagnosticSink) {
    this.#file = file;
    this.#text = text;
    this.#sink = sink;
    this.#changes = new TextChanges(text);
  }

  finish(): PlainText {
    return this.#changes.finish();
  }

  replaceQuotes(start: number, written: string): void {
    const content = written.slice(1, -1);
    const plain = `"${content.replaceAll('"', "")}"`;
    const file = this.#file;
    const end = start + written.length;
    const isWeights = /\bweights[ \t]*=[ \t]*$/.test(this.#text.slice(Math.max(0, start - 20), start));
    // No file: what is wrong with it is told where models are used.
    if (isWeights && content === "imagenet") return this.#changes.put(start, written.length, plain);
    if (/^[a-z]\w*$/.test(content) && !isWeights) {
      const span = { file, start, end };
      const fix = { title: `write \`${content}\``, edits: [{ span, text: content }] };
      this.#sink.report("CNN001", "words stand without quotes, texts in double quotes", span, {
        help: `write \`${content}\``,
        fix,
      });
      this.#changes.put(start, written.length, plain);
      return;
    }
    this.#sink.report(
      "CNN001",
      "a text stands in double quotes",
      { file, start, end },
      {
        help: `write ${plain}`,
        fix: {
          title: "use double quotes",
          edits: [
            { span: { file, start, end: start + 1 }, text: '"' },
            { span: { file, start: end - 1, end }, text: '"' },
          ],
        },
      },
    );
    this.#changes.put(start, written.length, plain);
  }

  /** `data ~/photos`, `data C:\photos`. */
  quotePath(start: number, written: string): void {
    const span = { file: this.#file, start, end: start + written.length };
    const text = JSON.stringify(written);
    this.#sink.report("CNN002", "a folder or file stands in quotes", span, {
      help: `write \`${text}\``,
      fix: { title: "put it in quotes", edits: [{ span, text }] },
    });
    this.#changes.put(start, written.length, text);
  }

  replaceOperator(start: number, written: string): void {
    const line = this.#text.slice(this.#text.lastIndexOf("\n", start - 1) + 1, start);
    // `conv 32 3x3 | relu`: no condition, but one layer after another.
    const isBetweenLayers =
      written === "|" &&
      /^[ \t]*(?:\w+:[ \t]*)?[a-z]\w*(?:[ \t][^(]*)?$/.test(line) &&
      !/\b(?:if|let|require)\b/.test(line);
    const known = isBetweenLayers ? { plain: ";", help: "`;` stands between layers" } : operators[written];
    const file = this.#file;
    const span = { file, start, end: start + written.length };
    if (known === undefined) {
      this.#sink.report("CNN001", "a line is not continued with a backslash", span, {
        help: "a statement stands on one line; inside ( ) and [ ] lines may break",
      });
      this.#changes.put(start, 1, " ");
      return;
    }
    const before = /\w/.test(file.text[start - 1] ?? "") ? " " : "";
    const after = /\w/.test(file.text[span.end] ?? "") && !known.plain.endsWith(" ") ? " " : "";
    const plain = /^\w/.test(known.plain) ? `${before}${known.plain}${after}` : known.plain;
    this.#sink.report("CNN001", `the language has no \`${written}\``, span, {
      help: known.help,
      fix: { title: known.help, edits: [{ span, text: plain }] },
    });
    this.#changes.put(start, written.length, plain);
  }

  /** A run of neighbours that the language does not know is one mistake, whatever its length. */
  replaceRun(start: number, written: string): void {
    const file = this.#file;
    const end = start + written.length;
    let plain = "";
    let known = true;
    let at = start;
    for (const character of written) {
      const replacement = plainCharacter(file.text, character, at);
      if (replacement === undefined) known = false;
      plain += replacement ?? unreadable;
      at += character.length;
    }
    const span = { file, start, end };
    const edits: TextEdit[] = [{ span, text: plain }];
    const shown = written.length > 40 ? `${[...written].slice(0, 20).join("")}…` : written;
    this.#sink.report("CNN001", describeRun(written, shown), span, {
      help: known ? helpWith(plain) : helpWithout(written),
      ...(known ? { fix: { title: titleOf(plain), edits } } : {}),
    });
    this.#changes.put(start, written.length, plain);
  }

  replaceCarriageReturn(start: number): void {
    const file = this.#file;
    const span = { file, start, end: start + 1 };
    this.#sink.report("CNN001", "a carriage return (U+000D) stands alone", span, {
      help: "lines end in a line feed, with or without a carriage return before it",
      fix: { title: "use a line feed", edits: [{ span, text: "\n" }] },
    });
    this.#changes.put(start, 1, "\n");
  }
}

function titleOf(plain: string): string {
  if (plain === "") return "remove it";
  return plain.trim() === "" ? "use a plain blank" : `write ${plain}`;
}

function helpWith(plain: string): string {
  if (plain === "") return "remove it";
  return plain.trim() === "" ? "write a plain blank" : `write \`${plain}\``;
}

function helpWithout(written: string): string {
  if (/^[\p{L}\p{M}\p{N}]/u.test(written)) {
    return "names are written with a to z, A to Z, 0 to 9 and _; other letters stand in texts and comments";
  }
  return "remove it; other characters stand in texts and comments alone";
}

function describeRun(written: string, shown: string): string {
  const [first = ""] = written;
  const code = `U+${first.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;
  if (/^[\p{Zs}]+$/u.test(written)) return `an unusual blank (${code})`;
  if (/^[\p{C}\p{Zl}\p{Zp}]/u.test(written)) return `an invisible character (${code})`;
  const several = first.length < written.length;
  return several || (code.length < 7 && first < "\u0080")
    ? `\`${shown}\` is not part of the language`
    : `\`${shown}\` (${code}) is not part of the language`;
}

const lookAlikes = new Map<string, string>();
for (const [plain, others] of [
  ["-", "−–—‐‑‒﹣"],
  ["x", "✕✖⨯хχ"],
  ["*", "∗·∙⋅"],
  ["/", "÷∕⁄"],
  [",", "、，‚"],
  [".", "。"],
  // An arrow between two layers.
  [";", "\u037E→⇒⟶➔➜➞"],
  ["<=", "≤"],
  [">=", "≥"],
  ["!=", "≠"],
  ["..", "…"],
  ["**2", "²"],
  ["**3", "³"],
  ["\n", "\u2028\u2029\u0085\u000B\u000C"],
  [
    "",
    "\u00AD\u180E\u200B\u200C\u200D\u200E\u200F\u202A\u202B\u202C\u202D\u202E\u2060\u2066\u2067\u2068\u2069\uFEFF",
  ],
  ["a", "а"],
  ["c", "с"],
  ["d", "ԁ"],
  ["e", "е"],
  ["h", "һ"],
  ["i", "і"],
  ["j", "ј"],
  ["o", "оο"],
  ["p", "р"],
  ["s", "ѕ"],
  ["v", "ν"],
  ["y", "у"],
  ["A", "АΑ"],
  ["B", "ВΒ"],
  ["C", "С"],
  ["E", "ЕΕ"],
  ["H", "НΗ"],
  ["I", "ІΙ"],
  ["K", "КΚ"],
  ["M", "МΜ"],
  ["N", "Ν"],
  ["O", "ОΟ"],
  ["P", "РΡ"],
  ["T", "ТΤ"],
  ["X", "ХΧ"],
  ["Y", "УΥ"],
  ["Z", "Ζ"],
] as const) {
  for (const other of others) lookAlikes.set(other, plain);
}

/** What a character was probably meant to be; undefined where nothing is near. */
function plainCharacter(text: string, character: string, at: number): string | undefined {
  // Glued between parts it joins a window; elsewhere it multiplies.
  if (character === "×")
    return /[\w?)]/.test(text[at - 1] ?? "") && /[\w?(]/.test(text[at + 1] ?? "") ? "x" : "*";
  // A name of a shell: `$classes`.
  if (character === "$" && /[A-Za-z_]/.test(text[at + 1] ?? "")) return "";
  const code = character.codePointAt(0)!;
  if (code >= 0xff01 && code <= 0xff5e) return String.fromCharCode(code - 0xfee0);
  if (/\p{Zs}/u.test(character)) return " ";
  return lookAlikes.get(character);
}
