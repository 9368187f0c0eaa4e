import type { EvaluationChoice } from "../../train/evaluate.ts";
import { reportRun } from "../../train/report-run.ts";
import type { ExitCode } from "../exit.ts";
import { writeOut } from "../terminal.ts";

/** `cnn report`: the page of a run, made anew. */
export async function runReport(
  run: string,
  options: EvaluationChoice & { readonly threads?: number },
): Promise<ExitCode> {
  writeOut(`${await reportRun(run, options)}\n`);
  return 0;
}
