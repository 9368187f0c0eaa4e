import { readFileSync } from "node:fs";
import { InputError } from "../diagnostics/input-error.ts";
import { writeFileAtomically } from "../files/atomic.ts";
import { SourceFile } from "../source/source-file.ts";

const byteOrderMark = "\uFEFF";

/**
 * Writes a new text over a file that was read before, whole or not at all. A byte order mark stays.
 *
 * @throws InputError where the file cannot be written, or has changed since it was read
 */
export async function writeBack({ name, text: read }: SourceFile, text: string): Promise<void> {
  const now = readFileSync(name, "utf8");
  if (new SourceFile(name, now).text !== read) {
    throw new InputError(`${name} was changed by another program in the meantime; it is left as it is`, {
      place: { file: name },
      help: "run the command again",
    });
  }
  await writeFileAtomically(name, now.startsWith(byteOrderMark) ? byteOrderMark + text : text);
}
