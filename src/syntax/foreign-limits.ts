import type { HeadHabit } from "./head-habits.ts";

// `require params < 5M` as people write it who know what they want and not how it is said.

const number = String.raw`\d[\d_]*(?:[.,]\d+)*`;
const limit = String.raw`(?<limit>${number})[ \t]*(?<unit>[A-Za-z]+)?(?=[ \t]*(?:[;}#]|\r?\n|$))`;
const quantity = String.raw`(?<quantity>[a-z]\w*(?:[ \t]+(?:field|params|parameters|size))?)`;
const message = "a limit is a quantity, a comparison and a number";
const help = "for example `require params < 5M`";

/** Words and signs for a comparison. */
const comparisons: readonly (readonly [words: RegExp, sign: string])[] = [
  [/^(?:<=|=<|at most|up to|max|maximum|:|<:)$/, "<="],
  [/^(?:>=|=>|at least|min|minimum)$/, ">="],
  [/^(?:<|under|below|less than|fewer than|smaller than|)$/, "<"],
  [/^(?:>|over|above|more than|greater than|larger than)$/, ">"],
  [/^==?$/, "=="],
];
const comparison = String.raw`(?<comparison>[<>=:](?:[ \t]*=)?|=[<>]|(?:is[ \t]+)?(?:at most|up to|max|maximum|at least|min|minimum|under|below|less than|fewer than|smaller than|over|above|more than|greater than|larger than)\b|)`;

function signOf(written = ""): string {
  const words = written.replace(/^is[ \t]+/, "").replace(/[ \t]+=$/, "=");
  return comparisons.find(([pattern]) => pattern.test(words))?.[1] ?? "<";
}

/** `5,000,000` and `5.000.000` as `5_000_000`. */
function numberOf(written = ""): string {
  return /^\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*$/.test(written) && /[.,].*[.,]|,/.test(written)
    ? written.replace(/[.,]/g, "_")
    : written;
}

function joined(words = ""): string {
  return words.trim().replace(/[ \t]+/g, "_");
}

const turned: Readonly<Record<string, string>> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==" };

/** Limits in other forms; what is right already is written as it stands. */
export const limitHabits: readonly HeadHabit[] = [
  {
    // 1K < params < 5M
    pattern: new RegExp(
      String.raw`(?<cut>require[ \t]+(?<low>${number}[A-Za-z]*)[ \t]*(?<first><=?)[ \t]*(?<quantity>[a-z]\w*)[ \t]*(?<second><=?)[ \t]*(?<high>${number}[A-Za-z]*))(?=[ \t]*(?:[;}#]|\r?\n|$))`,
      "dy",
    ),
    message: "comparisons do not chain",
    help: "a `require` for each limit",
    cut: ({ low, first, quantity: what, second, high }) =>
      `require ${what} ${turned[first!]} ${low}; require ${what} ${second} ${high}`,
  },
  {
    // 5M > params
    pattern: new RegExp(
      String.raw`require[ \t]+(?<cut>(?<limit>${number}[A-Za-z]*)[ \t]*(?<sign>[<>]=?|==)[ \t]*(?<quantity>[a-z]\w*))(?=[ \t]*(?:[;}#]|\r?\n|$))`,
      "dy",
    ),
    message: "the quantity stands before its limit",
    help,
    cut: ({ limit: number, sign, quantity: what }) => `${what} ${turned[sign!]} ${number}`,
  },
  {
    // max_params 5M
    pattern: new RegExp(
      String.raw`require[ \t]+(?<cut>(?<which>max|min)_(?<quantity>[a-z]\w*)[ \t]*[=:]?[ \t]*${limit})`,
      "dy",
    ),
    message,
    help,
    cut: ({ which, quantity: what, limit: number, unit = "" }) =>
      `${what} ${signOf(which)} ${numberOf(number)}${unit}`,
  },
  {
    pattern: new RegExp(
      String.raw`require[ \t]+(?!target\b)(?<cut>${quantity}[ \t]*${comparison}[ \t]*${limit})`,
      "dy",
    ),
    message,
    help,
    cut({ cut, quantity: what, comparison: sign, limit: number, unit = "" }) {
      const isSound = /^[a-z]\w*[ \t]*(?:[<>]=?|==)(?![ \t]*=)/.test(cut!) && numberOf(number) === number;
      return isSound ? cut! : `${joined(what)} ${signOf(sign)} ${numberOf(number)}${unit}`;
    },
  },
];
