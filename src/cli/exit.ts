import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { isOption } from "../source/source-file.ts";

/** What a command comes to: 0 fine, 1 the input is wrong, 2 the call is wrong, 130 and 143 ended by a signal as shells count. */
export type ExitCode = 0 | 1 | 2 | 130 | 143;

/** A call of the command that cannot be carried out as it stands: words that contradict each other, a missing argument. */
export class UsageError extends Error {
  readonly help: string | undefined;

  constructor(message: string, help?: string) {
    super(message);
    this.name = "UsageError";
    this.help = help;
  }
}

/** 0 where none of the findings is an error; 2 where one is about the call itself. */
export function exitCodeOf(diagnostics: readonly Diagnostic[]): ExitCode {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length === 0) return 0;
  return errors.some(({ primary }) => isOption(primary.span.file)) ? 2 : 1;
}
