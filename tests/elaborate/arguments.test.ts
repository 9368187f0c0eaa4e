import { describe, expect, test } from "vitest";
import { elaborateText, findingsOf, fixed, layersOf } from "./elaborating.ts";

const image = "input 28x28x1\n";

/** The one layer that follows an image. */
function layerOf(statement: string): string {
  return layersOf(image + statement).at(-1)!;
}

describe("values find their place by their shape", () => {
  test.each([
    // numbers in order, windows anywhere
    ["conv 32 3x3", "conv2d = conv(%0) filters=32 kernel=3x3"],
    ["conv 3x3 32", "conv2d = conv(%0) filters=32 kernel=3x3"],
    ["conv relu 3x3 same 32", "conv2d = conv(%0) filters=32 kernel=3x3 pad=same activation=relu"],
    ["conv 32 3", "conv2d = conv(%0) filters=32 kernel=3"],
    ["pool 2 max", "max_pooling2d = pool(%0) mode=max size=2"],
    ["pool avg 3x2", "average_pooling2d = pool(%0) mode=avg size=3x2"],
    // anything by name
    ["conv filters=32 kernel=3x3", "conv2d = conv(%0) filters=32 kernel=3x3"],
    ["conv 3x3 filters=32 stride=2x1", "conv2d = conv(%0) filters=32 kernel=3x3 stride=2x1"],
    ["pool mode=avg 2", "average_pooling2d = pool(%0) mode=avg size=2"],
    ["dense 10 activation=softmax", "dense = dense(%0) units=10 activation=softmax"],
    // Keras' names
    [
      "conv 32 kernel_size=3x3 strides=2 padding=same use_bias=no",
      "conv2d = conv(%0) filters=32 kernel=3x3 stride=2 pad=same bias=no",
    ],
    ["conv 32 3x3 dilation_rate=2", "conv2d = conv(%0) filters=32 kernel=3x3 dilation=2"],
    ["pool max pool_size=2", "max_pooling2d = pool(%0) mode=max size=2"],
    ["dense 10 kernel_regularizer=1e-4", "dense = dense(%0) units=10 l2=0.0001"],
    // yes, no, and a flag alone
    ["conv 32 3x3 bias=no", "conv2d = conv(%0) filters=32 kernel=3x3 bias=no"],
    ["conv 32 3x3 bias=false", "conv2d = conv(%0) filters=32 kernel=3x3 bias=no"],
    ["conv 32 3x3 bias", "conv2d = conv(%0) filters=32 kernel=3x3 bias=yes"],
    ["bn scale=no center=true", "batch_normalization = bn(%0) scale=no center=yes"],
    // padding
    ["conv 8 3x3 valid", "conv2d = conv(%0) filters=8 kernel=3x3 pad=valid"],
    ["conv 8 3x3 pad=1", "conv2d = conv(%0) filters=8 kernel=3x3 pad=(1,1)"],
    ["conv 8 3x3 pad=1x2", "conv2d = conv(%0) filters=8 kernel=3x3 pad=(1,1)x(2,2)"],
    ["conv 8 3x3 pad=(0,1)x(0,1)", "conv2d = conv(%0) filters=8 kernel=3x3 pad=(0,1)x(0,1)"],
    ["conv 8 3x3 (0,1)x(0,1)", "conv2d = conv(%0) filters=8 kernel=3x3 pad=(0,1)x(0,1)"],
    ["pool max 3 pad=1", "max_pooling2d = pool(%0) mode=max size=3 pad=(1,1)"],
    // activations with a parameter
    ["conv 8 3x3 leaky_relu(0.1)", "conv2d = conv(%0) filters=8 kernel=3x3 activation=leaky_relu(0.1)"],
    ["dense 8 activation=elu(alpha=0.5)", "dense = dense(%0) units=8 activation=elu(0.5)"],
    ["leaky_relu 0.1", "leaky_re_lu = activation(%0) parameter=0.1"],
    ["leaky_relu slope=0.1", "leaky_re_lu = activation(%0) parameter=0.1"],
    // fractions
    ["rescale 1/255", "rescaling = rescale(%0) scale=0.00392156862745098"],
    ["rescale (-1/2) offset=-1", "rescaling = rescale(%0) scale=-0.5 offset=-1"],
    ["conv (2*8) (1+2)x3", "conv2d = conv(%0) filters=16 kernel=3x3"],
    ["conv 8 3x3 stride=1+1", "conv2d = conv(%0) filters=8 kernel=3x3 stride=2"],
  ])("%s", (statement, expected) => {
    expect(layerOf(statement)).toBe(expected);
  });

  test("in one dimension padding is a pair", () => {
    expect(layersOf("input 100x16\nconv 8 3 pad=(3,0)").at(-1)).toBe(
      "conv1d = conv(%0) filters=8 kernel=3 pad=(3,0)",
    );
    expect(layersOf("input 100x16\nconv 8 3 causal").at(-1)).toBe(
      "conv1d = conv(%0) filters=8 kernel=3 pad=causal",
    );
  });

  test("defaults are filled in, and where each argument stands is kept", () => {
    const { graph } = elaborateText(`${image}conv 32 3x3`);
    const conv = graph.layers[1]!;
    expect(conv.arguments).toMatchObject({ stride: [1], pad: "valid", groups: 1, bias: true, l2: 0 });
    expect(Object.keys(conv.argumentSpans).sort()).toEqual(["filters", "kernel"]);
    expect(conv.argumentSpans["kernel"]).toMatchObject({ start: image.length + 8, end: image.length + 11 });
    expect(conv.span).toMatchObject({ start: image.length, end: image.length + 11 });
  });

  test("a word layer keeps what its word says", () => {
    const { graph } = elaborateText(`${image}leaky_relu`);
    expect(graph.layers[1]!.arguments).toEqual({ name: "leaky_relu", parameter: 0.3 });
  });
});

describe("what does not find a place", () => {
  test.each([
    [
      "conv 32 3 2",
      "CNN123 2:11 [2] conv takes filters and kernel by position; 2 is one number too many — did you mean `stride=2`?",
    ],
    ["flatten 2", "CNN123 2:9 [2] flatten takes no number, but here is 2"],
    ["dense 10 3x3", "CNN123 2:10 [3x3] dense has no place for the window 3x3"],
    [
      'dense 10 "relu"',
      'CNN123 2:10 ["relu"] dense has no place for the text "relu" — words stand without quotes',
    ],
    ["dense 10 3 relu", "CNN123 2:10 [3] dense takes units by position; 3 is one number too many"],
    ["dropout 50", "CNN124 2:9 [50] dropout: rate must be between 0 and 1, but is 50 — did you mean 0.5?"],
    ["dropout (-1)", "CNN124 2:9 [(-1)] dropout: rate must be between 0 and 1, but is -1"],
    ["conv 0 3x3", "CNN124 2:6 [0] conv: filters must be at least 1, but is 0"],
    ["conv 8 0x3", "CNN124 2:8 [0x3] conv: kernel must be at least 1, but is 0"],
    [
      "conv 8.5 3x3",
      "CNN126 2:6 [8.5] conv: filters must be a whole number, but is 8.5 — round it: `round(…)`, `floor(…)` or `//`",
    ],
    [
      "conv 8 3x3 stride=(1/2)",
      "CNN126 2:19 [(1/2)] conv: stride must be a whole number, but is 0.5 — round it: `round(…)`, `floor(…)` or `//`",
    ],
    ["conv 8 3x3 kernel=5x5", "CNN121 2:8 [3x3] conv: kernel is given twice | 2:12 first given here"],
    [
      "conv 8 kernel=5x5 kernel_size=3x3",
      "CNN121 2:19 [kernel_size] conv: kernel is given twice | 2:8 first given here",
    ],
    ["conv 8 3x3 relu tanh", "CNN121 2:17 [tanh] conv: activation is given twice | 2:12 first given here"],
    ["conv 8 3x3 strid=2", "CNN120 2:12 [strid] conv has no argument `strid` — did you mean `stride`?"],
    ["flatten axis=1", "CNN120 2:9 [axis] flatten has no argument `axis` — it takes trainable"],
    [
      "conv 8 3x3 name=first",
      "CNN120 2:12 [name] conv has no argument `name` — a name stands before the statement: `my_name: conv …`",
    ],
    ["conv 8", "CNN122 2:1 [conv 8] conv needs kernel — such as `conv 32 3x3`"],
    ["conv", "CNN122 2:1 [conv] conv needs filters and kernel — such as `conv 32 3x3`"],
    ["pool 2", "CNN122 2:1 [pool 2] pool needs max, avg, min or sum — such as `pool max`"],
    ["conv 8 3x3 max", "CNN127 2:12 [max] conv does not take the word `max` — it takes"],
    ["conv 8 3x3 pad=max", "CNN127 2:16 [max] conv: pad takes valid, same or causal, but this is max"],
    [
      'conv 8 3x3 activation="relu"',
      'CNN125 2:23 ["relu"] conv: activation takes an activation such as relu, but this is the text "relu" — words stand without quotes',
    ],
    ["conv 8 3x3 bias=3", "CNN125 2:17 [3] conv: bias takes yes or no, but this is the number 3"],
    [
      "conv 8 3x3 pad=(1,2,3)",
      "CNN125 2:16 [(1,2,3)] conv: pad takes cells before and after, such as (0,1), but this is the tuple (1, 2, 3)",
    ],
    ["dense 10 softmax(2)", "CNN133 2:18 [2] `softmax` is written `softmax` alone"],
    [
      "dense 10 leaky_relu(slop=0.1)",
      "CNN120 2:21 [slop] `leaky_relu` has no parameter `slop` — did you mean `slope`?",
    ],
    [
      "dense 10 smax",
      "CNN111 2:10 [smax] there is no value `smax` — a name gets its value before it is used: `let smax = 8`",
    ],
  ])("%s", (statement, expected) => {
    const findings = findingsOf(image + statement);
    expect(findings).toHaveLength(1);
    expect(findings[0]!.slice(0, expected.length)).toBe(expected);
  });

  test("fixes can be applied by a machine", () => {
    const text = `${image}conv 8 3x3 strid=2 smae\ndropout 50\nconv 8 3x3 activation="relu"\n`;
    expect(fixed(text)).toBe(`${image}conv 8 3x3 stride=2 same\ndropout 0.5\nconv 8 3x3 activation=relu\n`);
  });

  test("a number too many gets a fix where it may be a window in two numbers, which a person is to look at", () => {
    expect(fixed(`${image}dense 128 64`)).toBe(`${image}dense 128; dense 64`);
    expect(fixed(`${image}conv 32 3 2`)).toBe(`${image}conv 32 3 2`);
    expect(fixed(`${image}conv 32 5 5`)).toBe(`${image}conv 32 5x5`);
    const [finding] = elaborateText(`${image}conv 32 5 5`).diagnostics;
    expect(finding).toMatchObject({
      help: "did you mean the window `5x5`, or `stride=5`?",
      fix: { isUnsafe: true },
    });
  });

  test("what was given wrongly is not also missing", () => {
    expect(findingsOf(`${image}conv 32 kernle=3x3`)).toHaveLength(1);
    expect(findingsOf(`${image}conv flters=32 3x3`)).toHaveLength(1);
  });
});

describe("words that other libraries use", () => {
  test.each([
    ["Conv2D 32 3x3", "conv 32 3x3"],
    ["MaxPooling2D 2", "pool max 2"],
    ["AveragePooling2D 2", "pool avg 2"],
    ["MaxPool2d 2", "pool max 2"],
    ["nn.MaxPool2d 2", "pool max 2"],
    ["nn.Linear 10", "dense 10"],
    ["Dense 10", "dense 10"],
    ["BatchNormalization", "bn"],
    ["nn.BatchNorm2d", "bn"],
    ["nn.ReLU", "relu"],
    ["LeakyReLU 0.1", "leaky_relu 0.1"],
    ["GlobalAveragePooling2D", "global_pool avg"],
    ["Dropout 0.5", "dropout 0.5"],
    ["covn 8 3x3", "conv 8 3x3"],
  ])("%s is written %s", (statement, expected) => {
    expect(findingsOf(image + statement)).toHaveLength(1);
    expect(findingsOf(image + statement)[0]).toMatch(/^CNN110 2:1 /);
    expect(fixed(image + statement)).toBe(image + expected);
  });

  test("a word that is near nothing gets no suggestion", () => {
    expect(findingsOf(`${image}hexagonal 3`)).toEqual([
      "CNN110 2:1 [hexagonal] there is no layer or block `hexagonal`",
    ]);
  });
});
