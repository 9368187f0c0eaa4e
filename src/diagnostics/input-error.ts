import type { DiagnosticCode } from "./catalogue.ts";

/** Where a mistake in a file other than a model source stands; rows count from 1. */
export interface InputPlace {
  readonly file?: string;
  readonly row?: number;
}

export interface InputErrorDetails {
  readonly place?: InputPlace;
  readonly help?: string;
  readonly cause?: unknown;
  /** Where a page explains the mistake. */
  readonly code?: DiagnosticCode;
}

/**
 * A mistake of the user's that is met while files are read or written, or while a model runs: a truncated data set, a
 * full disk, a checkpoint of another network. The shells print it as one clear message and exit with 1.
 */
export class InputError extends Error {
  readonly place: InputPlace;
  readonly help: string | undefined;
  readonly code: DiagnosticCode | undefined;

  constructor(message: string, details: InputErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "InputError";
    this.place = details.place ?? {};
    this.help = details.help;
    this.code = details.code;
  }
}
