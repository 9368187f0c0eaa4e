import { DiagnosticSink, type Fix } from "../diagnostics/diagnostic.ts";
import type { Setting } from "../graph/layer-graph.ts";
import { type ForeignNames, nativeName } from "../diagnostics/foreign-names.ts";
import { suggestName } from "../diagnostics/suggest.ts";
import { reportUnknown } from "./read-arguments.ts";
import { type SettingTable, settingWord, type ValuesOf } from "./setting.ts";

/** What a statement is that is no setting, seen among the others of its section; undefined where nothing is known of it. */
export type Explain = (
  statement: Setting,
  all: readonly Setting[],
) => { readonly help: string; readonly fix?: Fix } | undefined;

/**
 * What the statements of a section come to: those that are wrong are reported and keep their defaults.
 *
 * @param explain says of a word that is no setting here what is so named elsewhere, and where that stands
 */
export function readSection<Table extends SettingTable>(
  table: Table,
  statements: readonly Setting[],
  sink: DiagnosticSink,
  explain: Explain = () => undefined,
): ValuesOf<Table> {
  const words = Object.keys(table).map(settingWord);
  for (const statement of statements) {
    if (words.includes(statement.name)) continue;
    const { name, span } = statement;
    const explanation = explain(statement, statements);
    if (explanation === undefined) reportUnknownSetting(statement, table, sink);
    else sink.report("CNN303", `there is no setting called \`${name}\``, span, explanation);
  }
  const values = Object.entries(table).map(([key, definition]) => {
    const said = statements.filter(({ name }) => name === settingWord(key));
    const value = said.length === 0 ? undefined : definition.read(said, sink);
    return [key, value ?? definition.default];
  });
  return Object.fromEntries(values) as unknown as ValuesOf<Table>;
}

/** What other libraries call a setting. */
const foreignWords: ForeignNames = {
  batch: ["batch_size", "batchsize", "bs"],
  epochs: ["num_epochs", "n_epochs", "nb_epoch", "max_epochs"],
  optimizer: ["optimiser", "optim", "solver"],
  loss: ["criterion", "loss_fn", "objective"],
  schedule: ["lr_schedule", "lr_scheduler", "scheduler"],
  validation: ["validation_split", "val_split", "validation_data"],
  stop: ["early_stopping", "patience"],
  seed: ["random_state", "random_seed"],
  clip: ["clipnorm", "clipvalue", "grad_clip", "gradient_clipping"],
  class_weights: ["class_weight"],
  data: ["dataset"],
  precision: ["mixed_precision", "dtype_policy", "amp", "autocast", "fp16", "half", "dtype"],
};

function reportUnknownSetting(statement: Setting, table: SettingTable, sink: DiagnosticSink): void {
  const { name, span } = statement;
  const known = Object.keys(table).map(settingWord);
  const foreign = nativeName(foreignWords, name);
  const near = foreign ?? suggestName(name, known);
  const text = near === undefined ? undefined : readableAs(near, statement, table);
  reportUnknown(sink, { what: "a setting", name, known, span, near: text, fix: fixOf(text) });

  function fixOf(text: string | undefined): Fix | undefined {
    if (text === undefined) return undefined;
    const edits = [{ span: { ...span, end: span.start + name.length }, text }];
    // What other libraries mean by the word may take other values.
    return { title: `write \`${text}\``, edits, isUnsafe: near === foreign };
  }
}

/** A setting's word with what it needs first, as in its example, where the values of an unknown statement lack it. */
function readableAs(word: string, statement: Setting, table: SettingTable): string {
  const definition = Object.entries(table).find(([key]) => settingWord(key) === word)?.[1];
  const [, first = ""] = definition?.example.split(" ") ?? [];
  if (definition === undefined || !/^[a-z_]+$/.test(first)) return word;
  const isReadable = (positional: Setting["positional"]): boolean => {
    const trial = new DiagnosticSink();
    definition.read([{ ...statement, name: word, positional }], trial);
    return !trial.hasErrors;
  };
  const { positional, span } = statement;
  const isFirstLacking = !isReadable(positional) && isReadable([{ value: first, span }, ...positional]);
  return isFirstLacking ? `${word} ${first}` : word;
}
