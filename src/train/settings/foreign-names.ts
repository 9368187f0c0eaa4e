import { statementRemoval } from "../../analyze/fixes.ts";
import type { Fix } from "../../diagnostics/diagnostic.ts";
import { type ForeignNames, nativeName } from "../../diagnostics/foreign-names.ts";
import type { Setting } from "../../graph/layer-graph.ts";
import { layerWords } from "../../layers/index.ts";
import type { Explain } from "../../settings/read-section.ts";

/** What Keras and PyTorch call losses, metrics and schedules. */
export const foreignNames = {
  loss: {
    cross_entropy: [
      "categoricalcrossentropy",
      "sparsecategoricalcrossentropy",
      "crossentropyloss",
      "nllloss",
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
    plateau: ["reducelronplateau"],
    constant: ["none", "constantlr"],
  },
} satisfies Readonly<Record<string, ForeignNames>>;

const optimizerRate = "the learning rate stands with its optimizer: `optimizer adam 0.001`";

/** What is set elsewhere than in `train`. */
const elsewhere: ForeignNames = {
  [optimizerRate]: ["lr", "learning_rate", "rate"],
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
  const fix = help === optimizerRate ? rateOfOptimizer(statement, all) : undefined;
  return fix === undefined ? { help } : { help, fix };
};

/** `learning_rate 0.1` as the rate of the optimizer that the section names, else of the usual one. */
function rateOfOptimizer({ positional, span }: Setting, all: readonly Setting[]): Fix | undefined {
  const rate = positional[0]?.value;
  if (typeof rate !== "number" || positional.length > 1) return undefined;
  const optimizer = all.find(({ name }) => name === "optimizer");
  if (optimizer === undefined) {
    return { title: `write \`optimizer adam ${rate}\``, edits: [{ span, text: `optimizer adam ${rate}` }] };
  }
  const kind = optimizer.positional[0]?.span;
  if (kind === undefined || optimizer.positional.length > 1) return undefined;
  const place = { ...kind, start: kind.end };
  return {
    title: "give it to the optimizer",
    edits: [{ span: place, text: ` ${rate}` }, ...statementRemoval(span)],
  };
}
