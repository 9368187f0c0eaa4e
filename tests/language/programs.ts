import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A program of a page under `tour/`, with what its comments and its fence say of it. */
export interface TourProgram {
  /** The clause that it shows, and the page's line on which it begins. */
  readonly title: string;
  readonly text: string;
  readonly inputs: readonly string[];
  readonly parameters: readonly string[];
  readonly modelName: string | undefined;
  /** The files that its `use` finds. */
  readonly files: Readonly<Record<string, string>>;
  /** What is reported: the line and the code; line 0 is the command line, a name another file. */
  readonly codes: readonly string[];
  readonly shapes: ReadonlyMap<number, string>;
  /** `params`, `trainable`, `macs`, `names`: what stands behind each. */
  readonly totals: Readonly<Record<string, string>>;
}

/** The programs of a page, in its order. */
export function readTourPage(folder: string, name: string): readonly TourProgram[] {
  const page = readFileSync(join(folder, name), "utf8");
  const programs: TourProgram[] = [];
  let files: Record<string, string> = {};
  for (const match of page.matchAll(/^```cnn(.*)\n([^]*?)^```$/gm)) {
    const flags = match[1]!;
    const text = match[2]!;
    const file = /file=(\S+)/.exec(flags)?.[1];
    if (file !== undefined) {
      files[file] = text;
      continue;
    }
    const before = page.slice(0, match.index);
    const clause = [...before.matchAll(/^> .*(?:\n> .*)*/gm)].at(-1)?.[0] ?? name;
    programs.push({
      title: `line ${before.split("\n").length}: ${clause.replace(/\n?> /g, " ").trim().slice(0, 60)}`,
      text,
      inputs: valuesOf(flags, "--input"),
      parameters: valuesOf(flags, "--set"),
      modelName: valuesOf(flags, "--model")[0],
      files,
      ...expectationsOf(text, flags),
    });
    files = {};
  }
  return programs;
}

function valuesOf(flags: string, option: string): readonly string[] {
  return [...flags.matchAll(new RegExp(`${option} (\\S+)`, "g"))].map((match) => match[1]!);
}

function expectationsOf(text: string, flags: string): Pick<TourProgram, "codes" | "shapes" | "totals"> {
  const codes = [...flags.matchAll(/gives=(?:(\S+):)?(CNN\d+)/g)].map(
    ([, file = "0", code]) => `${file} ${code}`,
  );
  const shapes = new Map<number, string>();
  const totals: Record<string, string> = {};
  text.split("\n").forEach((line, index) => {
    // Labels of texts may hold a `#`; comments with expectations come last.
    const comment = /#([^#"]*)$/.exec(line)?.[1];
    if (comment === undefined) return;
    for (const [code] of comment.matchAll(/\bCNN\d{3}\b/g)) codes.push(`${index + 1} ${code}`);
    const shape = /→ (\S+)\s*$/.exec(comment)?.[1];
    if (shape !== undefined) shapes.set(index + 1, shape);
    const [, key, value] = /^ (params|trainable|macs|names) (.+?)\s*$/.exec(comment) ?? [];
    if (key !== undefined) totals[key] = value!;
  });
  return { codes, shapes, totals };
}
