import { readFileSync } from "node:fs";
import type { ModelOptions } from "../../src/cli/compile-options.ts";

/** A program of a file of cases. */
export interface TitledProgram {
  readonly title: string;
  /** What stands behind the title and ` | `. */
  readonly words: string;
  readonly text: string;
  readonly options: ModelOptions;
}

/** The cases of a file: `### title | --set a=1`, then the program. */
export function readTitledPrograms(file: URL): readonly TitledProgram[] {
  return readFileSync(file, "utf8")
    .split(/^### /m)
    .slice(1)
    .map((part) => {
      const [head = "", ...lines] = part.split("\n");
      const [title = "", words = ""] = head.split(" | ");
      const values = (option: string): string[] =>
        [...words.matchAll(new RegExp(`${option} (\\S+)`, "g"))].map(([, value]) => value!);
      return {
        title,
        words,
        text: `${lines.join("\n").trimEnd()}\n`,
        options: { set: values("--set"), input: values("--input") },
      };
    });
}
