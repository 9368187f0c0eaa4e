import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/random/random.ts";
import type { Random } from "../../src/random/random.ts";
import { compileModel } from "./compile-model.ts";
import { countOperators, expectExportRuns, operators, Sketch } from "./harness.ts";

const spatialRanks = [1, 2, 3] as const;
const seeds = [1, 2, 3, 4, 5, 6, 7, 8];

/** One number an axis, each from low to high. */
function drawWindow(random: Random, rank: number, low: number, high: number): number[] {
  return Array.from({ length: rank }, () => low + random.integer(high - low + 1));
}

/** Pads that leave every window a cell of the image. */
function drawPads(random: Random, kernel: readonly number[]): [number, number][] {
  return kernel.map((cells) => [random.integer(cells), random.integer(cells)]);
}

/** Strides and dilations, never both. */
function drawSteps(random: Random, rank: number): { stride?: number[]; dilation?: number[] } {
  return random.integer(2) === 0
    ? { stride: drawWindow(random, rank, 1, 3) }
    : { dilation: drawWindow(random, rank, 1, 2) };
}

describe.each(spatialRanks)(
  "with %i spatial axes, ONNX Runtime gives the reference's numbers for",
  (rank) => {
    const size = { 1: 17, 2: 10, 3: 7 }[rank];

    it.each(seeds)("a convolution (seed %i)", async (seed) => {
      const random = createRandom(seed, `conv ${rank}`);
      const sketch = new Sketch();
      const groups = 1 + random.integer(2);
      const channels = groups * (1 + random.integer(3));
      const kernel = drawWindow(random, rank, 1, 3);
      const x = sketch.input([...drawWindow(random, rank, size - 1, size), channels]);
      const y = sketch.conv(x, groups * (1 + random.integer(3)), kernel, {
        ...drawSteps(random, rank),
        pads: drawPads(random, kernel),
        groups,
        bias: random.integer(2) === 0,
      });
      expect(operators(await expectExportRuns(sketch.finish(y)))).toBe("Conv");
    });

    it.each(seeds)("a transposed convolution with batch norm folded in (seed %i)", async (seed) => {
      const random = createRandom(seed, `transposed ${rank}`);
      const sketch = new Sketch();
      const groups = 1 + random.integer(2);
      const kernel = drawWindow(random, rank, 1, 3);
      const x = sketch.input([...drawWindow(random, rank, 3, 5), groups * (1 + random.integer(3))]);
      const y = sketch.convTranspose(x, groups * (1 + random.integer(3)), kernel, {
        stride: drawWindow(random, rank, 1, 3),
        pads: kernel.map((cells) => [random.integer(cells), 0]),
        groups,
        bias: random.integer(2) === 0,
      });
      expect(operators(await expectExportRuns(sketch.finish(sketch.batchNorm(y))))).toBe("ConvTranspose");
    });

    it.each(seeds)("pools (seed %i)", async (seed) => {
      const random = createRandom(seed, `pool ${rank}`);
      const sketch = new Sketch();
      const kernel = drawWindow(random, rank, 1, 3);
      const window = { stride: drawWindow(random, rank, 1, 3), pads: drawPads(random, kernel) };
      const x = sketch.input([...drawWindow(random, rank, size - 2, size), 1 + random.integer(3)]);
      const model = sketch.finish(
        sketch.maxPool(x, kernel, { ...window, dilation: drawWindow(random, rank, 1, 2) }),
        sketch.averagePool(x, kernel, window),
      );
      expect(countOperators(await expectExportRuns(model))).toEqual({ MaxPool: 1, AveragePool: 1 });
    });

    it("a max pool with more padding than window", async () => {
      const sketch = new Sketch();
      const x = sketch.input([...new Array<number>(rank).fill(4), 2]);
      const pads = new Array<[number, number]>(rank).fill([2, 1]);
      const y = sketch.builder.relu(
        sketch.maxPool(x, new Array<number>(rank).fill(2), { stride: new Array<number>(rank).fill(1), pads }),
      );
      expect(operators(await expectExportRuns(sketch.finish(y)))).toBe("Pad MaxPool Relu");
    });

    it("global pools", async () => {
      const sketch = new Sketch();
      const x = sketch.conv(
        sketch.input([...new Array<number>(rank).fill(5), 2]),
        3,
        new Array<number>(rank).fill(2),
      );
      const model = sketch.finish(
        sketch.globalPool(x),
        sketch.globalPool(x, "reduceMax"),
        sketch.globalPool(x, "reduceMean", true),
        sketch.globalPool(x, "reduceMax", true),
      );
      expect(countOperators(await expectExportRuns(model))).toEqual({
        Conv: 1,
        GlobalAveragePool: 1,
        GlobalMaxPool: 1,
        ReduceMean: 1,
        ReduceMax: 1,
      });
    });

    it("batch norm, folded or not, before and after a convolution", async () => {
      const sketch = new Sketch();
      let x = sketch.input([...new Array<number>(rank).fill(5), 2]);
      x = sketch.conv(sketch.batchNorm(x), 3, new Array<number>(rank).fill(3), { bias: false });
      x = sketch.dense(sketch.flatten(sketch.relu(sketch.batchNorm(x))), 4);
      const model = sketch.finish(sketch.batchNorm(x));
      expect(operators(await expectExportRuns(model))).toBe("BatchNormalization Conv Relu Flatten Gemm");
      expect(operators(await expectExportRuns(model, { foldBatchNorm: false }))).toBe(
        "BatchNormalization Conv BatchNormalization Relu Flatten Gemm BatchNormalization",
      );
    });

    it("a dense layer over channels", async () => {
      const sketch = new Sketch();
      const x = sketch.input([...new Array<number>(rank).fill(4), 3]);
      const model = sketch.finish(sketch.relu(sketch.dense(x, 5)));
      expect(operators(await expectExportRuns(model))).toBe("Conv Relu");
      expect(operators(await expectExportRuns(model, { layout: "channels_last" }))).toBe("MatMul Add Relu");
    });

    it("a softmax over channels", async () => {
      const sketch = new Sketch();
      const model = sketch.finish(sketch.softmax(sketch.input([...new Array<number>(rank).fill(4), 3])));
      expect(operators(await expectExportRuns(model))).toBe("Softmax");
      expect(operators(await expectExportRuns(model, { opset: 12 }))).toBe("ReduceMax Sub Exp ReduceSum Div");
    });
  },
);

describe("elementwise operations", () => {
  it.each([
    ["negate", "Neg"],
    ["abs", "Abs"],
    ["exp", "Exp"],
    ["tanh", "Tanh"],
    ["sigmoid", "Sigmoid"],
    ["relu", "Relu"],
    ["erf", "Erf"],
    ["floor", "Floor"],
  ] as const)("%s", async (op, expected) => {
    const sketch = new Sketch();
    const x = sketch.input([3, 4, 2]);
    expect(operators(await expectExportRuns(sketch.finish(sketch.builder[op](x))))).toBe(expected);
  });

  it("log, sqrt and reciprocal of what is positive", async () => {
    const sketch = new Sketch();
    const { builder } = sketch;
    const x = builder.add(builder.abs(sketch.input([3, 4, 2])), builder.scalar(0.5));
    await expectExportRuns(
      sketch.finish(builder.log(x), builder.sqrt(x), builder.reciprocal(x), builder.step(x)),
    );
  });

  it("power, comparisons and selection", async () => {
    const sketch = new Sketch();
    const { builder } = sketch;
    const [x, y] = [sketch.input([3, 2, 2], "left"), sketch.input([3, 2, 2], "right")];
    const chosen = builder.select(
      builder.greater(x, y),
      builder.power(builder.abs(x), builder.scalar(1.5)),
      y,
    );
    const equal = builder.select(
      builder.equal(x, builder.maximum(x, y)),
      builder.minimum(x, y),
      builder.scalar(3),
    );
    await expectExportRuns(sketch.finish(chosen, equal, builder.cast(builder.cast(x, "int32"), "float32")));
  });

  it("constants of a channel, a row or an image, arranged when the file is written", async () => {
    const sketch = new Sketch();
    const { builder } = sketch;
    let x = sketch.conv(sketch.input([4, 5, 2]), 3, [1, 1]);
    x = builder.multiply(builder.relu(x), sketch.weight("channel", [3]));
    x = builder.add(builder.tanh(x), sketch.weight("row", [5, 3]));
    x = builder.subtract(sketch.weight("image", [1, 4, 5, 3]), x);
    x = builder.divide(x, builder.scalar(2));
    x = builder.add(sketch.flatten(x), sketch.weight("features", [60]));
    const model = await expectExportRuns(sketch.finish(sketch.dense(x, 2)));
    expect(operators(model)).toBe("Conv Relu Mul Tanh Add Sub Div Flatten Add Gemm");
  });

  it("a constant that widens what it is added to, or scales, is no bias and no factor of the kernel", async () => {
    for (const operation of ["add", "multiply"] as const) {
      const sketch = new Sketch();
      const x = sketch.conv(sketch.input([4, 5, 2]), 1, [1, 1]);
      const model = sketch.finish(sketch.builder[operation](x, sketch.weight("wide", [3])));
      const expected = operation === "add" ? "Conv Add" : "Conv Mul";
      expect(operators(await expectExportRuns(model))).toBe(expected);
    }
  });

  it("computes what depends on weights alone when the file is written", async () => {
    const sketch = new Sketch();
    const { builder } = sketch;
    const kernel = sketch.weight("kernel", [3, 4]);
    const norm = builder.sqrt(builder.reduceSum(builder.square(kernel), [0], true));
    const y = builder.matmul(sketch.input([3]), builder.divide(kernel, norm));
    const model = await expectExportRuns(sketch.finish(builder.add(y, sketch.weight("bias", [4]))));
    expect(operators(model)).toBe("Gemm");
  });
});

describe("operations on axes", () => {
  it("gates channels as squeeze and excitation does", async () => {
    const sketch = new Sketch();
    const { builder } = sketch;
    const x = sketch.conv(sketch.input([6, 6, 3]), 8, [3, 3]);
    const squeezed = builder.sigmoid(sketch.dense(sketch.relu(sketch.dense(sketch.globalPool(x), 2)), 8));
    const gate = builder.reshape(squeezed, ["N", 1, 1, 8]);
    const model = await expectExportRuns(sketch.finish(builder.multiply(x, gate)));
    expect(operators(model)).toBe("Conv ReduceMean Gemm Relu Gemm Sigmoid Reshape Mul");
  });

  it("reductions, with and without the reduced axes", async () => {
    for (const opset of [12, 17, 18]) {
      const sketch = new Sketch();
      const { builder } = sketch;
      const x = sketch.conv(sketch.input([3, 4, 2]), 3, [1, 1]);
      const flat = sketch.flatten(x);
      const model = sketch.finish(
        builder.reduceSum(x, [1, 3]),
        builder.reduceMean(x, [3], true),
        builder.reduceMax(x, [2]),
        builder.reduceVariance(x, [1, 2], true),
        builder.reduceVariance(x, [3]),
        builder.reduceSum(flat, [1]),
        builder.reduceMean(flat, [1], true),
      );
      await expectExportRuns(model, { opset });
    }
  });

  it("the position of the maximum", async () => {
    const sketch = new Sketch();
    const { builder } = sketch;
    const x = sketch.conv(sketch.input([3, 4, 2]), 3, [1, 1]);
    const best = builder.cast(builder.argMax(x, 3), "float32");
    const bestFeature = builder.cast(builder.argMax(sketch.flatten(x), 1), "float32");
    await expectExportRuns(sketch.finish(builder.reshape(best, ["N", 12]), bestFeature));
  });

  it("slices, pads and concatenates along any axis", async () => {
    for (const opset of [9, 10, 11, 17]) {
      const sketch = new Sketch();
      const { builder } = sketch;
      const x = sketch.conv(sketch.input([5, 4, 2]), 3, [1, 1]);
      const part = builder.slice(x, [1, 3], [1, 0], [4, 2]);
      const padded = builder.pad(
        part,
        [
          [0, 0],
          [1, 2],
          [0, 1],
          [1, 0],
        ],
        1.5,
      );
      const channels = builder.slice(padded, [1, 2], [0, 0], [5, 4]);
      const all = builder.concat([x, channels], 3);
      const tall = builder.concat([builder.tanh(all), all], 1);
      expect(countOperators(await expectExportRuns(sketch.finish(tall), { opset }))).toEqual({
        Conv: 1,
        Slice: 2,
        Pad: 1,
        Tanh: 1,
        Concat: 2,
      });
    }
  });

  it("a pad of zeros becomes the convolution's own", async () => {
    const sketch = new Sketch();
    const { builder } = sketch;
    const x = builder.pad(sketch.input([5, 4, 2]), [
      [0, 0],
      [1, 2],
      [0, 3],
      [0, 0],
    ]);
    const model = await expectExportRuns(
      sketch.finish(
        sketch.conv(x, 3, [2, 2], {
          pads: [
            [1, 0],
            [0, 0],
          ],
        }),
      ),
    );
    expect(operators(model)).toBe("Conv");
  });

  it("a pad of zeros becomes a pool's own where that changes nothing", async () => {
    const window = "stride=2";
    for (const [source, expected] of [
      [`relu; pad 1x1; pool max 3 ${window}`, "Relu MaxPool"],
      [`relu; pad 1x1; pool max 3 ${window} same`, "Relu MaxPool"],
      [`sigmoid; pool max 2; pad 1x1; pool max 2`, "Sigmoid MaxPool MaxPool"],
      [`pad 1x1; pool avg 3 ${window}`, "AveragePool"],
      [`pool sum 3 ${window} same`, "AveragePool Mul"],
      // Zeros are larger than negative numbers; ONNX Runtime must not be led to forget them.
      [`pad 1x1; pool max 3 ${window}`, "Pad MaxPool"],
      [`tanh; pad 2x2; pool max 2`, "Tanh Pad MaxPool"],
      [`relu; pad 2x2; pool max 2`, "Relu Pad MaxPool"],
      [`pad 1x1; pool avg 3 ${window} same`, "Pad AveragePool"],
    ] as const) {
      const model = compileModel(`input 6x7x2; ${source}`);
      expect(operators(await expectExportRuns(model)), source).toBe(expected);
      await expectExportRuns(model, { opset: 9 });
    }
  });

  it("a pad before a pool is still zeros where it is an output", async () => {
    await expectExportRuns(compileModel("input 6x7x2; a: pad 1x1; b: pool max 3; output a b"));
  });

  it.each([
    // ONNX Runtime makes pads a part of pools also through what stands between in the program, but not in the file.
    "pad 1x1; permute 2x1x3; pool max 2",
    "relu; pad 1x1; pad 1x1; pool avg 2",
    "relu; pad 1x1; pad 1x1; pool max 3",
  ])("%s", async (source) => {
    const model = compileModel(`input 6x6x2; ${source}`);
    await expectExportRuns(model);
    await expectExportRuns(model, { layout: "channels_last" });
  });

  it("a dense layer without bias, reshaped, an output, and normalised", async () => {
    // ONNX Runtime 1.30 ends the process here where the dense layer is a MatMul.
    const model = compileModel("input 6; dense 4 bias=no; a: reshape 1x4; b: bn; output a b");
    for (const opset of [9, 17]) {
      expect(operators(await expectExportRuns(model, { opset }))).toBe("Gemm Reshape BatchNormalization");
    }
  });

  it("two values that share memory, and are read in another layout each", async () => {
    const sketch = new Sketch();
    const { builder } = sketch;
    const x = sketch.conv(sketch.input([1, 1, 4]), 4, [1, 1]);
    const turned = builder.transpose(x, [0, 3, 2, 1]);
    const model = sketch.finish(
      sketch.dense(turned, 4),
      builder.tanh(x),
      sketch.flatten(turned),
      sketch.flatten(x),
    );
    await expectExportRuns(model);
    await expectExportRuns(model, { layout: "channels_last" });
  });

  it("renames axes without moving them", async () => {
    const sketch = new Sketch();
    const { builder } = sketch;
    const x = sketch.conv(sketch.input([3, 4, 2]), 5, [1, 1]);
    // [N, H, W, C] to [N, C, H, W], which is how it stands, as an image of H channels of W.
    const turned = builder.transpose(x, [0, 3, 1, 2]);
    const model = await expectExportRuns(sketch.finish(sketch.dense(sketch.flatten(turned), 2)));
    expect(operators(model)).toBe("Conv Flatten Gemm");
  });

  it("products of matrices that are no dense layers", async () => {
    const sketch = new Sketch();
    const { builder } = sketch;
    const x = sketch.input([4, 3]);
    const scores = builder.softmax(builder.matmul(x, x, { right: true }), 2);
    await expectExportRuns(sketch.finish(builder.matmul(scores, x), builder.matmul(x, x, { left: true })));
  });

  it("repeats a value along an axis", async () => {
    const sketch = new Sketch();
    const { builder } = sketch;
    const x = sketch.conv(sketch.input([1, 4, 2]), 3, [1, 1]);
    await expectExportRuns(sketch.finish(builder.broadcast(x, ["N", 3, 4, 3])));
  });
});
