import { writeSync } from "node:fs";
import pc from "picocolors";
import type { Palette } from "../diagnostics/render.ts";

/** Columns to write for: the terminal's, or 80 where there is none. */
export function terminalWidth(): number {
  return Math.max(40, process.stdout.columns ?? 80);
}

/** Colours where the stream is a terminal that shows them and nobody asked for none (NO_COLOR). */
export function paletteFor(stream: NodeJS.WriteStream): Palette {
  const colours = pc.createColors(pc.isColorSupported && stream.isTTY);
  return {
    error: (text) => colours.bold(colours.red(text)),
    warning: (text) => colours.bold(colours.yellow(text)),
    strong: colours.bold,
    quiet: colours.dim,
    secondary: colours.cyan,
  };
}

/** Writes all of a text, also to a pipe whose reader is slow: the process may end right after. */
export function writeOut(text: string): void {
  writeAll(1, text);
}

/** The same for what is said beside the result. */
export function writeNote(text: string): void {
  writeAll(2, text);
}

const endProcess = (): void => process.exit(0);

/** What is done where nobody reads any more (`cnn list | head`). */
let onReaderGone = endProcess;

/**
 * Does something else than to end the process where nobody reads what is written any more; what follows is then written to nobody.
 *
 * @returns a function that takes this back
 */
export function whenReaderGoes(action: () => void): () => void {
  onReaderGone = action;
  return () => (onReaderGone = endProcess);
}

function writeAll(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let offset = 0; offset < bytes.length;) {
    try {
      offset += writeSync(descriptor, bytes, offset);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "EPIPE") {
        onReaderGone();
        return;
      }
      if (code !== "EAGAIN") throw error;
    }
  }
}
