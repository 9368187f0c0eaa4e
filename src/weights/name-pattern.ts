/**
 * The small language of the tables that say what a layer is called in another library's files. In a pattern `{n}` stands for
 * a number, `{n=1|2}` for one of those, `<n>` for any text, `*` for any text that is not kept, none of them with a `/`; `**`
 * stands for any number of whole parts of a path. In a name `{n*2+1}` is arithmetic with that number, `{n@a}` the letter that
 * many after `a`, `<n>` the text and `<model>` the model's name; `{#}` counts the layers that the rule has named before.
 */
export type Captures = Readonly<Record<string, string>>;

/** A pattern ready to match: gives what its parts stand for, or undefined where the path is another. */
export function compilePattern(pattern: string): (path: string) => Captures | undefined {
  const source = pattern.replace(
    /\*\*\/|\*\*|\*|\{(\w+)(?:=([\d|]+))?\}|<(\w+)>|[.+?^$()[\]|\\{}]/g,
    (part, number?: string, choices = "\\d+", text?: string) => {
      if (part === "**/") return "(?:[^/]+/)*";
      if (part === "**") return ".*";
      if (part === "*") return "[^/]*";
      if (number !== undefined) return `(?<${number}>${choices})`;
      if (text !== undefined) return `(?<${text}>[^/]+?)`;
      return `\\${part}`;
    },
  );
  const expression = new RegExp(`^${source}$`);
  return (path) => {
    const match = expression.exec(path);
    return match === null ? undefined : { ...match.groups };
  };
}

/** A name with its parts filled in; `rank` is what `{#}` stands for. */
export function fillName(template: string, captures: Captures, rank: number): string {
  return template.replace(/\{([^{}]+)\}|<(\w+)>/g, (part, expression?: string, text?: string) => {
    if (expression === undefined) return captures[text!] ?? part;
    const [, name = "", factor = "1", sign, operand] =
      /^(#|\w+)(?:\*(\d+))?(?:([-+@])(\w+))?$/.exec(expression) ?? [];
    const value = Number(factor) * (name === "#" ? rank : Number(captures[name]));
    if (sign === "@") return String.fromCharCode(operand!.charCodeAt(0) + value);
    return String(sign === undefined ? value : value + Number(sign + operand!));
  });
}
