import { describe, it } from "vitest";
import { createRandom } from "../../src/random/random.ts";
import type { Random } from "../../src/random/random.ts";
import type { ValueId } from "../../src/tensor/tensor-graph.ts";
import { expectExportRuns, Sketch } from "./harness.ts";

/** Random graphs of operations that move, merge and split axes, so that values meet in every layout. */

function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[random.integer(items.length)]!;
}

type Step = (sketch: Sketch, x: ValueId, random: Random) => ValueId | undefined;

function sizes(sketch: Sketch, x: ValueId): number[] {
  return sketch.builder.shape(x).slice(1) as number[];
}

function product(numbers: readonly number[]): number {
  return numbers.reduce((result, number) => result * number, 1);
}

/** A random way to write a count as a product of one to three numbers. */
function factorize(random: Random, count: number): number[] {
  const parts: number[] = [];
  for (let rest = count, part = 0; part < 1 + random.integer(3); part++) {
    const divisors = Array.from({ length: rest }, (_, index) => index + 1).filter((d) => rest % d === 0);
    const divisor = pick(random, divisors);
    parts.push(divisor);
    rest /= divisor;
    if (part === 2) parts[2]! *= rest;
  }
  const missing = count / product(parts);
  return missing === 1 ? parts : [...parts, missing];
}

const steps: readonly Step[] = [
  (sketch, x) => sketch.relu(x),
  ({ builder }, x) => builder.tanh(x),
  (sketch, x) => (sketch.builder.shape(x).length > 1 ? sketch.batchNorm(x) : undefined),
  (sketch, x, random) => sketch.dense(x, 1 + random.integer(6), random.integer(2) === 0),
  (sketch, x, random) => {
    const spatial = sizes(sketch, x).slice(0, -1);
    if (spatial.length === 0 || spatial.length > 3) return undefined;
    const kernel = spatial.map((size) => 1 + random.integer(Math.min(2, size)));
    return sketch.conv(x, 1 + random.integer(5), kernel, {
      pads: kernel.map((cells) => [random.integer(cells), 0]),
      bias: random.integer(2) === 0,
    });
  },
  (sketch, x, random) => {
    const spatial = sizes(sketch, x).slice(0, -1);
    if (spatial.length === 0 || spatial.length > 3 || Math.min(...spatial) < 2) return undefined;
    const window = spatial.map(() => 2);
    return random.integer(2) === 0 ? sketch.maxPool(x, window) : sketch.averagePool(x, window);
  },
  (sketch, x) => sketch.flatten(x),
  (sketch, x, random) => sketch.builder.reshape(x, ["N", ...factorize(random, product(sizes(sketch, x)))]),
  (sketch, x, random) => {
    const axes = sizes(sketch, x).map((_, axis) => axis + 1);
    const order = axes.map((axis) => ({ axis, key: random.uniform() })).sort((a, b) => a.key - b.key);
    return sketch.builder.transpose(x, [0, ...order.map(({ axis }) => axis)]);
  },
  (sketch, x, random) => {
    const axis = random.integer(sizes(sketch, x).length);
    const size = sizes(sketch, x)[axis]!;
    const start = random.integer(size);
    return sketch.builder.slice(x, [axis + 1], [start], [start + 1 + random.integer(size - start)]);
  },
  (sketch, x, random) =>
    sketch.builder.pad(x, [
      [0, 0],
      ...sizes(sketch, x).map(() => [random.integer(2), random.integer(2)] as const),
    ]),
  (sketch, x, random) => {
    const { length } = sizes(sketch, x);
    const axes = [1 + random.integer(length)];
    const op = pick(random, ["reduceSum", "reduceMean", "reduceMax", "reduceVariance"] as const);
    return length < 2 ? undefined : sketch.builder[op](x, axes, random.integer(2) === 0);
  },
  (sketch, x, random) => sketch.builder.softmax(x, 1 + random.integer(sizes(sketch, x).length)),
  (sketch, x, random) => {
    const shape = sizes(sketch, x).map((size) => (random.integer(2) === 0 ? size : 1));
    const constant = sketch.weight(
      `constant_${sketch.weights.size}`,
      shape.slice(random.integer(shape.length)),
    );
    return sketch.builder[pick(random, ["add", "multiply", "maximum"] as const)](x, constant);
  },
];

/** Joins two values of one shape, or side by side along an axis. */
function join(sketch: Sketch, values: readonly ValueId[], random: Random): ValueId | undefined {
  const [x, y] = [pick(random, values), pick(random, values)];
  const [a, b] = [sizes(sketch, x), sizes(sketch, y)];
  if (x === y || a.length !== b.length) return undefined;
  if (a.every((size, axis) => size === b[axis])) return sketch.builder.add(x, y);
  const differing = a.flatMap((size, axis) => (size === b[axis] ? [] : [axis]));
  return differing.length === 1 ? sketch.builder.concat([x, y, x], differing[0]! + 1) : undefined;
}

function randomModel(seed: number): ReturnType<Sketch["finish"]> {
  const random = createRandom(seed, "random model");
  const sketch = new Sketch();
  const shape = Array.from({ length: 1 + random.integer(3) }, () => 1 + random.integer(6));
  const values = [sketch.input([...shape, 1 + random.integer(4)])];
  for (let count = 0; count < 14; count++) {
    const x = random.integer(3) === 0 ? pick(random, values) : values.at(-1)!;
    const y = random.integer(5) === 0 ? join(sketch, values, random) : pick(random, steps)(sketch, x, random);
    if (y !== undefined && product(sizes(sketch, y)) <= 5000) values.push(y);
  }
  return sketch.finish(values.at(-1)!, pick(random, values));
}

describe("random graphs give the reference's numbers in both layouts", () => {
  const count = Number(process.env["CNN_RANDOM_MODELS"] ?? 100);
  it(`${count} of them`, async () => {
    for (let seed = 1; seed <= count; seed++) {
      const model = randomModel(seed);
      try {
        await expectExportRuns(model, { opset: [9, 13, 17, 21][seed % 4]! });
        await expectExportRuns(model, { layout: "channels_last" });
      } catch (error) {
        throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, {
          cause: error,
        });
      }
    }
  }, 300_000);
});
