/** Where a mistake in a file other than a model source stands; rows count from 1. */
export interface InputPlace {
  readonly file?: string;
  readonly row?: number;
}

/**
 * A mistake of the user's that is met while files are read or written, or while a model runs: a truncated data set, a
 * full disk, a checkpoint of another network. The shells print it as one clear message and exit with 1.
 */
export class InputError extends Error {
  readonly place: InputPlace;
  readonly help: string | undefined;

  constructor(message: string, details: { place?: InputPlace; help?: string; cause?: unknown } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "InputError";
    this.place = details.place ?? {};
    this.help = details.help;
  }
}
