import { beforeAll, describe, expect, it } from "vitest";
import { loadPlainTensorFlow } from "../../src/engine/tfjs/load.ts";
import type { Tensor, TensorFlow } from "../../src/tfjs/tensorflow.ts";

let tf: TensorFlow;
beforeAll(async () => {
  tf = await loadPlainTensorFlow();
});

const numbersOf = (tensor: Tensor): number[] => [...tensor.dataSync()];

/** The gradient of a sum. */
function gradientOf(of: (x: Tensor) => Tensor, x: Tensor): number[] {
  return numbersOf(tf.grad((given) => tf.sum(of(given)))(x));
}

/** Saves a model and opens it again. */
async function reopen(model: ReturnType<TensorFlow["sequential"]>): Promise<unknown> {
  let artifacts: Parameters<TensorFlow["io"]["fromMemory"]>[0] | undefined;
  await model.save(
    tf.io.withSaveHandler((saved) => {
      artifacts = saved;
      return Promise.resolve({
        modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" as const },
      });
    }),
  );
  return tf.loadLayersModel(tf.io.fromMemory(artifacts as never));
}

// Each is a row of the table in docs/tensorflowjs.md. One that fails says that TensorFlow.js has changed: our layer may go.
describe("where TensorFlow.js differs, it still does", () => {
  const image = (height: number, width: number, channels: number): Tensor =>
    tf.reshape(tf.range(0, height * width * channels), [1, height, width, channels]);

  it("a dilated convolution has no gradient", () => {
    const kernel = tf.ones([2, 2, 1, 1]);
    const convolve = (x: Tensor): Tensor =>
      tf.conv2d(x as never, kernel as never, 1, "valid", "NHWC", [2, 2]);
    expect(() => gradientOf(convolve, image(4, 4, 1))).toThrow(/dilation/);
  });

  it("groups of a convolution are ignored", () => {
    const layer = tf.layers.conv2d({ filters: 2, kernelSize: 1, groups: 2, inputShape: [2, 2, 2] } as never);
    layer.build([null, 2, 2, 2]);
    expect(layer.getWeights()[0]!.shape).toEqual([1, 1, 2, 2]);
  });

  it("the dilation of a depthwise convolution is ignored", () => {
    const layer = tf.layers.depthwiseConv2d({ kernelSize: 2, dilationRate: 2 });
    expect((layer.apply(tf.ones([1, 5, 5, 1])) as Tensor).shape).toEqual([1, 4, 4, 1]);
  });

  it("causal padding is not there", () => {
    const layer = tf.layers.conv1d({ filters: 1, kernelSize: 2, padding: "causal" });
    expect(() => layer.apply(tf.ones([1, 4, 1]))).toThrow(/not implemented/);
  });

  it("average pooling with same has a wrong gradient", () => {
    const pool = (x: Tensor): Tensor => tf.avgPool(x as never, 3, 2, "same");
    // Of each window's gradient 1 the cells share all, so that the sum is the count of windows: 4.
    const sum = gradientOf(pool, tf.ones([1, 4, 4, 1])).reduce((total, value) => total + value, 0);
    expect(Math.abs(sum - 4)).toBeGreaterThan(0.1);
  });

  it("the gradient of a maximum is not summed over repeated axes", () => {
    const [a, b] = [tf.ones([2, 3]), tf.zeros([2, 1])];
    expect(() => tf.grads((x, y) => tf.sum(tf.maximum(x!, y!)))([a, b])).toThrow(/shape/);
  });

  it("the gradient of broadcastTo ends at rank 4", () => {
    expect(() => gradientOf((x) => tf.broadcastTo(x, [2, 2, 2, 2, 2]), tf.ones([2, 2, 2, 2, 1]))).toThrow(
      /rank-5/,
    );
  });

  it("several largest cells each get a maximum's whole gradient", () => {
    expect(gradientOf((x) => tf.max(x, 0), tf.tensor1d([1, 1, 0]))).toEqual([1, 1, 0]);
  });

  it("a comparison has no gradient", () => {
    const choose = (x: Tensor): Tensor => tf.where(tf.greater(x, 0), tf.square(x), x);
    expect(() => gradientOf(choose, tf.tensor1d([1, -1]))).toThrow(/Greater/);
  });

  it("an embedding behind a trained layer cannot be trained", () => {
    const model = tf.sequential();
    model.add(tf.layers.dense({ units: 2, inputShape: [3] }));
    model.add(tf.layers.embedding({ inputDim: 4, outputDim: 2 }));
    const weights = model.trainableWeights.map((weight) => weight.read());
    const loss = (): Tensor => tf.sum(model.apply(tf.ones([1, 3])) as Tensor);
    expect(() => tf.variableGrads(loss as never, weights as never)).toThrow();
  });

  it("batch norm without a scale cannot be trained", () => {
    const layer = tf.layers.batchNormalization({ scale: false });
    layer.build([null, 3]);
    expect(() => gradientOf((x) => layer.apply(x, { training: true }) as Tensor, tf.ones([2, 3]))).toThrow();
  });

  it("layer norm without a centre cannot be trained, and none takes volumes", () => {
    const layer = tf.layers.layerNormalization({ center: false });
    layer.build([null, 3]);
    expect(() => gradientOf((x) => layer.apply(x) as Tensor, tf.ones([2, 3]))).toThrow();
    expect(() => tf.layers.layerNormalization({}).apply(tf.ones([1, 2, 2, 2, 3]))).toThrow(/rank 5/);
  });

  it("bilinear upsampling puts the centres of cells at whole numbers", () => {
    const layer = tf.layers.upSampling2d({ size: [1, 2], interpolation: "bilinear" });
    const result = numbersOf(layer.apply(tf.tensor4d([0, 1], [1, 1, 2, 1])) as Tensor);
    expect(result).not.toEqual([0, 0.25, 0.75, 1]);
  });

  it("the gradient of nearest upsampling takes a second example's numbers from elsewhere", () => {
    const layer = tf.layers.upSampling2d({ size: [2, 1] });
    const factors = tf.reshape(tf.range(0, 16), [2, 4, 2, 1]);
    const enlarge = (x: Tensor): Tensor => tf.mul(layer.apply(x) as Tensor, factors);
    // Each cell's gradient is the sum of the factors of its two copies.
    const expected = numbersOf(tf.sum(tf.reshape(factors, [4, 2, 2]), 1));
    expect(gradientOf(enlarge, tf.ones([2, 2, 2, 1]))).not.toEqual(expected);
  });

  it("hard_sigmoid is x/5 + 1/2", () => {
    const layer = tf.layers.activation({ activation: "hardSigmoid" });
    expect(numbersOf(layer.apply(tf.tensor1d([1])) as Tensor)[0]).toBeCloseTo(0.7, 6);
  });

  it("a transposed convolution of volumes has no gradient", () => {
    const kernel = tf.ones([2, 2, 2, 1, 1]);
    const spread = (x: Tensor): Tensor =>
      tf.conv3dTranspose(x as never, kernel as never, [1, 3, 3, 3, 1], 1, "valid");
    expect(() => gradientOf(spread, tf.ones([1, 2, 2, 2, 1]))).toThrow(/gradient/);
  });

  it("a dense layer with an activation adds no bias to six axes", () => {
    const layer = tf.layers.dense({ units: 2, activation: "tanh" });
    expect(() => layer.apply(tf.ones([1, 2, 2, 2, 2, 3]))).toThrow(/rank/);
  });

  it("there is no subtraction of tensors", () => {
    expect(Object.keys(tf.layers)).toContain("add");
    expect(Object.keys(tf.layers)).not.toContain("subtract");
  });

  it("a file does not say the multiplier of a separable convolution", async () => {
    const model = tf.sequential();
    model.add(
      tf.layers.separableConv2d({
        filters: 2,
        kernelSize: 1,
        depthMultiplier: 2,
        inputShape: [2, 2, 1],
      } as never),
    );
    await expect(reopen(model)).rejects.toThrow(/[Ss]hape/);
  });
});
