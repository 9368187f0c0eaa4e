import type { Compilation } from "../compile.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { Network } from "../lint/network.ts";
import { misfitOfLoss } from "../lint/rules/loss-and-activation.ts";
import type { LossName } from "../autodiff/losses/losses.ts";
import { findMisfits } from "./loss.ts";

/**
 * `loss BCELoss` after a softmax: the name here is that of a loss which training refuses at the model's end. The mistake in the
 * name is told with that, and its fix goes on to what fits, for a person to look at.
 */
export function goOnToFittingLoss(
  finding: Diagnostic,
  { model, program }: Pick<Compilation, "model" | "program">,
): Diagnostic {
  const { code, primary, fix } = finding;
  if (code !== "CNN303" || fix === undefined) return finding;
  const statement = model.graph.sections
    .filter(({ name }) => name === "train")
    .flatMap(({ settings }) => settings)
    .find(({ name, positional }) => name === "loss" && positional[0]?.span === primary.span);
  if (statement === undefined) return finding;
  const name = fix.edits[0]!.text as LossName;
  const output = statement.named["output"]?.value as string | undefined;
  const refused = findMisfits(model, [{ name, output }]).find(({ setting }) => setting !== undefined);
  if (refused === undefined) return finding;
  const mend = misfitOfLoss(name, statement, new Network(model, program, () => undefined));
  const { fix: _, ...told } = finding;
  const help = `that is \`${name}\`, which does not fit the model's end: ${mend?.help ?? refused.help}`;
  if (mend?.fix === undefined) return { ...told, help };
  const { title, edits } = mend.fix;
  const isOtherLoss = edits.some(({ span }) => span === primary.span);
  return {
    ...told,
    help,
    fix: { title, edits: isOtherLoss ? edits : [...fix.edits, ...edits], isUnsafe: true },
  };
}
