// Broken models from questions that people asked: each case is a small program with its origin and its expectation as
// comments. Here they are read and compiled; broken-models.test.ts holds what is expected, page.ts makes the table of them.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compile } from "../../src/compile.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { applyEdits } from "../../src/diagnostics/edits.ts";
import { SourceFile } from "../../src/source/source-file.ts";

/** A broken model as its file states it. */
export interface BrokenModel {
  /** `001-fourth-convolution`. */
  readonly name: string;
  /** The thread in which the mistake was made, as an address. */
  readonly origin: string;
  /** What went wrong there. */
  readonly mistake: string;
  /** What the other framework said. */
  readonly message: string;
  readonly code: string;
  /** The line that is to be changed, judged from the thread. */
  readonly line: number;
  readonly file: SourceFile;
}

/** What the compiler says of it. */
export interface Verdict {
  readonly first: Diagnostic | undefined;
  /** The lines that the first diagnostic points at, the primary one first. */
  readonly lines: readonly number[];
  readonly pointsAtCause: boolean;
  /** Whether the program is free of errors after the fix; undefined where none is offered. */
  readonly fixCompiles: boolean | undefined;
}

/** How many classes the data sets have that the cases name. */
const classes: Readonly<Record<string, number>> = { fashion_mnist: 10 };

export function readBrokenModels(folder: string): readonly BrokenModel[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".cnn"))
    .sort()
    .map((name) => readBrokenModel(name, readFileSync(join(folder, name), "utf8")));
}

function readBrokenModel(name: string, text: string): BrokenModel {
  const field = (key: string): string => {
    const found = new RegExp(`^# ${key}: (.*(?:\\n#   .*)*)`, "m").exec(text);
    if (found === null) throw new Error(`${name} does not say its ${key}`);
    return found[1]!.replace(/\n#\s+/g, " ");
  };
  const expectation = /^(CNN\d{3}) line (\d+)$/.exec(field("expect"));
  if (expectation === null) throw new Error(`${name}: an expectation reads "CNN204 line 7"`);
  return {
    name: name.replace(/\.cnn$/, ""),
    origin: field("origin"),
    mistake: field("mistake"),
    message: field("message"),
    code: expectation[1]!,
    line: Number(expectation[2]),
    file: new SourceFile(name, text),
  };
}

export function judge({ file, line }: BrokenModel): Verdict {
  const [first] = diagnosticsOf(file);
  const lines = [first?.primary, ...(first?.labels ?? [])].flatMap((label) =>
    label === undefined || label.span.file !== file ? [] : [file.position(label.span.start).line],
  );
  const fix = first?.fix;
  return {
    first,
    lines,
    pointsAtCause: lines.includes(line),
    fixCompiles:
      fix &&
      !diagnosticsOf(new SourceFile(file.name, applyEdits(file, fix.edits).text)).some(
        ({ severity }) => severity === "error",
      ),
  };
}

function diagnosticsOf(file: SourceFile): readonly Diagnostic[] {
  return compile(file, { classesOf: (data) => classes[data] }).diagnostics;
}
