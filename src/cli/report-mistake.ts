import type { InputError } from "../diagnostics/input-error.ts";
import { wrapText } from "../diagnostics/layout.ts";
import { paletteFor, terminalWidth, writeNote } from "./terminal.ts";

/** Prints a mistake of the user's as one message. */
export function reportMistake(message: string, help: string | undefined): void {
  const palette = paletteFor(process.stderr);
  const [first = "", ...rest] = wrapText(message, terminalWidth() - "error: ".length);
  writeNote(
    `${palette.error("error:")} ${palette.strong(first)}\n${rest.map((line) => `       ${line}\n`).join("")}`,
  );
  if (help === undefined) return;
  for (const [index, line] of wrapText(help, terminalWidth() - "  = help: ".length).entries()) {
    writeNote(`${index === 0 ? "  = help: " : "          "}${line}\n`);
  }
}

/** The file and row, where the message does not name them itself. */
function describePlace({ place, message }: InputError): string {
  if (place.file === undefined) return "";
  if (place.row !== undefined) return `${place.file}, row ${place.row}: `;
  return message.includes(place.file) ? "" : `${place.file}: `;
}

/** A mistake in a file that is no model, with its place. */
export function reportInputError(error: InputError): void {
  reportMistake(describePlace(error) + error.message, error.help);
}
