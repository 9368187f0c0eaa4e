import { InputError } from "../diagnostics/input-error.ts";
import type { NonFinite } from "../engine/engine.ts";
import type { WeightValues } from "../tensor/weight-values.ts";
import type { LoopState } from "./run-state.ts";

/**
 * What a run ends with when its loss is no number, or infinite: where that began, and a way out. The last checkpoint stays.
 *
 * @param rate the learning rate of the step
 */
export function explainNotANumber(
  { epoch, stepInEpoch }: LoopState["progress"],
  found: NonFinite | undefined,
  rate: number,
): InputError {
  const where = found === undefined ? "" : `; ${places[found.place](found)}`;
  const smaller = Number((rate / 10).toPrecision(2));
  const help =
    found?.place === "data"
      ? "mend or leave out that example; the last checkpoint is kept"
      : `a smaller learning rate (--rate ${smaller}) or a bound on the gradient (--clip "global_norm 1") often helps; the last checkpoint is kept, and can go on with either (--resume)`;
  return new InputError(
    `the loss is no longer a number (epoch ${epoch + 1}, step ${stepInEpoch}); training stopped${where}`,
    { help },
  );
}

/** @throws InputError where a weight is no number: a checkpoint of such weights would take a good one's place */
export function checkWeights(weights: WeightValues, progress: LoopState["progress"], rate: number): void {
  for (const [key, { data }] of weights) {
    if (data.every(Number.isFinite)) continue;
    const layer = key.slice(0, key.lastIndexOf("/"));
    throw explainNotANumber(progress, { place: "weights", layer, example: undefined }, rate);
  }
}

const places = {
  data: ({ example }) => `example ${example} of the batch holds a number that is none`,
  weights: ({ layer }) => `the weights of "${layer}" went beyond all numbers`,
  output: ({ layer }) => `the first that is none is in the output of "${layer}"`,
  gradient: ({ layer }) => `the first that is none is in the gradient of "${layer}"`,
  loss: () => "every layer gives numbers, but the loss of them is none",
} satisfies Readonly<Record<NonFinite["place"], (found: NonFinite) => string>>;
