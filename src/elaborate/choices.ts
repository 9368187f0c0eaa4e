import { listText } from "../layers/text.ts";
import { spanText } from "../source/source-file.ts";
import type { Argument, Expression, Identifier, Parameter, Program, Statement } from "../syntax/ast.ts";
import { expressionsOf, partsOf } from "../syntax/parts.ts";
import type { Frame } from "./context.ts";
import { visitStatements } from "./files.ts";
import { didYouMean, replacement } from "./lookup.ts";
import type { Value } from "./values.ts";
import { shortened } from "./values.ts";
import { isValueWord } from "./words.ts";

/** The words of its own that a parameter may be. */
export interface Choices {
  readonly words: readonly string[];
  /** Whether it is compared with nothing else, so that any other value is a mistake. */
  readonly isClosed: boolean;
}

const none: Choices = { words: [], isClosed: false };

/** For each file: the words that a parameter of a name may be. */
const wordsOfFiles = new WeakMap<Program, ReadonlyMap<string, Choices>>();

/**
 * The words of its own that a parameter may be: those without another meaning that its file compares a parameter of this
 * name with (`variant == torchvision`), and then also those that are such a parameter's default (`variant = keras`).
 */
export function choicesOf({ name }: Parameter, { unit: { program } }: Frame): Choices {
  let words = wordsOfFiles.get(program);
  if (words === undefined) {
    words = collectWords(program);
    wordsOfFiles.set(program, words);
  }
  return words.get(name.name) ?? none;
}

/** The choices that stand for themselves in an argument: not those that name a value where it stands. */
export function freeChoices({ words }: Choices, frame: Frame): readonly string[] {
  return words.filter((word) => isFreeWord(word, frame));
}

/** The word right of `==` or `!=` stands for itself where no value has its name and it is compared with a word. */
export function comparedWord(left: Value, right: Expression, frame: Frame): readonly string[] {
  if (right.kind !== "word" || (left.kind !== "word" && left.kind !== "missing")) return [];
  return isFreeWord(right.name, frame) ? [right.name] : [];
}

/**
 * Whether an argument is a word that the parameter cannot be, a text, or a number where it is compared with words alone; reported
 * then. Only where the default is one of the parameter's own words: others may be more than words.
 */
export function isWrongChoice(
  callee: string,
  { name, defaultValue }: Parameter,
  { words, isClosed }: Choices,
  { value, span }: Pick<Argument, "value" | "span">,
  outside: Frame,
): boolean {
  if (defaultValue?.kind !== "word" || !words.includes(defaultValue.name)) return false;
  const title = `\`${callee}\`: ${name.name} takes ${listText(words, "or")}`;
  if (value.kind === "text") {
    outside.elaboration.report("CNN125", `${title}, but this is a text`, span, {
      ...(words.includes(value.value)
        ? { help: "words stand without quotes", fix: replacement(value.span, value.value) }
        : didYouMean({ name: value.value, span: value.span }, words)),
    });
    return true;
  }
  if (
    value.kind === "word"
      ? !isWrongWord(value.name, { words, isClosed }, outside)
      : !isClosed || value.kind !== "number"
  )
    return false;
  const message = `${title}, but this is ${shortened(spanText(value.span))}`;
  outside.elaboration.report("CNN127", message, span, value.kind === "word" ? didYouMean(value, words) : {});
  return true;
}

function isWrongWord(word: string, { words, isClosed }: Choices, outside: Frame): boolean {
  if (words.includes(word)) return false;
  return isFreeWord(word, outside) || (isClosed && isMeaningful(word));
}

/** Whether a word has a meaning of the language's own. */
function isMeaningful(word: string): boolean {
  return ["yes", "no", "true", "false"].includes(word) || isValueWord(word);
}

/** Whether a word has no meaning: neither the language's nor that of a value here. */
function isFreeWord(word: string, { scope }: Frame): boolean {
  return !isMeaningful(word) && scope.find(word)?.binding.kind !== "value";
}

function collectWords({ statements }: Program): ReadonlyMap<string, Choices> {
  const compared = new Map<string, Set<string>>();
  const defaults: (readonly [parameter: string, word: string])[] = [];
  const declared = new Set<string>();
  visitStatements(statements, (statement) => {
    for (const { name, defaultValue } of parametersOf(statement)) {
      declared.add(name.name);
      if (defaultValue?.kind === "word") defaults.push([name.name, defaultValue.name]);
    }
    for (const { name } of valueNamesOf(statement)) declared.add(name);
    for (const [name, word] of comparisonsOf(statement)) {
      compared.set(name, (compared.get(name) ?? new Set()).add(word));
    }
    return true;
  });
  const isOwn = (word: string): boolean => !isMeaningful(word) && !declared.has(word);
  return new Map(
    [...compared].flatMap(([name, words]) => {
      const own = [...words].filter(isOwn);
      const given = defaults.flatMap(([parameter, word]) =>
        parameter === name && isOwn(word) ? [word] : [],
      );
      if (own.length === 0) return [];
      return [
        [name, { words: [...new Set([...given, ...own])], isClosed: own.length === words.size }] as const,
      ];
    }),
  );
}

function parametersOf(statement: Statement): readonly Parameter[] {
  return statement.kind === "model" || statement.kind === "block" ? statement.parameters : [];
}

function valueNamesOf(statement: Statement): readonly Identifier[] {
  if (statement.kind === "let") return [statement.name];
  return statement.kind === "for" ? statement.names : [];
}

/** Every `name == word` and `name != word` of a statement, without those in its braces. */
function comparisonsOf(statement: Statement): readonly (readonly [name: string, word: string])[] {
  const found: (readonly [string, string])[] = [];
  const waiting = [...expressionsOf(statement)].reverse();
  for (let each = waiting.pop(); each !== undefined; each = waiting.pop()) {
    waiting.push(...[...partsOf(each)].reverse());
    if (each.kind !== "binary" || (each.operator !== "==" && each.operator !== "!=")) continue;
    if (each.left.kind === "word" && each.right.kind === "word")
      found.push([each.left.name, each.right.name]);
  }
  return found;
}
