import { createRandom } from "../../../src/random/random.ts";

/** A network to measure the memory of. */
export interface MeasuredNetwork {
  readonly text: string;
  readonly batch: number;
  readonly threads: number;
  /** Batches a step; 1 where nothing is said. */
  readonly accumulate?: number;
}

const lines = (...parts: readonly string[]): string => `${parts.join("\n")}\n`;

const normedConv = (filters: number): readonly string[] => [`conv ${filters} 3x3 same bias=no`, "bn", "relu"];

/** Networks of the forms that differ in what they keep: wide layers, large images, batch norm, many small chunks. */
const chosen: readonly MeasuredNetwork[] = [
  { text: lines("input 8", "dense 4 relu", "dense 3 softmax"), batch: 32, threads: 1 },
  {
    text: lines("input 784", "dense 512 relu", "dense 512 relu", "dense 10 softmax"),
    batch: 128,
    threads: 2,
  },
  {
    text: lines("input 784", "dense 1536 relu", "dense 1536 relu", "dense 10 softmax"),
    batch: 64,
    threads: 1,
  },
  {
    text: lines(
      "input 28x28x1",
      "conv 32 3x3 relu",
      "pool max 2",
      "conv 64 3x3 relu",
      "pool max 2",
      "flatten",
      "dense 64 relu",
      "dense 10 softmax",
    ),
    batch: 128,
    threads: 2,
  },
  {
    text: lines(
      "input 28x28x1",
      "conv 32 3x3 relu",
      "pool max 2",
      "conv 64 3x3 relu",
      "pool max 2",
      "flatten",
      "dense 64 relu",
      "dense 10 softmax",
    ),
    batch: 256,
    threads: 1,
  },
  {
    text: lines("input 32x32x3", ...normedConv(16), ...normedConv(16), "global_pool avg", "dense 10 softmax"),
    batch: 64,
    threads: 2,
  },
  {
    text: lines(
      "input 32x32x3",
      ...normedConv(32),
      ...normedConv(32),
      "pool max 2",
      ...normedConv(64),
      "global_pool avg",
      "dense 10 softmax",
    ),
    batch: 64,
    threads: 2,
  },
  {
    text: lines("input 64x4", "conv 32 5 relu", "conv 64 5 relu", "global_pool avg", "dense 4 softmax"),
    batch: 64,
    threads: 2,
  },
  {
    text: lines(
      "input 48x48x3",
      "conv 32 3x3 same relu",
      "pool max 2",
      "conv 64 3x3 same relu",
      "pool max 2",
      "flatten",
      "dense 10 softmax",
    ),
    batch: 64,
    threads: 2,
  },
  {
    text: lines(
      "input 32x32x1",
      "conv 6 5x5 tanh",
      "pool avg 2",
      "conv 16 5x5 tanh",
      "pool avg 2",
      "flatten",
      "dense 120 tanh",
      "dense 10 softmax",
    ),
    batch: 64,
    threads: 2,
  },
  {
    text: lines("input 32x32x3", ...normedConv(32), ...normedConv(32), "global_pool avg", "dense 10 softmax"),
    batch: 32,
    threads: 2,
    accumulate: 4,
  },
];

/** The first networks are chosen, the rest drawn. */
export function memoryNetworks(count: number): readonly MeasuredNetwork[] {
  const drawn = Array.from({ length: Math.max(0, count - chosen.length) }, (_, index) => drawNetwork(index));
  return [...chosen, ...drawn].slice(0, count);
}

function drawNetwork(index: number): MeasuredNetwork {
  const random = createRandom(index, "network to measure");
  const pick = <Value>(...values: readonly Value[]): Value => values[random.integer(values.length)]!;
  const size = pick(16, 24, 32, 48, 64);
  const hasNorm = pick(true, false);
  const blocks = Array.from({ length: pick(1, 2, 3) }, () => [
    `conv ${pick(8, 16, 32, 64)} ${pick("3x3", "5x5", "1x1")} same${hasNorm ? " bias=no" : " relu"}`,
    ...(hasNorm ? ["bn", "relu"] : []),
    ...pick<readonly string[]>([], ["pool max 2"]),
  ]);
  const head = pick<readonly string[]>(
    ["global_pool avg"],
    ["pool avg 2", "flatten", `dense ${pick(32, 128)} relu`],
  );
  return {
    text: lines(`input ${size}x${size}x${pick(1, 3)}`, ...blocks.flat(), ...head, "dense 10 softmax"),
    batch: pick(16, 32, 64, 128),
    threads: pick(1, 2),
  };
}
