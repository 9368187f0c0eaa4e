import { isActivationName } from "../../layers/activations.ts";
import { isObject, type JsonObject, textOr } from "./json.ts";
import type { Dialect } from "./network.ts";
import type { ImportSink, LayerPlace } from "./problems.ts";

/** What a layer's configuration says, in words of the language; what cannot be said is refused with the layer's name. */
export class LayerReader {
  readonly config: JsonObject;
  readonly dialect: Dialect;
  readonly className: string;
  /** How many tensors the layer takes. */
  readonly inputCount: number;
  readonly #place: LayerPlace;
  readonly #sink: ImportSink;
  #lastAxis: number | undefined;

  constructor(
    place: LayerPlace,
    config: JsonObject,
    about: { readonly dialect: Dialect; readonly inputCount: number; readonly sink: ImportSink },
  ) {
    this.#place = place;
    this.className = place.className;
    this.config = config;
    this.dialect = about.dialect;
    this.inputCount = about.inputCount;
    this.#sink = about.sink;
  }

  /** The same layer with another configuration: that within a wrapper, or the settings of a layer of ours. */
  within(config: unknown, className = this.className): LayerReader {
    return new LayerReader({ ...this.#place, className }, isObject(config) ? config : {}, {
      dialect: this.dialect,
      inputCount: this.inputCount,
      sink: this.#sink,
    });
  }

  /** Says why the layer has no counterpart. */
  refuse(reason: string, help?: string): void {
    this.#sink.refuse(this.#place, reason, help);
  }

  /** Says what is left out, since it changes no output of the trained network. */
  note(text: string): void {
    this.#sink.note(`${this.#place.name}: ${text}`);
  }

  number(key: string, otherwise?: number): number {
    const value = this.config[key];
    if (typeof value === "number" && Number.isFinite(value)) return value;
    if (value === undefined && otherwise !== undefined) return otherwise;
    this.refuse(`its ${key} is ${JSON.stringify(value) ?? "missing"}, and should be a number`);
    return otherwise ?? 1;
  }

  flag(key: string, otherwise: boolean): boolean {
    const value = this.config[key];
    return typeof value === "boolean" ? value : otherwise;
  }

  text(key: string, otherwise: string): string {
    return textOr(this.config[key], otherwise);
  }

  /** One number an axis; a number alone counts for every axis. */
  window(key: string, rank: number, otherwise?: readonly number[]): readonly number[] {
    const value = this.config[key] ?? otherwise;
    const numbers = [value].flat();
    const isWindow = numbers.every((each) => typeof each === "number" && Number.isSafeInteger(each));
    if (isWindow && numbers.length === rank) return numbers as number[];
    if (isWindow && numbers.length === 1) return Array.from({ length: rank }, () => numbers[0] as number);
    this.refuse(`its ${key} is ${JSON.stringify(value) ?? "missing"}, and should be ${rank} whole numbers`);
    return Array.from({ length: rank }, () => 1);
  }

  /** Cells before and after, one pair an axis: `1`, `[1, 2]` and `[[0, 1], [0, 1]]` all say that. */
  pairs(key: string, rank: number): readonly (readonly [number, number])[] {
    const value = this.config[key];
    if (typeof value === "number") return Array.from({ length: rank }, () => [value, value] as const);
    if (Array.isArray(value)) {
      const list: readonly unknown[] =
        rank === 1 && value.length === 2 && !value.some(Array.isArray) ? [value] : value;
      const pairs = list.map((each) => (Array.isArray(each) ? (each as unknown[]) : [each, each]));
      const isSound = pairs.every(
        (pair) => pair.length === 2 && pair.every((cells) => typeof cells === "number" && cells >= 0),
      );
      if (pairs.length === rank && isSound) return pairs as unknown as [number, number][];
    }
    this.refuse(`its ${key} is ${JSON.stringify(value) ?? "missing"}, and should be ${rank} pairs of cells`);
    return [];
  }

  /** For settings that can only be what they are where nothing is said. */
  expect(key: string, allowed: readonly unknown[], reason: string): void {
    const value = this.config[key];
    if (value === undefined || value === null) return;
    const text = JSON.stringify(value);
    if (!allowed.some((each) => JSON.stringify(each) === text)) this.refuse(`${key}=${text}: ${reason}`);
  }

  /** Channels last is all there is. */
  expectChannelsLast(): void {
    this.expect(
      "data_format",
      ["channels_last"],
      "the language has the channels last, and so must its weights",
    );
  }

  /** Statistics and softmax go over the last axis. Whether a number is that axis is known once the program is compiled: `lastAxis`. */
  expectLastAxis(key = "axis"): void {
    const axes = [this.config[key] ?? -1].flat();
    const [axis] = axes;
    if (axes.length !== 1 || typeof axis !== "number" || (axis < 1 && axis !== -1)) {
      this.refuse(`${key}=${JSON.stringify(this.config[key])}: only the last axis can be taken`);
    } else if (axis > 0) this.#lastAxis = axis;
  }

  /** The axis, counted with the batch as 0, that must turn out to be the last one. */
  get lastAxis(): number | undefined {
    return this.#lastAxis;
  }

  /** What Keras' activations stand for; `undefined` for none. A function of Keras may come as an object with its name. */
  activation(key = "activation"): string | undefined {
    const value = this.config[key];
    if (value === undefined || value === null) return undefined;
    const given = isObject(value) ? value : undefined;
    const name = textOr(given === undefined ? value : (given["class_name"] ?? given["config"]), "");
    const word = activationWords[name] ?? snakeCase(name);
    if (word === "linear") return undefined;
    if (isActivationName(word)) return word;
    this.refuse(`the activation ${JSON.stringify(value)} has no counterpart`);
    return undefined;
  }

  /** `init=he_normal`, where it is not what a layer does anyway. */
  initializer(key = "kernel_initializer"): string {
    const value = this.config[key];
    if (!isObject(value)) return "";
    const config = isObject(value["config"]) ? value["config"] : {};
    const className = textOr(value["class_name"], "");
    const scaled =
      className === "VarianceScaling" ? varianceScaling(config) : drawnAsUsual(className, config);
    const word = scaled ?? initializerWords[className];
    if (word === undefined) {
      this.note(
        `its ${key} ${className} has no counterpart; it starts from glorot_uniform where it is trained anew`,
      );
      return "";
    }
    return word === "glorot_uniform" ? "" : ` init=${word}`;
  }

  /** `l2=0.0001`; only kernels have them. */
  regularizers(keys: readonly string[] = ["kernel_regularizer"]): string {
    for (const [key, value] of Object.entries(this.config)) {
      const isOther = /_(regularizer|constraint)$/.test(key) && !keys.includes(key);
      if (isOther && value !== null && value !== undefined)
        this.note(`its ${key} is left out: it counts in training alone`);
    }
    const value = this.config[keys[0]!];
    if (!isObject(value)) return "";
    const config = isObject(value["config"]) ? value["config"] : {};
    const factor = (name: "l1" | "l2"): string => {
      const given = config[name];
      return typeof given === "number" && given !== 0 ? ` ${name}=${numberText(given)}` : "";
    };
    const className = textOr(value["class_name"], "");
    if (!/^L1L2$|^L1$|^L2$/i.test(className))
      this.note(`its ${keys[0]!} ${className} is left out: it counts in training alone`);
    return factor("l1") + factor("l2");
  }
}

const activationWords: Readonly<Record<string, string>> = {
  ReLU: "relu",
  LeakyReLU: "leaky_relu",
  hard_swish: "hard_swish",
  hardSigmoid: "hard_sigmoid",
};

const initializerWords: Readonly<Record<string, string>> = {
  GlorotUniform: "glorot_uniform",
  GlorotNormal: "glorot_normal",
  HeUniform: "he_uniform",
  HeNormal: "he_normal",
  LecunUniform: "lecun_uniform",
  LecunNormal: "lecun_normal",
  LeCunUniform: "lecun_uniform",
  LeCunNormal: "lecun_normal",
  Zeros: "zeros",
  Ones: "ones",
};

/** TensorFlow.js writes its initialisers in the general form. */
function varianceScaling({ scale, mode, distribution }: JsonObject): string | undefined {
  const kind = /normal/i.test(textOr(distribution, "")) ? "normal" : "uniform";
  const name = ({ "1 fan_avg": "glorot", "2 fan_in": "he", "1 fan_in": "lecun" } as const)[
    `${String(scale)} ${textOr(mode, "")}` as "1 fan_avg"
  ];
  return name === undefined ? undefined : `${name}_${kind}`;
}

/** Those without regard to the kernel's size, where they have Keras' usual range. */
function drawnAsUsual(className: string, { minval, maxval, mean, stddev }: JsonObject): string | undefined {
  if (className === "RandomUniform" && minval === -0.05 && maxval === 0.05) return "random_uniform";
  return className === "RandomNormal" && mean === 0 && stddev === 0.05 ? "random_normal" : undefined;
}

function snakeCase(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
}

/** The shortest text that is the same number in float32: Keras writes 0.1 as 0.10000000149011612 where it kept it so. */
export function numberText(value: number): string {
  const short = Number(value.toPrecision(7));
  const chosen = Math.fround(value) === value && Math.fround(short) === value ? short : value;
  return String(chosen);
}

export function windowText(window: readonly number[]): string {
  return window.join("x");
}

/** ` stride=2`, nothing where it is `usual` on every axis. */
export function windowArgument(name: string, window: readonly number[], usual: number): string {
  const [first] = window;
  if (window.every((size) => size === usual)) return "";
  const isEven = window.every((size) => size === first);
  return ` ${name}=${isEven ? String(first) : windowText(window)}`;
}

/** `(0,1)x(1,1)`, or `1` where all are alike. */
export function pairsText(pairs: readonly (readonly [number, number])[]): string {
  const [first] = pairs;
  const isEven = pairs.every(([before, after]) => before === first![0] && after === first![0]);
  return isEven ? String(first![0]) : pairs.map(([before, after]) => `(${before},${after})`).join("x");
}
