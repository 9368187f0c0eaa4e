import type { DiagnosticCode } from "./catalogue.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { InputError } from "./input-error.ts";
import { visibleText, wrapText } from "./layout.ts";
import { type Palette, plainPalette, renderDiagnostics } from "./render.ts";

/** A mistake without a place in a program, as parts of its message. */
export interface Mistake {
  readonly message: string;
  readonly help?: string | undefined;
  readonly code?: DiagnosticCode | undefined;
  /** Excerpts of a program, whose lines stay as they are. */
  readonly excerpts?: string | undefined;
}

/** What stands between a message and the excerpts below it. */
const gap = "\n\n";

/** What is found in a program while something is done with it: `message` says what cannot be done, the diagnostics why. */
export function mistakeInProgram(message: string, diagnostics: readonly Diagnostic[]): InputError {
  return new InputError(`${message}${gap}${renderDiagnostics(diagnostics)}`);
}

/** The message as lines of a width, in the form that diagnostics have. */
export function renderMistake(
  { message, help, code, excerpts }: Mistake,
  { width, palette = plainPalette }: { readonly width: number; readonly palette?: Palette },
): string {
  const head = code === undefined ? "error:" : `error[${code}]:`;
  const indent = " ".repeat(head.length + 1);
  const [first = "", ...rest] = wrapText(message, width - indent.length);
  const notes = [
    ...(help === undefined ? [] : [["help", help] as const]),
    ...(code === undefined ? [] : [["explain", `cnn explain ${code}`] as const]),
  ];
  const noteLines = notes.flatMap(([word, text]) => {
    const before = `  = ${word}: `;
    return wrapText(text, width - before.length).map(
      (line, index) => `${index === 0 ? before : " ".repeat(before.length)}${line}`,
    );
  });
  const lines = [
    `${palette.error(head)} ${palette.strong(first)}`,
    ...rest.map((line) => `${indent}${line}`),
    ...noteLines,
  ];
  const below = excerpts === undefined ? "" : `\n${excerpts}`;
  return `${lines.map((line) => `${line}\n`).join("")}${below}`;
}

/** A mistake in a file that is no program, its file and row where the message does not name them itself. */
export function mistakeOf({ message, help, code, place }: InputError): Mistake {
  const { file, row } = place;
  const where =
    file === undefined
      ? ""
      : row !== undefined
        ? `${file}, row ${row}: `
        : message.includes(file)
          ? ""
          : `${file}: `;
  const [said = "", ...excerpts] = message.split(gap);
  return {
    message: visibleText(where + said),
    help: help && visibleText(help),
    code,
    excerpts: excerpts.length === 0 ? undefined : excerpts.join(gap),
  };
}
