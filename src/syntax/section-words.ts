/** The statements whose braces hold settings: a word and its values each. */
export const sectionWords = ["train", "augment"] as const;
export type SectionWord = (typeof sectionWords)[number];

export function isSectionWord(word: string): word is SectionWord {
  return (sectionWords as readonly string[]).includes(word);
}
