/** What another framework, or a calculation by hand, says of a model of the library. */
export interface Reference {
  /** The file in stdlib/, without its ending, the model in it, and what is set: `variant=torchvision`. */
  readonly file: string;
  readonly model: string;
  readonly set: string;
  readonly source: string;
  /** All weights, running statistics among them; torchvision's tables leave these out. */
  readonly parameters?: number;
  /** A text is in millions, to so many decimals. */
  readonly trainable: number | string;
  /** Of convolutions and dense layers for one example; a text is in thousands of millions. */
  readonly multiplyAccumulates?: number | string;
  /** Of the tensors with these labels, and of the output where it is not 1000 classes. */
  readonly shapes: Readonly<Record<string, string>>;
  readonly output: string;
}

type Row = readonly [
  model: string,
  set: string,
  source: string,
  parameters: number | undefined,
  trainable: number | string,
  multiplyAccumulates: number | string | undefined,
  shapes?: Readonly<Record<string, string>>,
];

function rowsOf(file: string, rows: readonly Row[]): Reference[] {
  return rows.map(([model, set, source, parameters, trainable, multiplyAccumulates, shapes]) => {
    const { output = "1000", ...labels } = shapes ?? {};
    return { file, model, set, source, parameters, trainable, multiplyAccumulates, shapes: labels, output };
  });
}

function labelled(prefix: string, first: number, text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(text.split(" ").map((shape, index) => [`${prefix}${index + first}`, shape]));
}

/** Instantiated and counted. */
const keras = "Keras 3.15.1";
const torchvision = "torchvision 0.14.1";
/** torchvision's own table of its models (`num_params` and `_ops`). */
const table = "torchvision 0.15, table of weights";

const basic = labelled("conv", 2, "56x56x64 28x28x128 14x14x256 7x7x512");
const bottlenecks = labelled("conv", 2, "56x56x256 28x28x512 14x14x1024 7x7x2048");
const preactivation = labelled("conv", 2, "28x28x256 14x14x512 7x7x1024 7x7x2048");

/** What squeeze-and-excitation adds to ResNet-101: two dense layers of c/16 and c, with biases, in each block. */
const squeezes = [3, 4, 23, 3].reduce((sum, count, stage) => {
  const channels = 256 * 2 ** stage;
  return sum + count * ((2 * channels * channels) / 16 + channels / 16 + channels);
}, 0);
const squeezeBiases = [3, 4, 23, 3].reduce((sum, count, stage) => sum + count * 17 * 16 * 2 ** stage, 0);

// prettier-ignore
const resnet = rowsOf("resnet", [
  ["resnet18", "", torchvision, 11_699_112, 11_689_512, 1_814_073_344, basic],
  ["resnet34", "", torchvision, 21_814_696, 21_797_672, 3_663_761_408, basic],
  ["resnet50", "", keras, 25_636_712, 25_583_592, 3_857_973_248, bottlenecks],
  ["resnet101", "", keras, 44_707_176, 44_601_832, 7_570_194_432, bottlenecks],
  ["resnet152", "", keras, 60_419_944, 60_268_520, 11_282_415_616, bottlenecks],
  ["resnet50", "top=no", keras, 23_587_712, 23_534_592, 3_855_925_248, { output: "7x7x2048" }],
  ["resnet50", "variant=torchvision", torchvision, 25_610_152, 25_557_032, 4_089_184_256, bottlenecks],
  ["resnet101", "variant=torchvision", torchvision, 44_654_504, 44_549_160, 7_801_405_440, bottlenecks],
  ["resnet152", "variant=torchvision", torchvision, 60_344_232, 60_192_808, 11_513_626_624, bottlenecks],
  ["resnet50_v2", "", keras, 25_613_800, 25_568_360, 3_482_255_360, preactivation],
  ["resnet101_v2", "", keras, 44_675_560, 44_577_896, 7_194_476_544, preactivation],
  ["resnet152_v2", "", keras, 60_380_648, 60_236_904, 10_906_697_728, preactivation],
  ["resnet50_v2", "top=no", keras, 23_564_800, 23_519_360, 3_480_207_360, { output: "7x7x2048" }],
  ["wide_resnet50_2", "", torchvision, 68_951_464, 68_883_240, 11_398_021_120, bottlenecks],
  ["wide_resnet101_2", "", table, undefined, 126_886_696, "22.753", bottlenecks],
  ["resnext50_32x4d", "", torchvision, 25_097_128, 25_028_904, 4_230_479_872, bottlenecks],
  ["resnext101_32x8d", "", table, undefined, 88_791_336, "16.414", bottlenecks],
  ["resnext101_64x4d", "", table, undefined, 83_455_272, "15.46", bottlenecks],
  ["se_resnet50", "", "the paper's network in PyTorch", 28_141_144, 28_088_024, 4_091_699_200, bottlenecks],
  ["se_resnet101", "", `${torchvision}'s ResNet-101 and the squeezes, by hand`,
    44_654_504 + squeezes, 44_549_160 + squeezes, 7_801_405_440 + squeezes - squeezeBiases, bottlenecks],
]);

const cifar = { ...labelled("stage", 1, "32x32x16 16x16x32 8x8x64"), output: "10" };
const wideCifar = { ...labelled("stage", 1, "32x32x160 16x16x320 8x8x640"), output: "10" };

/** He et al.'s ResNets for CIFAR of so many blocks a stage, without weights in the shortcuts: trainable weights, running ones, MACs. */
function cifarResnet(count: number): readonly [number, number, number] {
  const stem = 9 * 3 * 16;
  const convolutions =
    stem + 9 * (16 * 16 * 2 * count + (16 + 32 * (2 * count - 1)) * 32 + (32 + 64 * (2 * count - 1)) * 64);
  const normalised = 16 + 2 * count * (16 + 32 + 64);
  const products =
    1024 * (stem + 9 * 16 * 16 * 2 * count) +
    256 * 9 * (16 + 32 * (2 * count - 1)) * 32 +
    64 * 9 * (32 + 64 * (2 * count - 1)) * 64;
  return [convolutions + 2 * normalised + 650, 2 * normalised, products + 640];
}
const byHand = "He et al. 2015, section 4.2, by hand";
function cifarRow(model: string, set: string, count: number): Row {
  const [trainable, running, products] = cifarResnet(count);
  return [model, set, byHand, trainable + running, trainable, products, cifar];
}

// prettier-ignore
const cifarResnets = rowsOf("cifar_resnet", [
  ["resnet20", "", "the paper's network in PyTorch", 271_098, 269_722, 40_551_040, cifar],
  ["resnet20", "option=keras", "Keras' example cifar10_resnet.py", 274_442, 273_066, 40_813_184, cifar],
  // option b: the shortcuts' 16·32 and 32·64, with scale and shift
  ["resnet20", "option=b", byHand, 271_098 + 512 + 2048 + 4 * 96, 269_722 + 512 + 2048 + 2 * 96, 40_813_184, cifar],
  cifarRow("resnet32", "", 5),
  cifarRow("resnet44", "", 7),
  cifarRow("resnet56", "", 9),
  ["resnet110", "", "the paper's network in PyTorch", 1_736_058, 1_727_962, 252_887_680, cifar],
  cifarRow("resnet1202", "", 200),
  cifarRow("cifar_resnet", "depth=14", 2),
  ["wrn28_10", "", "the paper's network in PyTorch", 36_497_146, 36_479_194, 5_243_328_768, wideCifar],
  ["wrn16_8", "", "Zagoruyko, Komodakis 2016, table 4", undefined, "11.0", undefined, { output: "10" }],
  ["wrn40_4", "", "Zagoruyko, Komodakis 2016, table 4", undefined, "8.9", undefined, { output: "10" }],
  ["wide_resnet", "depth=16 width=8", "Zagoruyko, Komodakis 2016", undefined, "11.0", undefined, { output: "10" }],
  ["wide_resnet", "depth=16 widening=8", "Zagoruyko, Komodakis 2016", undefined, "11.0", undefined, { output: "10" }],
  ["wrn28_10", "rate=0.3", "the paper's network in PyTorch", 36_497_146, 36_479_194, 5_243_328_768, wideCifar],
]);

const denseBlocks = (last: string) =>
  labelled("conv", 2, `56x56x256 28x28x512 14x14x${last.replace(" ", " 7x7x")}`);
const dense121 = denseBlocks("1024 1024");

/** DenseNet-264 by hand: trainable weights, running statistics, MACs; a layer has c channels before it and makes 32. */
function densenet264(): readonly [number, number, number] {
  let channels = 64;
  let convolutions = 7 * 7 * 3 * 64;
  let products = convolutions * 112 ** 2;
  let normalised = channels;
  for (const [stage, count] of [6, 12, 64, 48].entries()) {
    const cells = (56 / 2 ** stage) ** 2;
    for (let layer = 0; layer < count; layer++) {
      const weights = channels * 128 + 9 * 128 * 32;
      convolutions += weights;
      products += weights * cells;
      normalised += channels + 128;
      channels += 32;
    }
    normalised += channels;
    if (stage === 3) break;
    convolutions += (channels * channels) / 2;
    products += ((channels * channels) / 2) * cells;
    channels /= 2;
  }
  const classifier = channels * 1000;
  return [convolutions + 2 * normalised + classifier + 1000, 2 * normalised, products + classifier];
}
const [trainable264, running264, products264] = densenet264();

// prettier-ignore
const densenet = rowsOf("densenet", [
  ["densenet121", "", keras, 8_062_504, 7_978_856, 2_834_161_664, dense121],
  ["densenet121", "top=no", keras, 7_037_504, 6_953_856, 2_833_137_664, { output: "7x7x1024" }],
  ["densenet121", "variant=torchvision", torchvision, 8_062_504, 7_978_856, 2_834_161_664, dense121],
  ["densenet169", "", keras, 14_307_880, 14_149_480, 3_359_843_328, denseBlocks("1280 1664")],
  ["densenet201", "", keras, 20_242_984, 20_013_928, 4_291_365_888, denseBlocks("1792 1920")],
  ["densenet161", "", table, undefined, 28_681_000, "7.728"],
  ["densenet264", "", "Huang et al. 2016, table 1, by hand", trainable264 + running264, trainable264, products264],
  ["densenet_bc_250_24", "", "Huang et al. 2016, table 2", undefined, "15.3", undefined, { output: "10" }],
  ["densenet_bc_190_40", "", "Huang et al. 2016, table 2", undefined, "25.6", undefined, { output: "10" }],
  ["densenet_bc_100_12", "", "the paper's network in PyTorch", 793_150, 769_162, 287_929_692, { output: "10" }],
  ["cifar_densenet", "depth=100", "the paper's network in PyTorch", 793_150, 769_162, 287_929_692, { output: "10" }],
]);

const mobileShapes = {
  block_1: "112x112x64", block_3: "56x56x128", block_5: "28x28x256", block_11: "14x14x512", block_13: "7x7x1024",
}; // prettier-ignore
const mobile2Shapes = {
  block_0: "112x112x16", block_2: "56x56x24", block_5: "28x28x32", block_9: "14x14x64", block_12: "14x14x96",
  block_15: "7x7x160", block_16: "7x7x320",
}; // prettier-ignore
const largeShapes = {
  block_0: "112x112x16", block_2: "56x56x24", block_5: "28x28x40", block_9: "14x14x80", block_11: "14x14x112",
  block_14: "7x7x160",
}; // prettier-ignore
const smallShapes = {
  block_0: "56x56x16", block_2: "28x28x24", block_5: "14x14x40", block_7: "14x14x48", block_10: "7x7x96",
}; // prettier-ignore

// prettier-ignore
const mobilenet = rowsOf("mobilenet", [
  ["mobilenet", "", keras, 4_253_864, 4_231_976, 568_740_352, mobileShapes],
  ["mobilenet", "alpha=0.75", keras, 2_601_976, 2_585_560, 325_400_448],
  ["mobilenet", "alpha=0.5", keras, 1_342_536, 1_331_592, 149_497_088],
  ["mobilenet", "alpha=0.25", keras, 475_544, 470_072, 41_030_272],
  ["mobilenet", "alpha=0.5 resolution=160", keras, 1_342_536, 1_331_592, 76_524_800],
  ["mobilenet", "top=no", keras, 3_228_864, 3_206_976, 567_716_352, { output: "7x7x1024" }],
  ["mobilenet_v2", "", keras, 3_538_984, 3_504_872, 300_774_272, mobile2Shapes],
  ["mobilenet_v2", "alpha=0.35", keras, 1_691_208, 1_677_128, 59_285_808],
  ["mobilenet_v2", "alpha=0.5", keras, 1_987_224, 1_968_680, 97_131_840],
  ["mobilenet_v2", "alpha=0.75", keras, 2_663_064, 2_636_424, 209_069_792],
  ["mobilenet_v2", "alpha=1.3", keras, 5_431_048, 5_386_792, 509_374_560],
  ["mobilenet_v2", "alpha=1.4", keras, 6_156_712, 6_108_776, 582_195_824],
  ["mobilenet_v2", "alpha=0.35 resolution=96", keras, 1_691_208, 1_677_128, 11_934_128],
  ["mobilenet_v2", "top=no", keras, 2_257_984, 2_223_872, 299_494_272, { output: "7x7x1280" }],
  ["mobilenet_v2", "variant=torchvision", torchvision, 3_538_984, 3_504_872, 300_774_272, mobile2Shapes],
  ["mobilenet_v3_large", "", keras, 5_507_432, 5_483_032, 216_589_760, largeShapes],
  ["mobilenet_v3_large", "alpha=0.75", keras, 4_012_616, 3_993_528, 154_560_624],
  ["mobilenet_v3_large", "alpha=1.25", keras, 8_286_760, 8_255_784, 349_904_800],
  ["mobilenet_v3_large", "variant=minimalistic", keras, 3_948_688, 3_924_288, 209_136_704, largeShapes],
  ["mobilenet_v3_large", "top=no", keras, 2_996_352, 2_971_952, 214_080_960, { output: "7x7x960" }],
  ["mobilenet_v3_large", "variant=torchvision", torchvision, 5_507_432, 5_483_032, 216_589_760, largeShapes],
  ["mobilenet_v3_small", "", keras, 2_554_968, 2_542_856, 56_510_400, smallShapes],
  ["mobilenet_v3_small", "alpha=0.75", keras, 2_051_552, 2_041_872, 43_399_344],
  ["mobilenet_v3_small", "alpha=1.25", keras, 3_660_640, 3_645_312, 87_703_648],
  ["mobilenet_v3_small", "variant=minimalistic", keras, 2_056_848, 2_044_736, 52_288_448, smallShapes],
  ["mobilenet_v3_small", "top=no", keras, 939_120, 927_008, 54_896_576, { output: "7x7x576" }],
  ["mobilenet_v3_small", "variant=torchvision", torchvision, 2_554_968, 2_542_856, 56_510_400, smallShapes],
]);

// prettier-ignore
const shufflenet = rowsOf("shufflenet", [
  ["shufflenet_v2_x0_5", "", table, undefined, 1_366_792, "0.04"],
  ["shufflenet_v2_x1_0", "", torchvision, 2_294_784, 2_278_604, 144_907_992,
    labelled("stage", 2, "28x28x116 14x14x232 7x7x464")],
  ["shufflenet_v2_x1_5", "", table, undefined, 3_503_624, "0.296"],
  ["shufflenet_v2_x2_0", "", table, undefined, 7_393_996, "0.583"],
  ["shufflenet_v2", "width=0.5", table, undefined, 1_366_792, "0.04"],
  ["shufflenet_v2", "", torchvision, 2_294_784, 2_278_604, 144_907_992],
  ["shufflenet_v2", "width=1.5", table, undefined, 3_503_624, "0.296"],
  ["shufflenet_v2", "width=2", table, undefined, 7_393_996, "0.583"],
]);

const mnas = labelled("stage", 1, "56x56x24 28x28x40 14x14x80 14x14x96 7x7x192 7x7x320");

// prettier-ignore
const mnasnet = rowsOf("mnasnet", [
  ["mnasnet0_5", "", table, undefined, 2_218_512, "0.104"],
  ["mnasnet0_75", "", table, undefined, 3_170_208, "0.215"],
  ["mnasnet1_0", "", torchvision, 4_421_232, 4_383_312, 314_415_872, mnas],
  ["mnasnet", "", torchvision, 4_421_232, 4_383_312, 314_415_872, mnas],
  ["mnasnet1_3", "", table, undefined, 6_282_256, "0.526"],
]);

const b0 = labelled("block", 1, "112x112x16 56x56x24 28x28x40 14x14x80 14x14x112 7x7x192 7x7x320");
const b1 = labelled("block", 1, "120x120x16 60x60x24 30x30x40 15x15x80 15x15x112 8x8x192 8x8x320");
const b4 = labelled("block", 1, "190x190x24 95x95x32 48x48x56 24x24x112 24x24x160 12x12x272 12x12x448");
const b7 = labelled("block", 1, "300x300x32 150x150x48 75x75x80 38x38x160 38x38x224 19x19x384 19x19x640");
const v2s = labelled("block", 1, "192x192x24 96x96x48 48x48x64 24x24x128 24x24x160 12x12x256");

// prettier-ignore
const efficientnet = rowsOf("efficientnet", [
  ["efficientnet", "", keras, 5_330_571, 5_288_548, 385_814_752, b0],
  ["efficientnet_b0", "", keras, 5_330_571, 5_288_548, 385_814_752, b0],
  ["efficientnet_b1", "", keras, 7_856_239, 7_794_184, 686_802_832, b1],
  ["efficientnet_b2", "", keras, 9_177_569, 9_109_994, 993_561_872],
  ["efficientnet_b3", "", keras, 12_320_535, 12_233_232, 1_827_141_392],
  ["efficientnet_b4", "", keras, 19_466_823, 19_341_616, 4_393_771_024, b4],
  ["efficientnet_b5", "", keras, 30_562_527, 30_389_784, 10_266_384_752],
  ["efficientnet_b6", "", keras, 43_265_143, 43_040_704, 19_067_593_536],
  ["efficientnet_b7", "", keras, 66_658_687, 66_347_960, 37_745_884_192, b7],
  ["efficientnet_b0", "top=no", keras, 4_049_571, 4_007_548, 384_534_752, { output: "7x7x1280" }],
  ["efficientnet_b0", "variant=torchvision", torchvision, 5_330_564, 5_288_548, 385_814_752, b0],
  ["efficientnet_b1", "variant=torchvision", torchvision, 7_856_232, 7_794_184, 686_802_832, b1],
  ["efficientnet_b4", "variant=torchvision", torchvision, 19_466_816, 19_341_616, 4_393_771_024, b4],
  ["efficientnet_b7", "variant=torchvision", torchvision, 66_658_680, 66_347_960, 37_745_884_192, b7],
  ["efficientnet_v2_s", "", keras, 21_612_360, 21_458_488, 8_365_617_152, v2s],
  ["efficientnet_v2_m", "", keras, 54_431_388, 54_139_356, 24_582_460_384],
  ["efficientnet_v2_l", "", keras, 119_027_848, 118_515_272, 56_079_699_008],
  ["efficientnet_v2_s", "variant=torchvision", torchvision, 21_612_360, 21_458_488, 8_365_617_152, v2s],
]);

// prettier-ignore
const regnet = rowsOf("regnet", [
  ["regnet_x_400mf", "", table, undefined, 5_495_976, "0.4"],
  ["regnet_x_800mf", "", table, undefined, 7_259_656, "0.8"],
  ["regnet_x_1_6gf", "", table, undefined, 9_190_136, "1.6"],
  ["regnet_x_3_2gf", "", table, undefined, 15_296_552, "3.2"],
  ["regnet_x_8gf", "", table, undefined, 39_572_648, "8.0"],
  ["regnet_x_16gf", "", table, undefined, 54_278_536, "15.9"],
  ["regnet_x_32gf", "", table, undefined, 107_811_560, "31.7"],
  ["regnet_y_400mf", "", torchvision, 4_371_296, 4_344_144, 401_842_848,
    labelled("stage", 1, "56x56x48 28x28x104 14x14x208 7x7x440")],
  ["regnet_y_800mf", "", table, undefined, 6_432_512, "0.8"],
  ["regnet_y_1_6gf", "", table, undefined, 11_202_430, "1.6"],
  ["regnet_y_3_2gf", "", table, undefined, 19_436_338, "3.2"],
  ["regnet_y_8gf", "", table, undefined, 39_381_472, "8.5"],
  ["regnet_y_16gf", "", table, undefined, 83_590_140, "15.9"],
  ["regnet_y_32gf", "", table, undefined, 145_046_770, "32.3"],
  ["regnet_y_128gf", "", table, undefined, 644_812_894, "127.5"],
]);

const next = (width: number) =>
  labelled("stage", 0, `56x56x${width} 28x28x${2 * width} 14x14x${4 * width} 7x7x${8 * width}`);
// prettier-ignore
const convnext = rowsOf("convnext", [
  ["convnext_tiny", "", keras, 28_589_128, 28_589_128, 4_455_531_264, next(96)],
  ["convnext_tiny", "top=no", keras, 27_820_128, 27_820_128, 4_454_763_264, { output: "7x7x768" }],
  ["convnext_small", "", keras, 50_223_688, 50_223_688, 8_683_712_256, next(96)],
  ["convnext_base", "", keras, 88_591_464, 88_591_464, 15_354_729_472, next(128)],
  ["convnext_large", "", keras, 197_767_336, 197_767_336, 34_361_433_600, next(192)],
  ["convnext_xlarge", "", keras, 350_196_968, 350_196_968, 60_921_030_656, next(256)],
]);

/**
 * A vision transformer by hand: weights, and the MACs of its dense layers, which are not those of queries with keys. A layer
 * has 12·width² weights, 9·width biases and two norms.
 */
function transformer(size: number, patch: number, width: number, depth: number, classes: number) {
  const patches = (size / patch) ** 2;
  const embedding = 3 * patch ** 2 * width;
  const tokens = (patches + 1) * width;
  const layer = 12 * width ** 2 + 13 * width;
  return {
    weights: embedding + width + width + tokens + depth * layer + 2 * width + (width + 1) * classes,
    products: patches * embedding + depth * (patches + 1) * 12 * width ** 2 + classes * width,
  };
}
const transformerProducts = (patch: number, width: number, depth: number): number =>
  transformer(224, patch, width, depth, 1000).products;
const deitTiny = transformer(224, 16, 192, 12, 1000);
const smallest = transformer(32, 4, 96, 6, 10);

// prettier-ignore
const vit = rowsOf("vit", [
  ["vit_b_16", "", table, 86_567_656, 86_567_656, transformerProducts(16, 768, 12)],
  ["vit_b_32", "", table, 88_224_232, 88_224_232, transformerProducts(32, 768, 12)],
  ["vit_l_16", "", table, 304_326_632, 304_326_632, transformerProducts(16, 1024, 24)],
  ["vit_l_32", "", table, 306_535_400, 306_535_400, transformerProducts(32, 1024, 24)],
  ["deit_tiny", "", "Touvron et al. 2020, by hand", deitTiny.weights, deitTiny.weights, deitTiny.products],
  ["vit", "", "by hand", smallest.weights, smallest.weights, smallest.products, { output: "10" }],
  ["deit_small", "", "Touvron et al.'s program", 22_050_664, 22_050_664, transformerProducts(16, 384, 12)],
]);

export const references: readonly Reference[] = [
  ...resnet,
  ...cifarResnets,
  ...densenet,
  ...mobilenet,
  ...shufflenet,
  ...mnasnet,
  ...efficientnet,
  ...regnet,
  ...convnext,
  ...vit,
];
