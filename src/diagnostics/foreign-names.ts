/** What other libraries and people call things, by the word that stands for them here. */
export type ForeignNames = Readonly<Record<string, readonly string[]>>;

/** The word here for what is called so elsewhere; capitals, `_`, `-` and the like make no difference. */
export function nativeName(names: ForeignNames, said: string): string | undefined {
  const plain = plainForm(bareName(said));
  return Object.keys(names).find((native) => names[native]!.some((name) => plainForm(name) === plain));
}

/** `CrossEntropyLoss` of `nn.CrossEntropyLoss()`; a name alone as it is. */
export function bareName(said: string): string {
  return said.endsWith("()") ? said.slice(0, -2).replace(/^.*\./, "") : said;
}

function plainForm(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}
