/**
 * Every diagnostic the compiler can give, by its code. CNN0xx: reading the text; CNN1xx: names, arguments and compile
 * time; CNN2xx: shapes and weights; CNN3xx: training and data declarations; CNN4xx: back ends; CNN5xx: lint; CNN9xx:
 * mistakes of the compiler itself. `title` is the finding in general words; the explanation page of a code (meaning,
 * a wrong example, the same example mended) stands in explanations/, which only `cnn explain` and the documentation load.
 */
export const catalogue = {
  CNN001: { title: "a character that the language does not know" },
  CNN002: { title: "the text does not follow the grammar" },
  CNN003: { title: "nesting too deep" },
  CNN004: { title: "a text without its closing quote" },
} as const satisfies Record<string, { readonly title: string }>;

/** A code such as `CNN204`. */
export type DiagnosticCode = keyof typeof catalogue;
