/** What a program of an explanation is compiled with. */
export interface ExampleOptions {
  /** What is done with it; `check` where nothing is said. */
  readonly command?: "check" | "train" | "train --engine tfjs" | "train --engine tfjs --device webgpu";
  /** What stands after `--input`, one entry each. */
  readonly inputs?: readonly string[];
  /** What stands after `--set`, one entry each. */
  readonly parameters?: readonly string[];
  /** Files beside the program, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A whole program, and what it is compiled with. */
export interface ExampleProgram extends ExampleOptions {
  readonly text: string;
}

/**
 * The page of a diagnostic code. Texts are Markdown: paragraphs, `-` lists, fences and `code`; lines in the source break
 * anywhere, paragraphs are parted by an empty line.
 */
export interface Explanation {
  /** What was found, with the arithmetic where there is some, and why it cannot be. */
  readonly meaning: string;
  /** A program that gives this code before any other. */
  readonly wrong: ExampleProgram;
  /** The same program mended: it gives no error, and not this code. */
  readonly mended: ExampleProgram;
  /** What Keras and PyTorch do in this case, where that helps a person who comes from there. */
  readonly elsewhere?: string;
}

/** Joins lines, so that a text full of backquotes and quotes reads plainly in the source. */
export function lines(...texts: readonly string[]): string {
  return texts.join("\n");
}

/** A program of these lines. */
export function program(...texts: readonly string[]): ExampleProgram {
  return { text: `${texts.join("\n")}\n` };
}
