import { layerWords } from "../../layers/index.ts";

/** What Keras and PyTorch call losses, metrics, optimizers and schedules, by the name here; letters and digits alone, in lower case. */
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
} as const;

/** What is set elsewhere than in `train`. */
const elsewhere: ReadonlyMap<string, string> = new Map(
  (
    [
      [
        ["lr", "learning_rate", "rate"],
        "the learning rate stands with its optimizer: `optimizer adam 0.001`",
      ],
      [["shuffle"], "every epoch takes the examples in another order; `seed` says which orders"],
      [
        ["device", "engine", "threads"],
        "that is for the command line: `cnn train model.cnn --device webgpu`",
      ],
      [
        ["workers", "num_workers", "pin_memory", "use_multiprocessing", "prefetch"],
        "data are decoded beside the training by themselves",
      ],
      [["verbose"], "the display fits where it goes: a terminal, a file or `--format json`"],
      [["callbacks"], "`stop`, `checkpoint` and `schedule` are settings of their own"],
      [
        ["augment", "augmentation"],
        "changes to the examples stand beside `train`: `augment { flip horizontal }`",
      ],
    ] as const
  ).flatMap(([words, help]) => words.map((word) => [word, help] as const)),
);

/** What a word in `train` is that is no setting. */
export function explainWord(word: string): string | undefined {
  if (layerWords.has(word)) return `\`${word}\` is a layer: it stands before \`train\`, not in it`;
  return elsewhere.get(word);
}

/** The name here of what other libraries call so; undefined where they call nothing so. */
export function nativeName(kind: keyof typeof foreignNames, name: string): string | undefined {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, "");
  const found = Object.entries<readonly string[]>(foreignNames[kind]).find(([, names]) =>
    names.includes(plain),
  );
  return found?.[0];
}
