// The parts that data comes in, and what folders, tables and arrays of each may be called.
import type { Dataset } from "./dataset.ts";

/** What is trained on, what each epoch is judged by, and what the finished model is measured on. */
export type Part = "train" | "validation" | "test";

/** Names of the parts, the usual one first; in lower case. */
export const partNames = {
  train: ["train", "training"],
  validation: ["val", "valid", "validation"],
  test: ["test", "testing"],
} as const satisfies Record<Part, readonly string[]>;

/** The parts that data has beside its training part. */
export interface KnownParts {
  /** Whether there are any: else the training part is all of the data. */
  readonly hasParts: boolean;
  readonly hasValidation: boolean;
  /** What is measured on: where there is no test part, the one to validate with. */
  readonly measured: "test" | "validation";
}

/** @param has whether there is that part */
export function knownParts(has: (part: Part) => boolean): KnownParts {
  const hasTraining = has("train");
  const hasValidation = hasTraining && has("validation");
  const hasTest = hasTraining && has("test");
  return {
    hasParts: hasTest || hasValidation,
    hasValidation,
    measured: hasTest || !hasValidation ? "test" : "validation",
  };
}

/** Data in one part. */
export const onePart: KnownParts = knownParts(() => false);

/** Data to validate with, by the name that is said of it: `photos/val`. */
export function nameValidation(data: Dataset): Dataset {
  return { ...data, name: `${data.name}/${partNames.validation[0]}` };
}
