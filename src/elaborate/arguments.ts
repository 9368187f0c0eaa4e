import type { Fix } from "../diagnostics/diagnostic.ts";
import type { ArgumentValue } from "../graph/layer-graph.ts";
import type { ArgumentTable } from "../layers/definition.ts";
import { isActivationName } from "../layers/activations.ts";
import { layerDefinition, layerWords } from "../layers/index.ts";
import { listText } from "../layers/text.ts";
import type { Span } from "../source/source-file.ts";
import { spanText } from "../source/source-file.ts";
import type { Argument, Expression, Identifier } from "../syntax/ast.ts";
import type { Frame } from "./context.ts";
import { activationNamed, readForeign } from "./foreign-arguments.ts";
import { convertArgument, wordInSmallLetters } from "./convert.ts";
import { ExtraNumber, otherWord } from "./extra-numbers.ts";
import { evaluate, helpForValue, isNoValue } from "./expressions.ts";
import { nativeArgument, nativeWord, numberWords, whyNoArgument } from "./foreign-words.ts";
import { didYouMean, replacement } from "./lookup.ts";
import type { TableEntry, TableView } from "./slots.ts";
import { couldTake, slotNamed, takesValue, viewOf } from "./slots.ts";
import type { Value } from "./values.ts";
import { describeValue, missing, shortened, valueText } from "./values.ts";
import { wordsOf } from "./words.ts";

/** A statement whose arguments find their places in a table. */
export interface ArgumentSite {
  /** The layer's word. */
  readonly word: Identifier;
  readonly table: ArgumentTable;
  /** The values where nothing is given, with a place for each argument that must be. */
  readonly defaults: Readonly<Record<string, ArgumentValue>>;
  readonly given: readonly Argument[];
  /** From the word to the last argument. */
  readonly span: Span;
  /** How the statement may look, for "required argument missing". */
  readonly example: () => string;
  readonly frame: Frame;
}

export interface BoundArguments {
  /** The defaults, and what is given in their places. */
  readonly values: Readonly<Record<string, ArgumentValue>>;
  readonly spans: Readonly<Record<string, Span>>;
  /** Undefined where no call decides any of them. */
  readonly origins?: Readonly<Record<string, Span>> | undefined;
}

/** A value that has found its place, or looks for one. */
export interface Filled {
  readonly value: Value;
  readonly expression: Expression;
  readonly span: Span;
}

/**
 * Finds each argument's place: by its name, or by its shape (a window's slot for `3x3`, words for modes, paddings and
 * activations, numbers in the order of the table). Undefined where anything was wrong, all of which is reported.
 */
export function bindArguments(site: ArgumentSite): BoundArguments | undefined {
  // What is missing was reported when the statement was read; what that leaves open says nothing more.
  if (site.given.some(({ value }) => value.kind === "missing")) return undefined;
  const binder = new Binder(site);
  const given = binder.withNames(site.given);
  for (const argument of given) binder.placeNamed(argument);
  const open = given.filter(({ name }) => name === undefined).map((argument) => binder.read(argument));
  if (binder.reportOtherLayer(open)) return undefined;
  // A window stands anywhere, so that it takes its slot before the numbers take theirs.
  for (const each of open) if (each.value.kind !== "number") binder.placeBySort(each);
  for (const each of open) if (each.value.kind === "number" && !binder.placeNumber(each)) break;
  return binder.finish();
}

class Binder {
  readonly #site: ArgumentSite;
  readonly #view: TableView;
  readonly #filled = new Map<string, Filled>();
  #isSound = true;

  constructor(site: ArgumentSite) {
    this.#site = site;
    this.#view = viewOf(site.table);
  }

  /** `stride 2` for `stride=2`, `10 units`: an argument's name as a word, which is reported and read as it was meant. */
  withNames(given: readonly Argument[]): readonly Argument[] {
    const found: Argument[] = [];
    for (let index = 0; index < given.length; index++) {
      const argument = readForeign(given[index]!, this.#site) ?? given[index]!;
      const name = this.#nameOf(argument);
      if (name === undefined) {
        found.push(argument);
        continue;
      }
      const next = given[index + 1];
      if (next !== undefined && next.name === undefined && this.#nameOf(next) === undefined) {
        const value = this.#valueApart(name, next);
        if (value === next.value && !this.#isSound) found.push(next);
        else if (value !== undefined)
          found.push({ name, value, span: { ...argument.span, end: next.span.end } });
        index += 1;
      } else this.#reportBareName(name, given[index - 1]);
    }
    return found;
  }

  /** The name of an argument that a word in positional place is. */
  #nameOf({ name, value }: Argument): Identifier | undefined {
    const { table, frame } = this.#site;
    if (name !== undefined || value.kind !== "word") return undefined;
    const slot = slotNamed(table, value.name);
    if (slot === undefined || slot[1].role === "flag" || this.#view.bareWords.includes(value.name))
      return undefined;
    return frame.scope.find(value.name) === undefined ? value : undefined;
  }

  /** Reports `stride 2`, and gives what is meant by the value: a number in words is one, and a word of no meaning nothing. */
  #valueApart(name: Identifier, { value, span }: Argument): Expression | undefined {
    const { word, table, frame } = this.#site;
    const gap = { file: span.file, start: name.span.end, end: span.start };
    const message = `${word.name}: \`${name.name}\` and its value are joined by \`=\``;
    const [, slot] = slotNamed(table, name.name)!;
    const known = wordsOf(slot);
    // `conv filters 3x3`, where no filters were given by that name.
    const isOther = value.kind === "shape" && (slot.role === "count" || slot.role === "number");
    if (isOther) {
      this.#isSound = false;
      frame.elaboration.report("CNN111", `there is no value \`${name.name}\``, name.span, {
        help: `it is the name of an argument: \`${name.name}=\` and the value`,
        ...didYouMean(name, frame.scope.visibleNames("value")),
      });
      return value;
    }
    const isUnknown = value.kind === "word" && isNoValue(value, frame, known);
    const digits = isUnknown ? numberWords.get(value.name) : undefined;
    if (isUnknown && digits === undefined) {
      const reason = helpForValue(value.name, known) ?? `there is no value \`${shortened(value.name)}\``;
      frame.elaboration.report("CNN127", message, name.span, {
        help: `write \`${name.name}=\` and the value: ${reason}`,
      });
      this.#isSound = false;
      return undefined;
    }
    const edits = [{ span: gap, text: "=" }];
    if (digits !== undefined) edits.push({ span, text: digits });
    frame.elaboration.report("CNN127", message, name.span, {
      help: `write \`${name.name}=${digits ?? spanText(span)}\``,
      fix: { title: "write `=`", edits },
    });
    return digits === undefined ? value : { kind: "number", text: digits, span };
  }

  #reportBareName(name: Identifier, before: Argument | undefined): void {
    const { word, frame } = this.#site;
    const { span } = name;
    const isUnit = before !== undefined && before.name === undefined && before.value.kind === "number";
    const blanks = { ...span, start: before?.span.end ?? span.start };
    frame.elaboration.report("CNN127", `${word.name}: \`${name.name}\` stands without a value`, span, {
      help: isUnit
        ? `the number alone is enough; with the name it is \`${name.name}=${spanText(before.span)}\``
        : `write \`${name.name}=\` and the value`,
      ...(isUnit ? { fix: { title: "leave it out", edits: [{ span: blanks, text: "" }] } } : {}),
    });
    if (!isUnit) this.#isSound = false;
  }

  placeNamed({ name, value: expression, span }: Argument): void {
    if (name === undefined) return;
    const { table, frame } = this.#site;
    const slot = slotNamed(table, name.name);
    if (slot === undefined) {
      this.#reportUnknown(name, span);
      return;
    }
    const [own, spec] = slot;
    const value = evaluate(expression, frame, wordsOf(spec));
    this.#fill(own, { value, expression, span }, name.span);
  }

  /** The value of an argument in positional place; a flag's own name means yes. */
  read({ value: expression, span }: Argument): Filled {
    const { table, frame } = this.#site;
    if (expression.kind === "dimension" && this.#view.bareWords.includes(expression.name.toLowerCase()))
      return { value: wordInSmallLetters(expression, frame), expression, span };
    if (expression.kind === "word" && frame.scope.find(expression.name)?.binding.kind !== "value") {
      const { name: word } = expression;
      if (table[word]?.role === "flag") return { value: { kind: "word", word }, expression, span };
      return { value: evaluate(expression, frame, this.#view.bareWords), expression, span };
    }
    return { value: evaluate(expression, frame), expression, span };
  }

  /** Puts a word, a window, a text … into the first free slot that takes its like. */
  placeBySort(filled: Filled): void {
    const { value } = filled;
    if (value.kind === "missing") {
      this.#isSound = false;
      return;
    }
    const slot = this.#slotFor(value);
    if (slot === undefined) {
      this.#reportMisfit(filled);
      return;
    }
    const [name, spec] = slot;
    const isFlag = spec.role === "flag" && value.kind === "word";
    this.#fill(name, isFlag ? { ...filled, value: { kind: "truth", truth: true } } : filled, filled.span);
  }

  /** The first free slot that takes a value; where all of those are filled, the first of them. */
  #slotFor(value: Value): TableEntry | undefined {
    let filled: TableEntry | undefined;
    for (const slot of this.#view.entries) {
      const [name, spec] = slot;
      if (!takesValue(name, spec, value)) continue;
      if (!this.#filled.has(name)) return slot;
      filled ??= slot;
    }
    return filled;
  }

  /** `linear 30 relu`: the word of another layer in another library, whose arguments say nothing here. */
  reportOtherLayer(open: readonly Filled[]): boolean {
    const number = open.find(({ value }) => value.kind === "number");
    if (number === undefined || this.#view.numeric.length > 0 || otherWord(this.#site) === undefined)
      return false;
    this.#reportTooMany(number);
    return true;
  }

  /** Puts a number into the first free slot; false, and reported, where there is none: what comes after it has none either. */
  placeNumber(filled: Filled): boolean {
    const free = this.#view.numeric.find(([name]) => !this.#filled.has(name));
    if (free === undefined) this.#reportTooMany(filled);
    else this.#fill(free[0], filled, filled.span);
    return free !== undefined;
  }

  finish(): BoundArguments | undefined {
    const { frame, word, table, defaults } = this.#site;
    const values: Record<string, ArgumentValue> = { ...defaults };
    const spans: Record<string, Span> = {};
    let origins: Record<string, Span> | undefined;
    for (const [name, { value, expression, span }] of this.#filled) {
      const slot = { word: word.name, name, spec: table[name]!, expression, frame };
      const converted = convertArgument(slot, value);
      if (converted === undefined) {
        this.#isSound = false;
        continue;
      }
      values[name] = converted.value;
      spans[name] = span;
      if (value.origin !== undefined) (origins ??= {})[name] = value.origin.span;
    }
    const lacking = this.#view.required.filter(([name]) => !this.#filled.has(name));
    // What was meant for a missing argument may be what is wrong already.
    if (lacking.length > 0 && this.#isSound) this.#reportLacking(lacking);
    return this.#isSound && lacking.length === 0 ? { values, spans, origins } : undefined;
  }

  #fill(name: string, filled: Filled, span: Span): void {
    const earlier = this.#filled.get(name);
    if (earlier === undefined) {
      this.#filled.set(name, filled);
      return;
    }
    this.#isSound = false;
    const { word, frame } = this.#site;
    const message = `${word.name}: ${name} is given twice`;
    if (filled.value.origin === undefined && earlier.value.origin !== undefined) {
      // What a call says took a place that the block itself fills.
      const labels = [{ span, text: "given here as well" }];
      frame.elaboration.reportValue("CNN121", message, earlier.value, earlier.span, { labels });
      return;
    }
    frame.elaboration.reportValue("CNN121", message, filled.value, span, {
      text: filled.value.kind === "missing" ? "" : `here ${valueText(filled.value)}`,
      labels: [{ span: earlier.span, text: "first given here" }],
    });
  }

  #reportUnknown(name: Identifier, span: Span): void {
    this.#isSound = false;
    const { word, table, frame } = this.#site;
    const names = this.#view.entries.flatMap(([own, { aliases }]) => [own, ...aliases]);
    const known = Object.keys(table);
    const all = known.length === 0 ? `${word.name} takes no arguments` : `it takes ${listText(known)}`;
    const meant = nativeArgument(name.name, (native) => slotNamed(table, native) !== undefined);
    const why =
      name.name === "name"
        ? `a name stands before the statement: \`my_name: ${word.name} …\``
        : whyNoArgument(word.name, name.name);
    const activation = activationNamed(name, span, this.#view);
    frame.elaboration.report(
      "CNN120",
      `${word.name} has no argument \`${shortened(name.name)}\``,
      name.span,
      activation !== undefined
        ? activation
        : meant !== undefined
          ? { help: `here it is \`${meant}\``, fix: replacement(name.span, meant) }
          : why === undefined
            ? { help: all, ...didYouMean(name, names) }
            : { help: why, ...this.#leaveOut(name, span) },
    );
  }

  /** Takes away an argument that says nothing here; a person should look, since it may have been meant for something. */
  #leaveOut({ name }: Identifier, span: Span): { fix?: Fix } {
    const { given, word } = this.#site;
    // It stands in place of something that must be said.
    if (name === "name" || given.length <= this.#view.required.length) return {};
    const at = given.findIndex((argument) => argument.span.start === span.start);
    const before = given[at - 1]?.span ?? word.span;
    const edits = [{ span: { ...span, start: before.end }, text: "" }];
    return { fix: { title: "leave it out", edits, isUnsafe: true } };
  }

  #reportMisfit({ value, expression, span }: Filled): void {
    this.#isSound = false;
    const { word, frame } = this.#site;
    const words = this.#view.bareWords;
    if (value.kind === "word") {
      const help = words.length === 0 ? `${word.name} takes no words` : `it takes ${wordsText(words)}`;
      const message = `${word.name} does not take the word \`${value.word}\``;
      const near = expression.kind === "word" && value.origin === undefined;
      frame.elaboration.reportValue("CNN127", message, value, span, {
        help,
        ...(near
          ? (this.#nativeWord(value.word, span) ??
            this.#asStatement(span) ??
            didYouMean({ name: value.word, span }, words))
          : {}),
      });
      return;
    }
    const message = `${word.name} has no place for ${describeValue(value)}`;
    frame.elaboration.reportValue("CNN123", message, value, span, {
      ...(value.origin === undefined ? this.#placeHelp(value, span) : {}),
      ...(value.kind === "text" && words.includes(value.text)
        ? { help: "words stand without quotes", fix: replacement(span, value.text) }
        : {}),
    });
  }

  /** `pool average`. */
  #nativeWord(word: string, span: Span): { help: string; fix: Fix } | undefined {
    const native = nativeWord(word, this.#view.bareWords);
    return native === undefined
      ? undefined
      : { help: `here it is \`${native}\``, fix: replacement(span, native) };
  }

  /** `conv 8 3x3 bn relu`: a layer after another in one statement, which `;` parts; so does it the activation that follows. */
  #asStatement(span: Span): { help: string; fix?: Fix } | undefined {
    const word = spanText(span);
    const layer = layerWords.get(word);
    if (layer === undefined || layerDefinition(layer.kind).arity !== "one") return undefined;
    const { given } = this.#site;
    const from = given.findIndex((argument) => argument.span.start === span.start);
    const own = given.slice(from);
    const areWords = own.every(({ name, value }) => name === undefined && value.kind === "word");
    const arePlain = own.every((argument) => isPlainLayer(spanText(argument.span)));
    const edits = own.map((argument, index) => {
      const before = given[from + index - 1]?.span.end ?? this.#site.word.span.end;
      return { span: { ...argument.span, start: before, end: argument.span.start }, text: "; " };
    });
    return {
      help: `\`${word}\` is a layer of its own: it stands in the next line, or after \`;\``,
      ...(areWords && arePlain ? { fix: { title: "part the layers", edits } } : {}),
    };
  }

  /** Which arguments could take the value if it came with their name. */
  #placeHelp(value: Value, span: Span): { help?: string; fix?: Fix } {
    const fitting = this.#view.entries.filter(([, spec]) => couldTake(spec, value));
    const names = fitting.map(([name]) => `\`${name}=\``);
    if (value.kind === "text" && /^\d*\.?\d+$/.test(value.text))
      return { help: "numbers stand without quotes", fix: replacement(span, value.text) };
    if (names.length > 0) return { help: `say which it is: ${listText(names, "or")}` };
    const { word } = this.#site;
    const isList = value.kind === "list" && this.#view.numeric[0]?.[1].role === "count";
    return isList
      ? {
          help: `a statement is one layer: \`for n in ${valueText(value)} { ${word.name} n … }\` makes several`,
        }
      : {};
  }

  #reportTooMany(filled: Filled): void {
    this.#isSound = false;
    new ExtraNumber(this.#site, this.#view, this.#filled).report(filled);
  }

  /** `pool 2`: a mode is missing, of which one is the usual. */
  #modeFix(lacking: readonly TableEntry[]): { fix?: Fix } {
    const [[, spec] = [], ...others] = lacking;
    const { word } = this.#site;
    if (spec?.role !== "mode" || others.length > 0) return {};
    const mode = spec.words![0]!;
    return { fix: { ...replacement(word.span, `${word.name} ${mode}`), isUnsafe: true } };
  }

  /**
   * Where as many values stand by position as are required, one of them is of the wrong sort: the first that comes from a
   * call's argument is the one to name.
   */
  #misplaced(): Value {
    const required = this.#view.entries.filter(([, spec]) => spec.positional && spec.default === "required");
    const open = this.#site.given.filter(({ name }) => name === undefined);
    const values = [...this.#filled.values()].map(({ value }) => value);
    const isFull = open.length >= required.length;
    return (
      (isFull ? values.find(({ origin, kind }) => origin !== undefined && kind !== "number") : undefined) ??
      missing
    );
  }

  #reportLacking(lacking: readonly TableEntry[]): void {
    const { word, span, frame, example } = this.#site;
    const names = lacking.map(([name, spec]) =>
      spec.role === "mode" ? listText(spec.words ?? [], "or") : name,
    );
    frame.elaboration.reportValue(
      "CNN122",
      `${word.name} needs ${listText(names)}`,
      this.#misplaced(),
      span,
      {
        help: `such as \`${example()}\``,
        ...this.#modeFix(lacking),
      },
    );
  }
}

/** The words in a list; activations, of which there are many, by one of them. */
function wordsText(words: readonly string[]): string {
  const own = words.filter((word) => !isActivationName(word));
  const hasActivations = own.length < words.length;
  return listText(hasActivations ? [...own, "an activation such as `relu`"] : own, "or");
}

/** Whether a word alone is a whole statement: a layer of one input of which nothing must be said. */
function isPlainLayer(word: string): boolean {
  const layer = layerWords.get(word);
  if (layer === undefined || layerDefinition(layer.kind).arity !== "one") return false;
  return Object.entries(layer.arguments).every(
    ([name, { default: value }]) => value !== "required" || Object.hasOwn(layer.preset, name),
  );
}
