import { limitHabits } from "./foreign-limits.ts";

export type Groups = Readonly<Record<string, string | undefined>>;

/** A way in which another language begins a statement. */
export interface HeadHabit {
  /** Sticky and with indices; what its groups `cut` and `start` hold is written anew. */
  readonly pattern: RegExp;
  readonly message: string;
  readonly help?: string;
  /** What stands there instead. */
  readonly cut: (groups: Groups) => string;
  readonly start?: (groups: Groups) => string;
  /** Where nothing can stand for it: what is read is a stopgap. */
  readonly hasNoFix?: true;
}

const names = String.raw`(?:\w+|\([^(){}\n]*\))`;
const items = String.raw`[ \t]*[\w.]+(?:[ \t]*,[ \t]*[\w.]+)+[ \t]*`;
const numbers = String.raw`\[[ \t]*\d+(?:[ \t]*,[ \t]*\d+)*[ \t]*\]`;
const head = String.raw`[^{};\n#"]*?`;

const betweenNameAndValues = "`in` stands between a loop's name and its values";
const aRange = "a range is written with `..`, and both its ends are counted";
const bothEnds = "for example `for i in 1..3 { … }`";
const parameterHelp = "for example `block unit(filters, kernel = 3x3)`";
const typeNames = /^(?:int|float|bool|str|string|number|integer|boolean|any|tuple|list)$/i;

/** The first that fits a statement is told. */
export const headHabits: readonly HeadHabit[] = [
  {
    pattern: new RegExp(String.raw`for[ \t]+${names}[ \t]+(?<cut>of)\b`, "dy"),
    message: betweenNameAndValues,
    help: "for example `for f in [64, 128] { … }`",
    cut: () => "in",
  },
  {
    pattern: new RegExp(
      String.raw`for[ \t]+${names}[ \t]+in[ \t]+(?<cut>\{${items}\}|\(${items}\)|${items}?)(?=[ \t]*\{)`,
      "dy",
    ),
    message: "the values of a loop stand in brackets",
    help: "for example `for f in [64, 128] { … }`",
    cut: ({ cut = "" }) => `[${cut.replace(/^[{(]|[})]$/g, "").trim()}] `.trimEnd(),
  },
  {
    pattern: /for[ \t]+\w+[ \t]+in[ \t]+(?<cut>(?<from>\w+)(?:\.\.\.|\.\.=|[ \t]+to[ \t]+)(?<to>\w+))/dy,
    message: aRange,
    help: bothEnds,
    cut: ({ from, to }) => `${from}..${to}`,
  },
  {
    pattern: /for[ \t]+\w+[ \t]+in[ \t]+(?<cut>(?<from>\d+)(?:\.\.<|[ \t]+until[ \t]+)(?<to>\d+))/dy,
    message: aRange,
    help: bothEnds,
    cut: ({ from, to }) => `${from}..${Number(to) - 1}`,
  },
  {
    pattern:
      /for[ \t]*(?<cut>\([ \t]*(?:(?:int|let|var)[ \t]+)?(?<name>\w+)[ \t]*=[ \t]*(?<from>\d+)[ \t]*;[ \t]*\k<name>[ \t]*(?<sign><=?)[ \t]*(?<to>\d+)[ \t]*;[^;{}()\n]*\))/dy,
    message: "a loop goes through values",
    help: bothEnds,
    cut: ({ name, from, sign, to }) => ` ${name} in ${from}..${sign === "<" ? Number(to) - 1 : to}`,
  },
  {
    pattern: new RegExp(
      String.raw`for[ \t]+${names}[ \t]+in[ \t]+(?<cut>enumerate\((?<list>${numbers})\)|zip\((?<one>${numbers})[ \t]*,[ \t]*(?<other>${numbers})\))`,
      "dy",
    ),
    message: "a loop goes through a list or a range",
    help: "values that belong together stand in parentheses: `for (f, s) in [(64, 1), (128, 2)] { … }`",
    cut: ({ list, one, other }) =>
      pairs(list === undefined ? numbersOf(one) : indices(list), numbersOf(list ?? other)),
  },
  {
    pattern: new RegExp(String.raw`if\b${head}[ \t](?<cut>then[ \t]*)(?=\{)`, "dy"),
    message: "no `then` stands between a condition and its braces",
    cut: () => "",
  },
  {
    pattern: new RegExp(String.raw`if\b${head}[ \t](?<cut>is[ \t]+not|is|equals)(?=[ \t]+[\w(-])`, "dy"),
    message: "values are compared by `==` and `!=`",
    cut: ({ cut = "" }) => (cut.includes("not") ? "!=" : "=="),
  },
  {
    pattern: new RegExp(String.raw`if\b${head}(?<cut><>|=<|=>)`, "dy"),
    message: "values are compared by `==`, `!=`, `<`, `<=`, `>` and `>=`",
    cut: ({ cut }) => ({ "<>": "!=", "=<": "<=" })[cut!] ?? ">=",
  },
  {
    pattern: /(?<cut>while\b[^{};\n#"]*)(?=\{)/dy,
    message: "there is no `while`: how often a loop goes round is known from its head",
    help: "`repeat 3 { … }`, or `for f in [64, 128] { … }`",
    cut: () => "repeat 1 ",
    hasNoFix: true,
  },
  {
    pattern: /(?<cut>(?:loop[ \t]+)?(?<count>\d+)[ \t]*(?:times|x))(?=[ \t]*\{)/dy,
    message: "a loop begins with its word",
    cut: ({ count }) => `repeat ${count}`,
  },
  {
    pattern: /repeat[ \t]*(?<cut>[ \t]x(?<before>\d+)|[ \t](?<after>\d+)x)(?=[ \t]*\{)/dy,
    message: "`repeat` takes a count",
    help: "for example `repeat 3 { … }`",
    cut: ({ before, after }) => ` ${before ?? after}`,
  },
  {
    pattern: /let[ \t]+\w+(?<cut>[ \t]*(?::[ \t]*\w+[ \t]*=|:=|<-)[ \t]*)/dy,
    message: "a `let` takes one `=` between the name and its value",
    help: "for example `let width = 64`",
    cut: () => " = ",
  },
  {
    pattern: /let[ \t]+(?<cut>(?:int|float|number|mut|const|var)[ \t]+)\w+[ \t]*=/dy,
    message: "a `let` takes a name, without a type",
    help: "for example `let width = 64`",
    cut: () => "",
  },
  {
    pattern: /(?:block|model)[ \t]+\w+[ \t]*\((?<cut>[^(){}\n"]*:[^(){}\n"]*)\)/dy,
    message: "a parameter is a name, and its default behind a `=`",
    help: parameterHelp,
    cut: ({ cut = "" }) =>
      cut.replace(/[ \t]*:[ \t]*(\w+)/g, (_, word: string) => (typeNames.test(word) ? "" : ` = ${word}`)),
  },
  {
    pattern: /(?:block|model)[ \t]+\w+\((?<cut>\w+(?:[ \t]+\w+)+)\)/dy,
    message: "commas stand between the parameters",
    help: parameterHelp,
    cut: ({ cut = "" }) => cut.replace(/[ \t]+/g, ", "),
  },
  {
    pattern: /block[ \t]+\w+(?:\([^(){}\n]*\))?(?<cut>[ \t]*->[ \t]*\w+)(?=[ \t]*\{)/dy,
    message: "a block says nothing of what it gives",
    help: "its last tensor is the current one after a call",
    cut: () => "",
  },
  {
    pattern: /model[ \t]+\w+(?:\([^(){}\n]*\))?(?<cut>[ \t]*:)(?=[ \t]*(?:#|\r?\n|$))/dy,
    message: "no colon stands after a model's name",
    cut: () => "",
  },
  {
    pattern: /(?<cut>shared[ \t]+block|block[ \t]+shared)\b/dy,
    message: "a `shared` is one instance of layers, a `block` makes new ones each time",
    help: "`shared encoder { … }` or `block encoder { … }`",
    cut: () => "shared",
  },
  {
    pattern:
      /(?<cut>from[ \t]+(?<first>\w+)[ \t]+use[ \t]+\w+|use[ \t]+\{?[ \t]*\w+[ \t]*\}?[ \t]+from[ \t]+(?<second>\w+)|use[ \t]+(?<third>\w+)(?:::|:[ \t]*|\.)(?!cnn\b)\w+)(?=[ \t]*(?:[;#]|\r?\n|$))/dy,
    message: "`use` takes a library or file, and brings all that is in it",
    help: "for example `use resnet`; `use resnet as r` puts its names behind `r.`",
    cut: ({ first, second, third }) => `use ${first ?? second ?? third}`,
  },
  {
    pattern: /metrics[ \t]+\w+(?<cut>(?:[ \t]+(?:and|&|\+)[ \t]+\w+)+)/dy,
    message: "the names of metrics stand side by side",
    help: "for example `metrics accuracy f1`",
    cut: ({ cut = "" }) => cut.replace(/[ \t]+(?:and|&|\+)(?=[ \t])/g, ""),
  },
  {
    pattern: /(?<cut>\/\*[ \t]*(?<comment>[^\n]*?)[ \t]*\*\/)(?=[ \t]*(?:\r?\n|$))/dy,
    message: "a comment begins with `#`",
    cut: ({ comment }) => `# ${comment}`,
  },
  {
    pattern: /(?<cut>--|%)(?=[ \t]+[A-Za-z])/dy,
    message: "a comment begins with `#`",
    cut: () => "#",
  },
  {
    pattern: new RegExp(
      String.raw`(?:repeat[ \t]+[\w.]+|for[ \t]+${names}[ \t]+in[ \t]+(?:\[[^\]\n]*\]|\w+\.\.\w+))(?<cut>[ \t]+)(?=[a-z]\w*\b[^{}\n#]*\}[ \t]*(?:[;#]|\r?\n|$))`,
      "dy",
    ),
    message: "the body of a loop stands in braces",
    help: "for example `repeat 3 { conv 32 3x3 }`",
    cut: () => " { ",
  },
  {
    pattern: new RegExp(
      String.raw`(?:repeat[ \t]+[\w.]+|for[ \t]+${names}[ \t]+in[ \t]+(?:\[[^\]\n]*\]|\w+\.\.\w+))(?<start>[ \t]*[[(][ \t]*)[a-z]\w*\b[^{}\n#]*?(?<cut>[ \t]*[\])])(?=[ \t]*(?:[;#]|\r?\n|$))`,
      "dy",
    ),
    message: "the body of a loop stands in braces",
    help: "for example `repeat 3 { conv 32 3x3 }`",
    start: () => " { ",
    cut: () => " }",
  },
  {
    pattern: new RegExp(String.raw`(?:repeat|for|if|block|shared)\b${head}(?<cut>[ \t]*:)(?=[ \t]*\{)`, "dy"),
    message: "no colon stands before a body's braces",
    cut: () => "",
  },
  {
    pattern: /input[ \t]+(?<cut>"(?<name>[A-Za-z]\w*)")(?=[ \t]+[\dA-Z?(])/dy,
    message: "a name stands without quotes",
    cut: ({ name }) => name!,
  },
  {
    pattern: /input[ \t]+(?:[a-z]\w*[ \t]+)?[\w?]*x(?<cut>rgba|rgb|gr[ae]y|grayscale)\b/dy,
    message: "the channels of an image are a number",
    help: "3 for red, green and blue, 1 for grey",
    cut: ({ cut }) => (cut === "rgba" ? "4" : cut === "rgb" ? "3" : "1"),
  },
  {
    pattern: /(?<cut>merge[ \t]+)(?=(?:add|subtract|multiply|average|maximum|minimum|concat|dot)\b)/dy,
    message: "a merge begins with its own word",
    cut: () => "",
  },
  ...limitHabits,
];

function numbersOf(list = ""): readonly string[] {
  return list.match(/\d+/g) ?? [];
}

function indices(list: string): readonly string[] {
  return numbersOf(list).map((_, index) => String(index));
}

function pairs(ones: readonly string[], others: readonly string[]): string {
  return `[${ones.map((one, index) => `(${one}, ${others[index] ?? one})`).join(", ")}]`;
}
