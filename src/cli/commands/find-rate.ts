import { basename, join } from "node:path";
import { InputError } from "../../diagnostics/input-error.ts";
import { writeFileAtomically } from "../../files/atomic.ts";
import { makeFolder } from "../../files/folder.ts";
import { renderRateCurve } from "../../report/rate-curve.ts";
import { findLearningRate } from "../../train/find-rate.ts";
import type { TrainingJob } from "../../train/job.ts";
import type { ExitCode } from "../exit.ts";
import { writeOut } from "../terminal.ts";

/** `cnn train --find-rate`: the losses at rising learning rates as a table and a drawing, and the rate to take. */
export async function runFindRate(job: TrainingJob): Promise<ExitCode> {
  const { rates, losses, suggestion } = await findLearningRate(job);
  if (rates.length < 2) {
    throw new InputError("the loss is no number from the first steps on", {
      help: "train without --find-rate: the message then says where that begins",
    });
  }
  makeFolder(job.runFolder);
  const table = rates.map((rate, step) => `${rate},${losses[step]}\n`).join("");
  await writeFileAtomically(join(job.runFolder, "rates.csv"), `learning_rate,loss\n${table}`);
  const drawing = renderRateCurve(
    `${basename(job.runFolder)}: loss by learning rate`,
    rates,
    losses,
    suggestion,
  );
  await writeFileAtomically(join(job.runFolder, "rates.svg"), drawing);
  writeOut(`${rates.length} steps drawn in ${job.runFolder}: rates.svg, rates.csv\n`);
  writeOut(
    suggestion === undefined
      ? "the loss fell at no rate; look at the drawing, the data and the model\n"
      : `the loss falls fastest at ${suggestion}: --rate ${suggestion}\n`,
  );
  return 0;
}
