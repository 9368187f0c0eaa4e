import type { LayerKind } from "../../src/graph/layer-kind.ts";
import { activationNames, activations } from "../../src/layers/activations.ts";
import { resolveAxis } from "../../src/layers/axes.ts";
import type { Random } from "../../src/random/random.ts";

/** A random statement of a kind for a tensor of the given shape; undefined where the kind cannot take it. */
type Statement = (shape: readonly number[], random: Random) => string | undefined;

export function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[random.integer(items.length)]!;
}

function between(random: Random, low: number, high: number): number {
  return low + random.integer(high - low + 1);
}

function chance(random: Random, share: number): boolean {
  return random.uniform() < share;
}

/** Some of the words, each with its chance. */
function some(random: Random, words: Readonly<Record<string, number>>): string {
  return Object.entries(words)
    .filter(([, share]) => chance(random, share))
    .map(([word]) => ` ${word}`)
    .join("");
}

function spatial(shape: readonly number[]): readonly number[] | undefined {
  return shape.length >= 2 && shape.length <= 4 ? shape.slice(0, -1) : undefined;
}

function activationWord(random: Random): string {
  if (chance(random, 0.5)) return "";
  return ` ${pick(
    random,
    activationNames.filter((name) => name !== "exponential"),
  )}`;
}

interface WindowOptions {
  readonly paddings: readonly string[];
  readonly dilation: boolean;
  readonly unequalStrides?: boolean;
}

/** A window with stride or dilation and padding that may or may not fit; misfits are drawn again. */
function windowWords(
  sizes: readonly number[],
  random: Random,
  options: WindowOptions,
): { kernel: string; rest: string } {
  const kernel = sizes.map((size) => between(random, 1, Math.min(3, size)));
  const form = random.integer(3);
  const steps = sizes.map(() => between(random, 1, 2));
  const one = between(random, 1, 2);
  const stride =
    form === 0
      ? ""
      : ` stride=${(options.unequalStrides ?? true) && chance(random, 0.3) ? steps.join("x") : one}`;
  const dilation =
    form === 0 && options.dilation && chance(random, 0.6) ? ` dilation=${steps.join("x")}` : "";
  const padding = pick(random, options.paddings);
  const explicit = sizes.map(
    (_, axis) => `(${random.integer(kernel[axis]!)},${random.integer(kernel[axis]!)})`,
  );
  const pad =
    padding === "explicit" ? ` pad=${explicit.join("x")}` : padding === "valid" ? "" : ` ${padding}`;
  return { kernel: kernel.join("x"), rest: `${stride}${dilation}${pad}` };
}

function pairs(sizes: readonly number[], random: Random, most: (size: number) => number): string {
  return sizes
    .map((size) => {
      const before = random.integer(most(size) + 1);
      return `(${before},${random.integer(most(size) - before + 1)})`;
    })
    .join("x");
}

/** A merge of what two short branches make of the tensor; they keep its shape. */
function merge(word: string): Statement {
  return (shape, random) => {
    const channels = shape.at(-1)!;
    const branch = pick(random, [
      `dense ${channels}`,
      "tanh",
      `dense ${channels} softsign`,
      "rescale 0.5 offset=0.25",
    ]);
    const third = word !== "subtract" && chance(random, 0.3) ? "; branch { sigmoid }" : "";
    const narrow =
      shape.length > 1 && word !== "average" && chance(random, 0.2) ? "; branch { dense 1 }" : third;
    return `${word} { branch { ${branch} }; branch { }${word === "subtract" ? "" : narrow} }`;
  };
}

function divisors(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1).filter((divisor) => count % divisor === 0);
}

export const statements = {
  input: () => undefined,
  conv(shape, random) {
    const sizes = spatial(shape);
    if (sizes === undefined) return undefined;
    const paddings = ["valid", "same", "explicit", ...(sizes.length === 1 ? ["causal"] : [])];
    const { kernel, rest } = windowWords(sizes, random, { paddings, dilation: true });
    const groups = chance(random, 0.3) ? pick(random, divisors(shape.at(-1)!)) : 1;
    const filters = groups * between(random, 1, Math.max(1, Math.floor(6 / groups)));
    return `conv ${filters} ${kernel}${rest}${groups > 1 ? ` groups=${groups}` : ""}${some(random, { "bias=no": 0.3 })}${activationWord(random)}`;
  },
  conv_transpose(shape, random) {
    const sizes = spatial(shape);
    if (sizes === undefined) return undefined;
    const { kernel, rest } = windowWords(sizes, random, {
      paddings: ["valid", "same", "explicit"],
      dilation: true,
    });
    return `conv_transpose ${between(random, 1, 5)} ${kernel}${rest}${some(random, { "bias=no": 0.3, "output_padding=1": 0.2 })}${activationWord(random)}`;
  },
  separable(shape, random) {
    const sizes = spatial(shape);
    if (sizes === undefined || sizes.length > 2) return undefined;
    const { kernel, rest } = windowWords(sizes, random, {
      paddings: ["valid", "same", "explicit"],
      dilation: true,
    });
    return `separable ${between(random, 1, 5)} ${kernel}${rest}${some(random, { "bias=no": 0.3, "multiplier=2": 0.3 })}${activationWord(random)}`;
  },
  depthwise(shape, random) {
    const sizes = spatial(shape);
    if (sizes === undefined || sizes.length > 2) return undefined;
    const { kernel, rest } = windowWords(sizes, random, {
      paddings: ["valid", "same", "explicit"],
      dilation: true,
    });
    return `depthwise ${kernel}${rest}${some(random, { "bias=no": 0.3, "multiplier=2": 0.3 })}${activationWord(random)}`;
  },
  pool(shape, random) {
    const sizes = spatial(shape);
    if (sizes === undefined) return undefined;
    const { kernel, rest } = windowWords(sizes, random, {
      paddings: ["valid", "same", "explicit"],
      dilation: false,
    });
    return `pool ${pick(random, ["max", "avg", "min", "sum"])} ${kernel}${rest}`;
  },
  global_pool: (shape, random) =>
    spatial(shape) === undefined
      ? undefined
      : `global_pool ${pick(random, ["max", "avg"])}${some(random, { "keepdims=yes": 0.5 })}`,
  dense: (_, random) =>
    `dense ${between(random, 1, 6)}${some(random, { "bias=no": 0.3 })}${activationWord(random)}`,
  flatten: () => "flatten",
  dropout: (_, random) => `dropout ${pick(random, [0, 0.2, 0.5])}`,
  bn: (_, random) =>
    `bn${some(random, { "scale=no": 0.3, "center=no": 0.3, "momentum=0.8": 0.3, "epsilon=0.01": 0.3 })}`,
  activation(_, random) {
    const name = pick(random, activationNames);
    const { parameter } = activations[name] as { readonly parameter?: unknown };
    return parameter !== undefined && chance(random, 0.5) ? `${name} ${pick(random, [0.4, 0.7, 1.2])}` : name;
  },
  rescale: (_, random) =>
    `rescale ${pick(random, ["0.5", "1/3", "2"])} offset=${pick(random, ["0", "0.3", "-1"])}`,
  add: merge("add"),
  subtract: merge("subtract"),
  multiply: merge("multiply"),
  average: merge("average"),
  maximum: merge("maximum"),
  minimum: merge("minimum"),
  concat(shape, random) {
    const axis = pick(random, [-1, ...shape.map((_, index) => index + 1)]);
    const isLast = resolveAxis(axis, shape.length) === shape.length - 1;
    const first = isLast ? `dense ${between(random, 1, 4)}` : "tanh";
    return `concat axis=${axis} { branch { ${first} }; branch { } }`;
  },
  pad(shape, random) {
    const sizes = spatial(shape);
    return sizes && `pad ${pairs(sizes, random, () => 2)}`;
  },
  crop(shape, random) {
    const sizes = spatial(shape);
    return sizes && `crop ${pairs(sizes, random, (size) => Math.min(2, size - 1))}`;
  },
  upsample(shape, random) {
    const sizes = spatial(shape);
    if (sizes === undefined) return undefined;
    const mode = sizes.length === 2 ? pick(random, ["nearest", "bilinear"]) : "nearest";
    return `upsample ${sizes.map(() => between(random, 1, 3)).join("x")} ${mode}`;
  },
  reshape(shape, random) {
    const count = shape.reduce((product, size) => product * size, 1);
    const first = pick(random, divisors(count));
    const second = pick(random, divisors(count / first));
    return `reshape ${pick(random, [`${count}x1`, `${first}x${count / first}`, `${first}x${second}x?`])}`;
  },
  permute(shape, random) {
    if (shape.length < 2) return undefined;
    const order = shape.map((_, index) => ({ place: index + 1, key: random.uniform() }));
    return `permute ${order
      .sort((a, b) => a.key - b.key)
      .map(({ place }) => place)
      .join("x")}`;
  },
  repeat_vector: (shape, random) =>
    shape.length === 1 ? `repeat_vector ${between(random, 1, 4)}` : undefined,
  layer_norm: (_, random) => `layer_norm${some(random, { "scale=no": 0.3, "center=no": 0.3 })}`,
  group_norm: (shape, random) =>
    `group_norm ${pick(random, divisors(shape.at(-1)!))}${some(random, { "scale=no": 0.3, "center=no": 0.3 })}`,
  instance_norm: (shape, random) =>
    shape.length > 1 ? `instance_norm${some(random, { "scale=no": 0.3, "center=no": 0.3 })}` : undefined,
  rms_norm: () => "rms_norm epsilon=0.001",
  lrn: (shape, random) =>
    spatial(shape) &&
    `lrn ${between(random, 1, 5)} alpha=${pick(random, [0.1, 1])} beta=${pick(random, [0.5, 0.75])} k=${pick(random, [1, 2])}`,
  glu(shape, random) {
    const axes = shape.flatMap((size, index) => (size % 2 === 0 ? [index + 1] : []));
    return axes.length === 0 ? undefined : `glu axis=${pick(random, axes)}`;
  },
  threshold: (_, random) => `threshold ${pick(random, [-0.5, 0, 0.25])}${some(random, { "value=-1": 0.5 })}`,
  layer_scale: (_, random) => `layer_scale ${between(random, 1, 5)}`,
  prelu(shape, random) {
    const shared = shape.slice(0, -1).map((_, index) => index + 1);
    return shared.length > 0 && chance(random, 0.5) ? `prelu shared=${shared.join("x")}` : "prelu";
  },
  spatial_dropout: (shape, random) => spatial(shape) && `spatial_dropout ${pick(random, [0.2, 0.5])}`,
  gaussian_noise: (_, random) => `gaussian_noise ${pick(random, [0.1, 0.5])}`,
  gaussian_dropout: (_, random) => `gaussian_dropout ${pick(random, [0.1, 0.5])}`,
  embedding: (shape, random) =>
    shape.length <= 2 ? `hard_sigmoid; rescale 6.9; embedding 7 ${between(random, 1, 4)}` : undefined,
  normalize: (_, random) => `normalize${some(random, { "mean=0.3 variance=0.5": 0.5 })}`,
  attention(shape, random) {
    if (shape.length < 2 || shape.length > 4) return undefined;
    const heads = pick(random, divisors(shape.at(-1)!));
    return `attention ${heads}${some(random, { "key=3": 0.3, "bias=no": 0.3, "dropout=0.3": 0.2 })}`;
  },
  dot(shape, random) {
    const axis = pick(random, [-1, ...shape.map((_, index) => index + 1)]);
    // One number brought to length 1 is its sign, which has no gradient but rounding.
    const isVector = shape[resolveAxis(axis, shape.length)!]! > 1;
    const normalize = some(random, { "normalize=yes": 0.4 });
    return `dot ${axis}${isVector ? normalize : ""} { branch { tanh }; branch { } }`;
  },
  rbf: (_, random) => `rbf ${between(random, 1, 5)}${some(random, { "learned=yes": 0.5 })}`,
} satisfies { readonly [Kind in LayerKind]: Statement } as Readonly<Record<LayerKind, Statement>>;

/** A random shape of one example: a vector, a sequence, an image or a volume. */
export function randomShape(random: Random): readonly number[] {
  const axes = pick(random, [0, 1, 1, 2, 2, 2, 3]);
  const most = axes === 3 ? 4 : 7;
  return [...Array.from({ length: axes }, () => between(random, 1, most)), between(random, 1, 6)];
}
