// The networks that the bench trains: where this project's description of each is, and what the peers are compared by. Every
// peer describes the same network in its own words (peers/); a peer whose model has another number of parameters is refused.

/**
 * @typedef {object} Network
 * @property {string} file of this project, from its root
 * @property {string} [model] where the file holds several
 * @property {readonly string[]} [inputs] as `--input`
 * @property {readonly string[]} [parameters] as `--set`
 * @property {readonly number[]} shape of one example, channels last
 * @property {number} classes
 * @property {boolean} [perPixel] whether each pixel has a class
 * @property {readonly number[]} batches
 * @property {number} parameterCount running statistics included
 */

/** @type {Readonly<Record<string, Network>>} */
export const networks = {
  fashion: {
    file: "examples/fashion_mnist.cnn",
    shape: [28, 28, 1],
    classes: 10,
    batches: [32, 128, 512],
    parameterCount: 93_322,
  },
  lenet5: {
    file: "examples/lenet5.cnn",
    shape: [32, 32, 1],
    classes: 10,
    batches: [32, 128],
    parameterCount: 61_706,
  },
  vgg: {
    file: "bench/vgg.cnn",
    shape: [32, 32, 3],
    classes: 10,
    batches: [64],
    parameterCount: 550_570,
  },
  resnet20: {
    file: "examples/resnet20.cnn",
    shape: [32, 32, 3],
    classes: 10,
    batches: [128],
    parameterCount: 274_042,
  },
  mobilenet: {
    file: "stdlib/mobilenet.cnn",
    model: "mobilenet",
    parameters: ["alpha=0.25", "resolution=96", "classes=10"],
    shape: [96, 96, 3],
    classes: 10,
    batches: [32],
    parameterCount: 221_114,
  },
  unet: {
    file: "stdlib/unet.cnn",
    model: "unet_same",
    inputs: ["64x64x3"],
    parameters: ["width=8"],
    shape: [64, 64, 3],
    classes: 2,
    perPixel: true,
    batches: [16],
    parameterCount: 488_034,
  },
  fcn: {
    file: "stdlib/fcn_timeseries.cnn",
    shape: [500, 1],
    classes: 2,
    batches: [32],
    parameterCount: 25_858,
  },
};
