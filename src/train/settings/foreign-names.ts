import { statementRemoval } from "../../diagnostics/edits.ts";
import type { Fix } from "../../diagnostics/diagnostic.ts";
import { type ForeignNames, nativeName } from "../../diagnostics/foreign-names.ts";
import type { Setting } from "../../graph/layer-graph.ts";
import { layerWords } from "../../layers/index.ts";
import { spanText } from "../../source/source-file.ts";
import type { Explain } from "../../settings/read-section.ts";

/** What Keras and PyTorch call losses, metrics and schedules. */
export const foreignNames = {
  loss: {
    cross_entropy: [
      "categoricalcrossentropy",
      "sparsecategoricalcrossentropy",
      "crossentropyloss",
      "nllloss",
      "nll",
      "softmax",
      "logloss",
    ],
    binary_cross_entropy: ["binarycrossentropy", "bce", "bceloss", "bcewithlogitsloss"],
    focal: ["categoricalfocalcrossentropy", "focalloss"],
    binary_focal: ["binaryfocalcrossentropy"],
    kl_divergence: ["kldivergence", "kld", "kldiv", "kldivloss"],
    mse: ["meansquarederror", "mseloss", "l2", "l2loss"],
    mae: ["meanabsoluteerror", "l1", "l1loss"],
    mape: ["meanabsolutepercentageerror"],
    msle: ["meansquaredlogarithmicerror"],
    huber: ["huberloss", "smoothl1", "smoothl1loss"],
    log_cosh: ["logcosh"],
    poisson: ["poissonnllloss"],
    cosine: ["cosinesimilarity", "cosineembeddingloss"],
    ctc: ["ctcloss"],
    dice: ["diceloss"],
    tversky: ["tverskyloss"],
  },
  metric: {
    accuracy: ["acc", "binaryaccuracy", "categoricalaccuracy", "sparsecategoricalaccuracy"],
    f1: ["f1score", "fscore", "f1macro"],
    auc: ["rocauc", "aucroc", "auroc"],
    average_precision: ["prauc", "ap", "map"],
    kappa: ["cohenkappa", "cohenkappascore"],
    mse: ["meansquarederror"],
    mae: ["meanabsoluteerror"],
    rmse: ["rootmeansquarederror"],
    r2: ["r2score"],
    top5: ["topk", "topkcategoricalaccuracy", "sparsetopkcategoricalaccuracy"],
  },
  schedule: {
    step: ["steplr", "stepdecay"],
    piecewise: ["piecewiseconstantdecay", "multisteplr"],
    exponential: ["exponentialdecay", "exponentiallr"],
    inverse_time: ["inversetimedecay"],
    polynomial: ["polynomialdecay", "polynomiallr", "linear"],
    cosine: ["cosinedecay", "cosineannealing", "cosineannealinglr"],
    cosine_restarts: ["cosinedecayrestarts", "cosineannealingwarmrestarts"],
    one_cycle: ["onecyclelr", "onecycle"],
    plateau: ["reducelronplateau", "reduceonplateau"],
    constant: ["none", "constantlr"],
  },
} satisfies Readonly<Record<string, ForeignNames>>;

/** What stands behind an optimizer, by what is said of it. */
const optimizerArguments: ForeignNames = {
  "the learning rate stands with its optimizer: `optimizer adam 0.001`": ["lr", "learning_rate", "rate"],
  "the weight decay stands with its optimizer: `optimizer adamw 0.001 weight_decay=0.01`": [
    "weight_decay",
    "wd",
  ],
  "the momentum stands with its optimizer: `optimizer sgd 0.01 momentum=0.9`": ["momentum"],
};

/** What is set elsewhere than in `train`. */
const elsewhere: ForeignNames = {
  ...optimizerArguments,
  "`checkpoint best=val_loss` keeps the best epoch": ["save_best", "save_best_only", "save"],
  "every epoch takes the examples in another order; `seed` says which orders": ["shuffle"],
  "that is for the command line: `cnn train model.cnn --device webgpu`": ["device", "engine", "threads"],
  "data are decoded beside the training by themselves": [
    ...["workers", "num_workers", "pin_memory", "use_multiprocessing", "prefetch"],
  ],
  "the display fits where it goes: a terminal, a file or `--format json`": ["verbose"],
  "`stop`, `checkpoint` and `schedule` are settings of their own": ["callbacks"],
  "changes to the examples stand beside `train`: `augment { flip horizontal }`": ["augment", "augmentation"],
};

/** What a statement in `train` is that is no setting. */
export const explainWord: Explain = (statement, all) => {
  const { name } = statement;
  if (layerWords.has(name)) return { help: `\`${name}\` is a layer: it stands before \`train\`, not in it` };
  const help = nativeName(elsewhere, name);
  if (help === undefined) return undefined;
  const fix = Object.hasOwn(optimizerArguments, help) ? argumentOfOptimizer(statement, help, all) : undefined;
  return fix === undefined ? { help } : { help, fix };
};

/** `learning_rate 0.1`, `momentum 0.9` behind the optimizer that the section names, else as in the example of the help. */
function argumentOfOptimizer(
  { positional, span }: Setting,
  help: string,
  all: readonly Setting[],
): Fix | undefined {
  const [number, ...others] = positional;
  if (typeof number?.value !== "number" || others.length > 0) return undefined;
  const [, example = ""] = help.split("`");
  const text = spanText(number.span);
  const whole = example.replace(/[\d.]+$/, text);
  const optimizer = all.find(({ name }) => name === "optimizer");
  if (optimizer === undefined) return { title: `write \`${whole}\``, edits: [{ span, text: whole }] };
  const written = whole.split(" ").at(-1)!;
  const [kind, ...values] = optimizer.positional;
  // A rate has its place behind the optimizer's name, what has a name stands last.
  const end = written.includes("=") ? optimizer.span.end : kind?.span.end;
  if (end === undefined || (!written.includes("=") && values.length > 0)) return undefined;
  return {
    title: "give it to the optimizer",
    edits: [{ span: { ...optimizer.span, start: end, end }, text: ` ${written}` }, ...statementRemoval(span)],
  };
}
