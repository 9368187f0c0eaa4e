import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { readImport } from "../../src/files/imports.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { resolveSettings } from "../../src/train/settings/resolve.ts";
import { saidShapes } from "../docs/said-shapes.ts";

const folder = fileURLToPath(new URL("../../examples", import.meta.url));

interface Expected {
  readonly parameters: number;
  /** Where some are not: running statistics. */
  readonly trainable?: number;
  readonly multiplyAccumulates?: number;
}

/** Counted by hand, layer by layer, unless a source is named. A convolution: (window·channels + 1)·filters. */
const expected: Readonly<Record<string, Expected>> = {
  // (27 + 1)·32, (288 + 1)·64, (576 + 1)·128, 128·10 + 10
  "any_size.cnn": { parameters: 896 + 18_496 + 73_856 + 1_290 },
  // a unit: 9·in·out + 2·out learned, 2·out running
  "batch_norm.cnn": {
    parameters: 131_178 + 2 * (32 + 64 + 64 + 128),
    trainable: 9 * (32 + 32 * 64 + 64 * 64 + 64 * 128) + 2 * (32 + 64 + 64 + 128) + 1_290,
  },
  // 896 + 9,248, 18,496 + 36,928, 73,856 + 147,584, 2,048·128 + 128, 1,290
  "cifar_vgg.cnn": { parameters: 10_144 + 55_424 + 221_440 + 262_272 + 1_290 },
  // 9·16 + 4·16, 144·32 + 4·32, 288·48 + 4·48; of each norm half are running
  "clothes_base.cnn": { parameters: 208 + 4_736, trainable: 4_944 - 2 * (16 + 32) },
  // (5 + 1)·32, (160 + 1)·32, (160 + 1)·64, (320 + 1)·64, (192 + 1)·128, 128·64 + 64, 64·5 + 5
  "conv1d_ecg.cnn": { parameters: 192 + 5_152 + 10_304 + 20_544 + 24_704 + 8_256 + 325 },
  // (27 + 1)·16, (432 + 1)·32, (864 + 1)·64, 64·32 + 32, 33
  "conv3d_volume.cnn": { parameters: 448 + 13_856 + 55_360 + 2_080 + 33 },
  // 320 + 18,496 + 36,928 + 36,928 + 650; 26·26·9·32 + 11·11·288·64 + 3·3·576·64 + 576·64 + 640
  "fashion_mnist.cnn": {
    parameters: 93_322,
    multiplyAccumulates: 194_688 + 2_230_272 + 331_776 + 36_864 + 640,
  },
  // 9·(24 + 24·48 + 48·48 + 48·64 + 64·64), scale, shift and two running statistics of 248 channels, (64 + 1)·10
  "fashion_small.cnn": {
    parameters: 9 * (24 + 1_152 + 2_304 + 3_072 + 4_096) + 4 * 248 + 650,
    trainable: 9 * (24 + 1_152 + 2_304 + 3_072 + 4_096) + 2 * 248 + 650,
    multiplyAccumulates: 28 * 28 * 216 + 14 * 14 * (10_368 + 20_736) + 7 * 7 * (27_648 + 36_864) + 640,
  },
  // GoogLeNet's blocks 3a (163,696) and 3b (388,736), and 480·10 + 10
  "inception.cnn": { parameters: 163_696 + 388_736 + 4_810 },
  // 156 + 2,416 + 48,120 + 10,164 + 850; 28·28·25·6 + 10·10·150·16 + 400·120 + 120·84 + 840
  "lenet5.cnn": { parameters: 61_706, multiplyAccumulates: 117_600 + 240_000 + 48_000 + 10_080 + 840 },
  // the base, and 48·10 + 10
  "pretrain_clothes.cnn": { parameters: 4_944 + 15_690, trainable: 4_848 + 15_690 },
  // 160, (144 + 1)·32, 800·64 + 64, 64·10 + 10
  "quickstart.cnn": { parameters: 160 + 4_640 + 51_264 + 650 },
  // torchvision 0.14's resnet18, to which 2·4,800 running statistics are added
  "resnet18.cnn": {
    parameters: 11_689_512 + 9_600,
    trainable: 11_689_512,
    multiplyAccumulates: 1_814_073_344,
  },
  // 19 convolutions of 3x3 (267,696), two shortcuts (512 + 2,048), scale and shift of 784 channels, 64·10 + 10
  "resnet20.cnn": {
    parameters: 267_696 + 2_560 + 4 * 784 + 650,
    trainable: 267_696 + 2_560 + 2 * 784 + 650,
  },
  // once for both images: 320 + 18,496 + 1,600·64 + 64, and 65
  "siamese.cnn": { parameters: 320 + 18_496 + 102_464 + 64 * 16 + 16 + 17 },
  // the base, frozen, and 48·10 + 10
  "transfer_clothes.cnn": { parameters: 4_944 + 15_690, trainable: 15_690 },
  // Keras' and torchvision's VGG-16
  "vgg16.cnn": { parameters: 138_357_544, multiplyAccumulates: 15_470_264_320 },
};

const names = readdirSync(folder).filter((name) => name.endsWith(".cnn"));

test("every example is counted here", () => {
  expect(names).toEqual(Object.keys(expected).sort());
});

describe.each(names)("%s", (name) => {
  const text = readFileSync(join(folder, name), "utf8");
  const file = new SourceFile(join(folder, name), text);
  const { model, diagnostics } = compile(file, { readImport });
  const counts = expected[name]!;

  test("compiles without a word", () => {
    expect(diagnostics.map(({ message }) => message)).toEqual([]);
    expect(resolveSettings(model.graph).diagnostics).toEqual([]);
  });

  test("has the parameters counted by hand", () => {
    const { parameters, trainableParameters, multiplyAccumulates } = model.totals;
    expect(parameters.value).toBe(counts.parameters);
    expect(trainableParameters.value).toBe(counts.trainable ?? counts.parameters);
    if (counts.multiplyAccumulates !== undefined)
      expect(multiplyAccumulates.value).toBe(counts.multiplyAccumulates);
  });

  test("begins with a comment that says what it teaches", () => {
    expect(text).toMatch(/^# \S.*\n#/);
  });

  test("its comments on shapes are true", () => {
    const { said, found } = saidShapes(file, model, /(?:# |: )(\d+(?:x\d+)+)$/);
    expect(found).toEqual(said);
  });
});
