import type { DiagnosticSink } from "../diagnostics/diagnostic.ts";
import type { Setting } from "../graph/layer-graph.ts";
import { suggestName } from "../diagnostics/suggest.ts";
import { type SettingTable, settingWord, type ValuesOf } from "./setting.ts";

/** What the statements of a section come to: those that are wrong are reported and keep their defaults. */
export function readSection<Table extends SettingTable>(
  table: Table,
  statements: readonly Setting[],
  sink: DiagnosticSink,
): ValuesOf<Table> {
  const words = Object.keys(table).map(settingWord);
  for (const statement of statements) {
    if (!words.includes(statement.name)) reportUnknownSetting(statement, words, sink);
  }
  const values = Object.entries(table).map(([key, definition]) => {
    const said = statements.filter(({ name }) => name === settingWord(key));
    const value = said.length === 0 ? undefined : definition.read(said, sink);
    return [key, value ?? definition.default];
  });
  return Object.fromEntries(values) as unknown as ValuesOf<Table>;
}

/** What other libraries call a setting, and what it is called here. */
const foreignWords: ReadonlyMap<string, string> = new Map([
  ...["batch_size", "batchsize", "bs"].map((word) => [word, "batch"] as const),
  ...["num_epochs", "n_epochs", "nb_epoch", "max_epochs"].map((word) => [word, "epochs"] as const),
  ...["optimiser", "optim", "solver"].map((word) => [word, "optimizer"] as const),
  ...["criterion", "loss_fn", "objective"].map((word) => [word, "loss"] as const),
  ...["lr_schedule", "lr_scheduler", "scheduler"].map((word) => [word, "schedule"] as const),
  ...["validation_split", "val_split", "validation_data"].map((word) => [word, "validation"] as const),
  ...["early_stopping", "patience"].map((word) => [word, "stop"] as const),
  ...["random_state", "random_seed"].map((word) => [word, "seed"] as const),
  ...["clipnorm", "clipvalue", "grad_clip", "gradient_clipping"].map((word) => [word, "clip"] as const),
  ...["class_weight"].map((word) => [word, "class_weights"] as const),
  ...["dataset"].map((word) => [word, "data"] as const),
]);

/** Words for what is no setting of its own here. */
const rateWords: ReadonlySet<string> = new Set(["lr", "learning_rate", "rate"]);

function reportUnknownSetting({ name, span }: Setting, words: readonly string[], sink: DiagnosticSink): void {
  const message = `there is no setting called \`${name}\``;
  if (rateWords.has(name) && words.includes("optimizer")) {
    const help = "the learning rate stands with its optimizer: `optimizer adam 0.001`";
    sink.report("CNN303", message, span, { help });
    return;
  }
  const foreign = foreignWords.get(name);
  const meant = foreign !== undefined && words.includes(foreign) ? foreign : suggestName(name, words);
  if (meant === undefined) {
    sink.report("CNN303", message, span, { help: `known are ${words.join(", ")}` });
    return;
  }
  const word = { ...span, end: span.start + name.length };
  // What other libraries mean by the word may take other values.
  const fix = {
    title: `write \`${meant}\``,
    edits: [{ span: word, text: meant }],
    isUnsafe: meant === foreign,
  };
  sink.report("CNN303", message, span, { help: `did you mean \`${meant}\`?`, fix });
}
