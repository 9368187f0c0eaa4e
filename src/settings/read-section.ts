import { DiagnosticSink, type Fix } from "../diagnostics/diagnostic.ts";
import type { Setting } from "../graph/layer-graph.ts";
import { type ForeignNames, nativeName } from "../diagnostics/foreign-names.ts";
import { suggestRelatedName } from "../diagnostics/suggest.ts";
import { mendStatement, textOf } from "./mended.ts";
import { reportUnknown } from "./read-arguments.ts";
import { type SettingDefinition, type SettingTable, settingWord, type ValuesOf } from "./setting.ts";

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
  average: ["ema", "use_ema", "swa"],
  checkpoint: ["model_checkpoint"],
  epochs: ["num_epochs", "n_epochs", "nb_epoch", "max_epochs"],
  optimizer: ["optimiser", "optim", "solver"],
  loss: ["criterion", "loss_fn", "objective"],
  schedule: ["lr_schedule", "lr_scheduler", "scheduler"],
  validation: ["validation_split", "val_split", "validation_data"],
  stop: ["early_stopping", "early_stop", "patience"],
  seed: ["random_state", "random_seed"],
  clip: ["clipnorm", "clipvalue", "grad_clip", "gradient_clipping"],
  class_weights: ["class_weight"],
  data: ["dataset"],
  precision: ["mixed_precision", "dtype_policy", "amp", "autocast", "fp16", "half", "dtype"],
};

function reportUnknownSetting(statement: Setting, table: SettingTable, sink: DiagnosticSink): void {
  const { name, span } = statement;
  const known = Object.keys(table).map(settingWord);
  const foreign = foreignSetting(statement);
  const near = foreign?.word ?? suggestRelatedName(name, known);
  if (near === undefined) return reportUnknown(sink, { what: "a setting", name, known, span });
  const definition = Object.entries(table).find(([key]) => settingWord(key) === near)![1];
  const meant = { ...statement, positional: foreign?.positional ?? statement.positional, name: near };
  const text = textReadAs(meant, definition);
  // `early_stopping(patience=3)`, whose parentheses go as well.
  const isCall = span.file.text[span.start + name.length] === "(";
  const isWordAlone = text === textOf(meant) && foreign?.positional === undefined && !isCall;
  const end = isCall && span.file.text[span.end] === ")" ? span.end + 1 : span.end;
  const [place, written] = isWordAlone
    ? [{ ...span, end: span.start + name.length }, near]
    : [{ ...span, end }, text];
  const fix = {
    title: `write \`${written}\``,
    edits: [{ span: place, text: written ?? "" }],
    // What other libraries mean by the word may take other values; what is added is a guess.
    isUnsafe: foreign !== undefined || !isWordAlone,
  };
  reportUnknown(sink, {
    what: "a setting",
    name,
    known,
    span,
    near: written ?? near,
    fix: written === undefined ? undefined : fix,
  });
}

/** The setting that another library's words stand for: `early_stopping`, or `early stopping` in two words. */
function foreignSetting({
  name,
  positional: [first, ...rest],
}: Setting): { readonly word: string; readonly positional?: Setting["positional"] } | undefined {
  const word = nativeName(foreignWords, name);
  if (word !== undefined) return { word };
  const inTwo = typeof first?.value === "string" ? nativeName(foreignWords, name + first.value) : undefined;
  return inTwo === undefined ? undefined : { word: inTwo, positional: rest };
}

/** A statement as it stands, or else as it can be read; undefined where it cannot. */
function textReadAs(statement: Setting, definition: SettingDefinition): string | undefined {
  const trial = new DiagnosticSink();
  definition.read([statement], trial);
  if (!trial.hasErrors) return textOf(statement);
  return mendStatement({ ...definition, read: (each, sink) => definition.read([each], sink) }, statement);
}
