/** What another framework, or the paper, says of a model of the library. */
export interface Reference {
  /** The file in stdlib/ without its ending, and the model in it. */
  readonly file: string;
  readonly model: string;
  /** Parameters of the model that are set: `variant=torchvision`. */
  readonly set?: readonly string[];
  readonly source: string;
  /** All weights, running statistics among them. */
  readonly total: number;
  readonly trainable: number;
  /** Of convolutions and dense layers, for one example. */
  readonly multiplyAccumulates: number;
  /** Tensors on the way, in order. */
  readonly shapes?: string;
}

/** GoogLeNet's two further classifiers: 16 cells of 512 and of 528 channels to 128, then 2,048 to 1,024 to 1,000. */
const googlenetAuxiliary = 16 * (512 + 528) * 128 + 2 * (2_048 * 1_024 + 1_024 * 1_000);

const googlenetShapes =
  "112x112x64 56x56x64 56x56x192 28x28x192 28x28x256 28x28x480 14x14x480 14x14x512 14x14x528 14x14x832 7x7x832 " +
  "7x7x1024 1x1x1024 1000";

const vggShapes =
  "224x224x64 112x112x64 112x112x128 56x56x128 56x56x256 28x28x256 28x28x512 14x14x512 7x7x512 4096 1000";

/** Batch norm learns two numbers a channel and keeps two. */
const learned = (...channels: readonly number[]) => 2 * channels.reduce((sum, each) => sum + each);

// prettier-ignore
export const references: readonly Reference[] = [
  { file: "alexnet", model: "alexnet", set: ["variant=torchvision"], source: "torchvision 0.14.1",
    total: 61_100_840, trainable: 61_100_840, multiplyAccumulates: 714_188_480,
    shapes: "55x55x64 27x27x64 27x27x192 13x13x192 13x13x384 13x13x256 6x6x256 9216 4096 1000" },
  { file: "alexnet", model: "alexnet", source: "Caffe's bvlc_alexnet",
    total: 60_965_224, trainable: 60_965_224, multiplyAccumulates: 724_406_816,
    shapes: "55x55x96 27x27x96 27x27x256 13x13x256 13x13x384 13x13x256 6x6x256 9216 4096 1000" },
  { file: "zfnet", model: "zfnet", source: "the paper, built in PyTorch",
    total: 62_357_608, trainable: 62_357_608, multiplyAccumulates: 1_168_032_896,
    shapes: "110x110x96 55x55x96 26x26x256 13x13x256 13x13x384 13x13x256 6x6x256 9216 4096 1000" },
  { file: "nin", model: "nin", source: "the authors' network, built in PyTorch",
    total: 966_986, trainable: 966_986, multiplyAccumulates: 222_486_528,
    shapes: "32x32x192 32x32x160 32x32x96 16x16x96 16x16x192 8x8x192 8x8x10 1x1x10 10" },
  { file: "lenet", model: "lenet5", source: "built in PyTorch",
    total: 61_706, trainable: 61_706, multiplyAccumulates: 416_520,
    shapes: "28x28x6 14x14x6 10x10x16 5x5x16 1x1x120 120 84 10" },
  { file: "lenet", model: "lenet5_28", source: "built in PyTorch",
    total: 44_426, trainable: 44_426, multiplyAccumulates: 281_640,
    shapes: "24x24x6 12x12x6 8x8x16 4x4x16 256 120 84 10" },
  { file: "lenet", model: "lenet5_1998", set: ["top=no"], source: "the paper's numbers of trainable parameters, layer by layer",
    total: 60_000, trainable: 60_000, multiplyAccumulates: 327_256,
    shapes: "28x28x6 14x14x6 10x10x16 5x5x16 1x1x120 84" },
  { file: "lenet", model: "lenet5_1998", source: "the same with the paper's 84 fixed numbers a digit",
    total: 60_840, trainable: 60_000, multiplyAccumulates: 328_096,
    shapes: "28x28x6 14x14x6 10x10x16 5x5x16 1x1x120 84 10" },
  { file: "vgg", model: "vgg11", set: ["variant=torchvision"], source: "torchvision 0.14.1",
    total: 132_863_336, trainable: 132_863_336, multiplyAccumulates: 7_609_090_048, shapes: vggShapes },
  { file: "vgg", model: "vgg13", set: ["variant=torchvision"], source: "torchvision 0.14.1",
    total: 133_047_848, trainable: 133_047_848, multiplyAccumulates: 11_308_466_176, shapes: vggShapes },
  { file: "vgg", model: "vgg16", set: ["variant=torchvision"], source: "torchvision 0.14.1",
    total: 138_357_544, trainable: 138_357_544, multiplyAccumulates: 15_470_264_320, shapes: vggShapes },
  { file: "vgg", model: "vgg19", set: ["variant=torchvision"], source: "torchvision 0.14.1",
    total: 143_667_240, trainable: 143_667_240, multiplyAccumulates: 19_632_062_464, shapes: vggShapes },
  { file: "vgg", model: "vgg16_bn", source: "torchvision 0.14.1",
    total: 138_374_440, trainable: 138_365_992, multiplyAccumulates: 15_470_264_320, shapes: vggShapes },
  { file: "vgg", model: "vgg16", source: "Keras 3.15.1",
    total: 138_357_544, trainable: 138_357_544, multiplyAccumulates: 15_470_264_320,
    shapes: "112x112x64 56x56x128 28x28x256 14x14x512 7x7x512 25088 4096 1000" },
  { file: "vgg", model: "vgg16", set: ["top=no"], source: "Keras 3.15.1",
    total: 14_714_688, trainable: 14_714_688, multiplyAccumulates: 15_346_630_656,
    shapes: "112x112x64 56x56x128 28x28x256 14x14x512 7x7x512" },
  { file: "vgg", model: "vgg19", source: "Keras 3.15.1",
    total: 143_667_240, trainable: 143_667_240, multiplyAccumulates: 19_632_062_464,
    shapes: "112x112x64 56x56x128 28x28x256 14x14x512 7x7x512 25088 4096 1000" },
  { file: "googlenet", model: "googlenet", source: "Caffe's bvlc_googlenet",
    total: 6_998_552, trainable: 6_998_552, multiplyAccumulates: 1_582_671_872, shapes: googlenetShapes },
  { file: "googlenet", model: "googlenet", set: ["variant=torchvision"], source: "torchvision 0.14.1",
    total: 6_639_464, trainable: 6_624_904, multiplyAccumulates: 1_498_376_192, shapes: googlenetShapes },
  { file: "googlenet", model: "googlenet", set: ["variant=torchvision", "aux=yes"], source: "torchvision 0.14.1",
    total: 13_019_960, trainable: 13_004_888, multiplyAccumulates: 1_498_376_192 + googlenetAuxiliary, shapes: googlenetShapes },
  { file: "inception", model: "inception_v3", source: "Keras 3.15.1",
    total: 23_851_784, trainable: 23_817_352, multiplyAccumulates: 5_713_216_096,
    shapes: "73x73x64 35x35x192 35x35x256 35x35x288 17x17x288 17x17x768 8x8x768 8x8x1280 8x8x2048 2048 1000" },
  { file: "inception", model: "inception_v3", set: ["variant=torchvision"], source: "torchvision 0.14.1",
    total: 23_869_000, trainable: 23_834_568, multiplyAccumulates: 5_713_216_096,
    shapes:
      "149x149x32 147x147x32 147x147x64 73x73x64 73x73x80 71x71x192 35x35x192 35x35x256 35x35x288 " +
      "17x17x768 8x8x1280 8x8x2048 1x1x2048 1000" },
  { file: "inception", model: "inception_resnet_v2", source: "Keras 3.15.1",
    total: 55_873_736, trainable: 55_813_192, multiplyAccumulates: 13_155_794_016,
    shapes: "73x73x64 35x35x192 35x35x320 17x17x320 17x17x1088 8x8x1088 8x8x2080 8x8x1536 1536 1000" },
  { file: "xception", model: "xception", source: "Keras 3.15.1",
    total: 22_910_480, trainable: 22_855_952, multiplyAccumulates: 8_357_403_496,
    shapes: "149x149x32 147x147x64 74x74x128 37x37x256 19x19x728 10x10x1024 10x10x1536 10x10x2048 2048 1000" },
  { file: "squeezenet", model: "squeezenet1_0", source: "torchvision 0.14.1",
    total: 1_248_424, trainable: 1_248_424, multiplyAccumulates: 818_924_576,
    shapes: "109x109x96 54x54x96 54x54x128 54x54x256 27x27x256 27x27x384 27x27x512 13x13x512 13x13x1000 1x1x1000" },
  { file: "squeezenet", model: "squeezenet1_1", source: "torchvision 0.14.1",
    total: 1_235_496, trainable: 1_235_496, multiplyAccumulates: 349_151_936,
    shapes: "111x111x64 55x55x64 55x55x128 27x27x128 27x27x256 13x13x256 13x13x384 13x13x512 13x13x1000 1x1x1000" },
  { file: "unet", model: "unet", source: "the paper, built in PyTorch",
    total: 31_030_658, trainable: 31_030_658, multiplyAccumulates: 150_428_424_448,
    shapes:
      "570x570x64 568x568x64 282x282x128 280x280x128 138x138x256 136x136x256 66x66x512 64x64x512 " +
      "32x32x512 30x30x1024 28x28x1024 56x56x512 54x54x512 52x52x512 104x104x256 102x102x256 " +
      "100x100x256 200x200x128 198x198x128 196x196x128 392x392x64 390x390x64 388x388x64 388x388x2" },
  { file: "unet", model: "unet_xception", source: "Keras' example oxford_pets_image_segmentation",
    total: 2_058_979, trainable: 2_055_203, multiplyAccumulates: 997_427_200,
    shapes:
      "80x80x32 40x40x64 20x20x128 10x10x256 20x20x256 20x20x128 40x40x256 40x40x128 40x40x64 80x80x128 " +
      "80x80x64 80x80x32 160x160x64 160x160x32 160x160x3" },
  { file: "fcn_timeseries", model: "fcn_timeseries", source: "Keras' example timeseries_classification_from_scratch",
    total: 25_858, trainable: 25_474, multiplyAccumulates: 12_384_128,
    shapes: "500x64 64 2" },
  { file: "m5", model: "m5_speech_commands", source: "PyTorch's tutorial on speech commands",
    total: 27_299, trainable: 26_915, multiplyAccumulates: 1_880_256,
    shapes: "496x32 124x32 122x32 30x32 28x64 7x64 5x64 1x64 64 35" },
  { file: "text_cnn", model: "text_cnn_keras", source: "Keras' example text_classification_from_scratch",
    total: 2_806_273, trainable: 2_806_273, multiplyAccumulates: 25_018_496,
    shapes: "500x128 165x128 53x128 128 1" },
  { file: "autoencoder", model: "conv_autoencoder", source: "Keras' example autoencoder",
    total: 28_353, trainable: 28_353, multiplyAccumulates: 4_515_840,
    shapes: "28x28x32 14x14x32 7x7x32 14x14x32 28x28x32 28x28x1" },
  { file: "darknet", model: "tiny_darknet", source: "darknet's tiny.cfg",
    total: 1_046_488, trainable: 1_042_104, multiplyAccumulates: 491_524_096,
    shapes: "14x14x256 14x14x1000 1x1x1000" },
  { file: "darknet", model: "yolo_v3_tiny", source: "darknet's yolov3-tiny.cfg",
    total: 8_858_734, trainable: 8_852_366, multiplyAccumulates: 2_782_480_896,
    shapes: "13x13x256 26x26x128 26x26x384 26x26x255" },
  { file: "tutorials", model: "mnist_convnet", source: "Keras' example mnist_convnet",
    total: 34_826, trainable: 34_826, multiplyAccumulates: 2_440_960,
    shapes: "26x26x32 13x13x32 11x11x64 5x5x64 1600 10" },
  { file: "tutorials", model: "cifar10_convnet", source: "TensorFlow's tutorial on convolutional networks",
    total: 122_570, trainable: 122_570, multiplyAccumulates: 4_548_608,
    shapes: "30x30x32 15x15x32 13x13x64 6x6x64 4x4x64 1024 64 10" },
  { file: "tutorials", model: "fashion_convnet", source: "Chollet, Deep learning with Python, 2017",
    total: 93_322, trainable: 93_322, multiplyAccumulates: 2_794_240,
    shapes: "26x26x32 13x13x32 11x11x64 5x5x64 3x3x64 576 64 10" },

  // Totals that torchvision's table of weights states; multiply-accumulates as without batch norm
  { file: "vgg", model: "vgg11_bn", source: "torchvision 0.14.1",
    total: 132_868_840 + learned(64, 128, 512, 2048), trainable: 132_868_840, multiplyAccumulates: 7_609_090_048 },
  { file: "vgg", model: "vgg13_bn", source: "torchvision 0.14.1",
    total: 133_053_736 + learned(128, 256, 512, 2048), trainable: 133_053_736, multiplyAccumulates: 11_308_466_176 },
  { file: "vgg", model: "vgg19_bn", source: "torchvision 0.14.1",
    total: 143_678_248 + learned(128, 256, 1024, 4096), trainable: 143_678_248, multiplyAccumulates: 19_632_062_464 },
  // The classifier in the middle: 5*5 cells of 768 channels to 128, one of 5*5*128 to 768, 768 to 1,000
  { file: "inception", model: "inception_v3", set: ["variant=torchvision", "aux=yes"], source: "torchvision 0.14.1",
    total: 27_161_264 + 34_432 + learned(128, 768), trainable: 27_161_264,
    multiplyAccumulates: 5_713_216_096 + 25 * 768 * 128 + 25 * 128 * 768 + 768 * 1000 },
  // The network as it is trained: 6,998,552 and the further classifiers' 3,188,840 and 3,190,888
  { file: "googlenet", model: "googlenet", set: ["aux=yes"], source: "Caffe's bvlc_googlenet",
    total: 13_378_280, trainable: 13_378_280, multiplyAccumulates: 1_582_671_872 + googlenetAuxiliary },
  // Known from many copies of the padded U-Net in PyTorch; multiply-accumulates by hand
  ...([[[], 31_037_698, 48_171_581_440], [["classes=1"], 31_037_633, 48_167_387_136]] as const).map(
    ([set, trainable, multiplyAccumulates]) => ({ file: "unet", model: "unet_same", set, source: "the padded U-Net in PyTorch",
      total: trainable + 4 * learned(64, 128, 256, 512) + 2 * learned(1024), trainable, multiplyAccumulates })),
  { file: "unet", model: "unet_same", set: ["classes=1", "width=32"], source: "the padded U-Net in PyTorch",
    total: 7_763_041 + 4 * learned(32, 64, 128, 256) + 2 * learned(512), trainable: 7_763_041,
    multiplyAccumulates: 12_071_206_912 },

  // By hand: windows * channels * filters (+ filters), norm, the classifier
  { file: "fcn_timeseries", model: "fcn_timeseries", set: ["variant=paper"], source: "the paper",
    total: 8 * 128 + 5 * 128 * 256 + 3 * 256 * 128 + 512 + 2 * learned(512) + 258,
    trainable: 8 * 128 + 5 * 128 * 256 + 3 * 256 * 128 + 512 + learned(512) + 258,
    multiplyAccumulates: 500 * (8 * 128 + 5 * 128 * 256 + 3 * 256 * 128) + 256 },
  { file: "m5", model: "m3", source: "the paper (0.2M)",
    total: 80 * 256 + 3 * 256 * 256 + 2 * learned(512) + 2_570, trainable: 80 * 256 + 3 * 256 * 256 + learned(512) + 2_570,
    multiplyAccumulates: 8000 * 80 * 256 + 2000 * 3 * 256 * 256 + 2_560 },
  { file: "m5", model: "m5", source: "the paper (0.5M)",
    total: 80 * 128 + 3 * (128 * 128 + 128 * 256 + 256 * 512) + 2 * learned(1024) + 5_130,
    trainable: 80 * 128 + 3 * (128 * 128 + 128 * 256 + 256 * 512) + learned(1024) + 5_130,
    multiplyAccumulates: 8000 * 80 * 128 + 3 * (2000 * 128 * 128 + 500 * 128 * 256 + 125 * 256 * 512) + 5_120 },
  { file: "m5", model: "m11", source: "the paper (1.8M)",
    total: 80 * 64 + 3 * m11Products(1, 1, 1, 1) + 2 * learned(64, 128, 256, 768, 1024) + 5_130,
    trainable: 80 * 64 + 3 * m11Products(1, 1, 1, 1) + learned(64, 128, 256, 768, 1024) + 5_130,
    multiplyAccumulates: 8000 * 80 * 64 + 3 * m11Products(2000, 500, 125, 31) + 5_120 },
  { file: "m5", model: "m18", source: "the paper (3.7M)",
    total: 80 * 64 + 3 * m18Products(1, 1, 1, 1) + 2 * learned(64, 256, 512, 1024, 2048) + 5_130,
    trainable: 80 * 64 + 3 * m18Products(1, 1, 1, 1) + learned(64, 256, 512, 1024, 2048) + 5_130,
    multiplyAccumulates: 8000 * 80 * 64 + 3 * m18Products(2000, 500, 125, 31) + 5_120 },
  { file: "text_cnn", model: "text_cnn", source: "the paper",
    total: 20_000 * 300 + 300 * 100 * (3 + 4 + 5) + 300 + 602, trainable: 20_000 * 300 + 300 * 100 * 12 + 300 + 602,
    multiplyAccumulates: 300 * 100 * (54 * 3 + 53 * 4 + 52 * 5) + 600 },
];

/** Channels in times channels out of M11's windows of 3, each stage's times a factor. */
function m11Products(first: number, second: number, third: number, fourth: number): number {
  return (
    first * 2 * 64 * 64 +
    second * (64 * 128 + 128 * 128) +
    third * (128 * 256 + 2 * 256 * 256) +
    fourth * (256 * 512 + 512 * 512)
  );
}

function m18Products(first: number, second: number, third: number, fourth: number): number {
  return (
    first * 4 * 64 * 64 +
    second * (64 * 128 + 3 * 128 * 128) +
    third * (128 * 256 + 3 * 256 * 256) +
    fourth * (256 * 512 + 3 * 512 * 512)
  );
}
