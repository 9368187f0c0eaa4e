import { activationNames, isActivationName } from "../layers/activations.ts";
import type { ArgumentSpec, ArgumentTable } from "../layers/definition.ts";
import { layerWords } from "../layers/index.ts";
import { sectionWords } from "../syntax/section-words.ts";

/** Words that open or join statements. */
export const controlWords: ReadonlySet<string> = new Set([
  ...["language", "use", "as", "model", "let", "block", "shared", "input", "output", "from", "in"],
  ...["repeat", "for", "if", "else", "branch", "freeze", "unfreeze", "require", ...sectionWords],
  ...["and", "or", "not", "yes", "no", "true", "false"],
]);

/** Those of them with which a statement can begin. */
export const beginningWords: readonly string[] = [...controlWords].filter(
  (word) => !/^(?:as|in|and|or|not|yes|no|true|false)$/.test(word),
);

/** Names of dimensions: what follows `in.`, and what an axis may be called. */
export const dimensionWords: readonly string[] = ["channels", "height", "width", "depth", "length", "units"];

interface WordTables {
  /** Modes and paddings with a fixed meaning in positional place. */
  readonly positional: ReadonlySet<string>;
  /** Every word that can be a value. */
  readonly values: ReadonlySet<string>;
}

const tables: WordTables = collectWords();

function collectWords(): WordTables {
  const positional = new Set<string>();
  const values = new Set<string>([...layerWords.keys(), ...activationNames, ...dimensionWords]);
  for (const { arguments: table } of layerWords.values()) {
    for (const spec of Object.values(table)) {
      for (const word of spec.words ?? []) {
        values.add(word);
        if (spec.positional) positional.add(word);
      }
    }
  }
  return { positional, values };
}

/** Whether a bare word is a value by itself: a layer, an activation, a mode, `same`. */
export function isValueWord(word: string): boolean {
  return tables.values.has(word);
}

/** What a word that cannot be a name already means; undefined for a word that can. */
export function reservedMeaning(word: string): string | undefined {
  if (controlWords.has(word)) return "a word of the language itself";
  if (isActivationName(word)) return "an activation";
  if (layerWords.has(word)) return "a layer";
  if (tables.positional.has(word)) return "a word with a meaning of its own in a layer";
  return undefined;
}

/** The words that an argument takes bare. */
export function wordsOf(spec: ArgumentSpec): readonly string[] {
  if (spec.role === "activation") return activationNames;
  if (spec.role === "axis") return dimensionWords;
  return spec.words ?? [];
}

/** The words that may stand alone after a layer's word: modes, paddings, activations, flags. */
export function bareWordsOf(table: ArgumentTable): readonly string[] {
  return Object.entries(table).flatMap(([name, spec]) =>
    spec.role === "flag" ? [name] : spec.positional ? wordsOf(spec) : [],
  );
}
