import { count, number, optionalCount, optionalText, text } from "../../settings/argument.ts";
import { recordSetting } from "../../settings/setting.ts";

/** In place of a score: none is watched. */
export const noScore = "none";

const scoreText = "a score: `val_loss`, `accuracy`";

const stopArguments = {
  score: text("the score that is watched, or `none`", scoreText, { positional: true }),
  patience: count("epochs that it may go without a better one", { minimum: 0, default: 0 }),
  minDelta: number("how much better is better", { minimum: 0, default: 0 }),
};

/** What a run keeps, and when it ends before its last epoch. */
export const keepingSettings = {
  checkpoint: recordSetting(
    {
      steps: optionalCount("a checkpoint every so many steps, instead of after epochs"),
      epochs: count("a checkpoint every so many epochs", { default: 1 }),
      keep: count("how many of the newest stay, each in a file of its own", { minimum: 0, default: 0 }),
      best: optionalText("the score whose best epoch is kept too", scoreText),
    },
    {
      summary:
        "Which checkpoints are kept beside the one to go on from, which is written after each epoch and each minute.",
      example: "checkpoint epochs=1 keep=3 best=val_loss",
      default: { steps: undefined, epochs: 1, keep: 0, best: undefined },
      defaultText: "the one to go on from alone",
      mayChangeOnResume: true,
    },
  ),
  stop: recordSetting<typeof stopArguments, undefined>(stopArguments, {
    summary:
      "Ends the run when a score has not become better for some epochs; its result is then the best epoch, not the last.",
    example: "stop val_loss patience=3",
    default: undefined,
    defaultText: "the run goes to its last epoch",
    mayChangeOnResume: true,
  }),
};
