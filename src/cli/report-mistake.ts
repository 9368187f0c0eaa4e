import type { InputError } from "../diagnostics/input-error.ts";
import { mistakeOf, renderMistake } from "../diagnostics/render-mistake.ts";
import { paletteFor, terminalWidth, writeNote } from "./terminal.ts";

/** Prints a mistake of the user's as one message. */
export function reportMistake(message: string, help: string | undefined): void {
  writeNote(
    renderMistake({ message, help }, { width: terminalWidth(), palette: paletteFor(process.stderr) }),
  );
}

/** A mistake in a file that is no model, with its place. */
export function reportInputError(error: InputError): void {
  writeNote(renderMistake(mistakeOf(error), { width: terminalWidth(), palette: paletteFor(process.stderr) }));
}
