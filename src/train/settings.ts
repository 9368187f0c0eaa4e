import { DiagnosticSink, type Outcome } from "../diagnostics/diagnostic.ts";
import { InputError } from "../diagnostics/input-error.ts";
import { suggestName } from "../diagnostics/suggest.ts";
import type { LayerGraph, Setting } from "../graph/layer-graph.ts";

/** How weights follow their gradients; defaults are Keras'. */
export type OptimizerSettings =
  | {
      readonly name: "sgd";
      readonly learningRate: number;
      readonly momentum: number;
      readonly nesterov: boolean;
    }
  | {
      readonly name: "adam";
      readonly learningRate: number;
      readonly beta1: number;
      readonly beta2: number;
      readonly epsilon: number;
    };

export const lossNames = ["cross_entropy", "binary_cross_entropy", "mse"] as const;
export type LossName = (typeof lossNames)[number];

/** Everything that a run needs beside the model. */
export interface TrainSettings {
  /** A data set's name or folder. */
  readonly data: string;
  /** Undefined: follows from the model's last activation. */
  readonly loss: LossName | undefined;
  readonly optimizer: OptimizerSettings;
  readonly batch: number;
  readonly epochs: number;
  readonly seed: number;
  /** The fraction of the training data held back for validation; 0 for none. */
  readonly validation: number;
}

/** What the command line says; it wins over the file. */
export interface SettingOverrides {
  readonly data?: string;
  readonly loss?: string;
  readonly optimizer?: string;
  readonly learningRate?: number;
  readonly momentum?: number;
  readonly batch?: number;
  readonly epochs?: number;
  readonly seed?: number;
  readonly validation?: number;
}

const defaults = { data: "digits", batch: 32, epochs: 5, seed: 0, validation: 0.1 } as const;

const optimizers: Readonly<Record<string, OptimizerSettings>> = {
  sgd: { name: "sgd", learningRate: 0.01, momentum: 0, nesterov: false },
  adam: { name: "adam", learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
};

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/**
 * The settings of a run: the file's `train` section, then the command line's words over it.
 *
 * @throws InputError where a word of the command line is out of range or unknown
 */
export function resolveSettings(graph: LayerGraph, overrides: SettingOverrides = {}): Outcome<TrainSettings> {
  const sink = new DiagnosticSink();
  const settings: Mutable<TrainSettings> = { ...defaults, loss: undefined, optimizer: optimizers["adam"]! };
  const seen = new Map<string, Setting>();
  for (const section of graph.sections.filter(({ name }) => name === "train")) {
    for (const setting of section.settings) {
      const earlier = seen.get(setting.name);
      if (earlier !== undefined) {
        sink.report("CNN302", `\`${setting.name}\` is set twice`, setting.span, {
          labels: [{ span: earlier.span, text: "first set here" }],
          help: "keep one of them",
        });
      }
      seen.set(setting.name, setting);
      applySetting(settings, setting, sink);
    }
  }
  applyOverrides(settings, overrides);
  return { value: settings, diagnostics: sink.diagnostics };
}

interface SettingRule {
  /** The next argument as a word. */
  word(what: string): string | undefined;
  number(what: string, minimum: number, maximum: number, whole: boolean): number | undefined;
}

const settingReaders: Readonly<
  Record<
    string,
    (settings: Mutable<TrainSettings>, setting: Setting, read: SettingRule, sink: DiagnosticSink) => void
  >
> = {
  data: (settings, _setting, read) => {
    settings.data = read.word("a data set, e.g. `data fashion_mnist`") ?? settings.data;
  },
  loss: (settings, setting, read, sink) => {
    const name = read.word("a loss, e.g. `loss cross_entropy`");
    if (name === undefined) return;
    if (isLoss(name)) settings.loss = name;
    else reportUnknown("loss", name, lossNames, setting, sink);
  },
  optimizer: (settings, setting, read, sink) => {
    const name = read.word("an optimizer, e.g. `optimizer adam 0.001`");
    if (name === undefined) return;
    const optimizer = optimizers[name];
    if (optimizer === undefined)
      return reportUnknown("optimizer", name, Object.keys(optimizers), setting, sink);
    settings.optimizer = readOptimizer(optimizer, setting, sink);
  },
  batch: (settings, _setting, read) => {
    settings.batch = read.number("a batch size, e.g. `batch 32`", 1, 1_000_000, true) ?? settings.batch;
  },
  epochs: (settings, _setting, read) => {
    settings.epochs =
      read.number("a number of epochs, e.g. `epochs 5`", 1, 1_000_000, true) ?? settings.epochs;
  },
  seed: (settings, _setting, read) => {
    settings.seed = read.number("a seed, e.g. `seed 0`", 0, 2 ** 32 - 1, true) ?? settings.seed;
  },
  validation: (settings, _setting, read) => {
    settings.validation =
      read.number("a fraction, e.g. `validation 0.1`", 0, 0.99, false) ?? settings.validation;
  },
};

function applySetting(settings: Mutable<TrainSettings>, setting: Setting, sink: DiagnosticSink): void {
  const reader = Object.hasOwn(settingReaders, setting.name) ? settingReaders[setting.name] : undefined;
  if (reader === undefined)
    return reportUnknown("setting", setting.name, Object.keys(settingReaders), setting, sink);
  reader(settings, setting, argumentReader(setting, sink), sink);
}

function argumentReader(setting: Setting, sink: DiagnosticSink): SettingRule {
  const first = setting.positional[0];
  const expect = (what: string): undefined => {
    sink.report("CNN301", `\`${setting.name}\` needs ${what}`, first?.span ?? setting.span);
    return undefined;
  };
  return {
    word: (what) => (typeof first?.value === "string" ? first.value : expect(what)),
    number: (what, minimum, maximum, whole) => {
      const value = first?.value;
      if (typeof value !== "number" || (whole && !Number.isInteger(value))) return expect(what);
      if (value >= minimum && value <= maximum) return value;
      sink.report(
        "CNN301",
        `\`${setting.name}\` is ${value}, but must lie between ${minimum} and ${maximum}`,
        first!.span,
      );
      return undefined;
    },
  };
}

function readOptimizer(
  defaultsOf: OptimizerSettings,
  setting: Setting,
  sink: DiagnosticSink,
): OptimizerSettings {
  const { name: _, ...rest } = defaultsOf;
  const known: Record<string, number | boolean> = { ...rest };
  const given = Object.entries(setting.named).map(
    ([key, entry]) => [optimizerAliases[key] ?? key, entry] as const,
  );
  const rate = setting.positional[1];
  if (rate !== undefined) given.unshift(["learningRate", rate]);
  for (const [key, { value, span }] of given) {
    if (!Object.hasOwn(known, key)) {
      const words = Object.keys(known).map((word) => optimizerWords[word] ?? word);
      const near = suggestName(key, words);
      sink.report("CNN303", `${defaultsOf.name} has no argument \`${key}\``, span, {
        help: near === undefined ? `it takes ${words.join(", ")}` : `did you mean \`${near}\`?`,
      });
    } else if (typeof value !== typeof known[key] || (typeof value === "number" && !(value >= 0))) {
      sink.report(
        "CNN301",
        `\`${optimizerWords[key] ?? key}\` of ${defaultsOf.name} cannot be ${String(value)}`,
        span,
        {
          help: typeof known[key] === "boolean" ? "it is `yes` or `no`" : "it is a number from 0",
        },
      );
    } else {
      known[key] = value as number | boolean;
    }
  }
  return { name: defaultsOf.name, ...known } as OptimizerSettings;
}

const optimizerAliases: Readonly<Record<string, string>> = {
  rate: "learningRate",
  learning_rate: "learningRate",
  lr: "learningRate",
  beta_1: "beta1",
  beta_2: "beta2",
};
const optimizerWords: Readonly<Record<string, string>> = {
  learningRate: "rate",
  beta1: "beta_1",
  beta2: "beta_2",
};

function reportUnknown(
  what: string,
  name: string,
  known: readonly string[],
  setting: Setting,
  sink: DiagnosticSink,
): void {
  const near = suggestName(name, known);
  sink.report(
    "CNN303",
    `there is no ${what} called \`${name}\``,
    setting.positional[0]?.span ?? setting.span,
    {
      help: near === undefined ? `known are ${known.join(", ")}` : `did you mean \`${near}\`?`,
    },
  );
}

function isLoss(name: string): name is LossName {
  return (lossNames as readonly string[]).includes(name);
}

function applyOverrides(settings: Mutable<TrainSettings>, overrides: SettingOverrides): void {
  const { data, loss, optimizer, learningRate, momentum, batch, epochs, seed, validation } = overrides;
  if (loss !== undefined) {
    if (!isLoss(loss)) throw unknownWord("loss", loss, lossNames);
    settings.loss = loss;
  }
  if (optimizer !== undefined) {
    const chosen = optimizers[optimizer];
    if (chosen === undefined) throw unknownWord("optimizer", optimizer, Object.keys(optimizers));
    if (chosen.name !== settings.optimizer.name) settings.optimizer = chosen;
  }
  if (learningRate !== undefined) settings.optimizer = { ...settings.optimizer, learningRate };
  if (momentum !== undefined) {
    if (settings.optimizer.name !== "sgd") {
      throw new InputError(`${settings.optimizer.name} has no momentum`, {
        help: "choose `--optimizer sgd`",
      });
    }
    settings.optimizer = { ...settings.optimizer, momentum };
  }
  settings.data = data ?? settings.data;
  settings.batch = batch ?? settings.batch;
  settings.epochs = epochs ?? settings.epochs;
  settings.seed = seed ?? settings.seed;
  settings.validation = validation ?? settings.validation;
}

function unknownWord(what: string, name: string, known: readonly string[]): InputError {
  const near = suggestName(name, known);
  return new InputError(`there is no ${what} called ${name}`, {
    help: near === undefined ? `known are ${known.join(", ")}` : `did you mean ${near}?`,
  });
}
