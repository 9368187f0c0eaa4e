// Changes of images against Keras' layers with fixed amounts (cases/augment.py), and what a seed promises.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { cosineOfTurn, exponential, logarithm, sineOfTurn } from "../../src/data/augment/angles.ts";
import { type AugmentedInput, Augmenter } from "../../src/data/augment/augment.ts";
import type { Augmentation } from "../../src/data/augment/kinds.ts";
import { drawBeta } from "../../src/data/augment/mixing.ts";
import { createRandom } from "../../src/random/random.ts";

interface Case {
  name: string;
  said: Record<string, unknown>;
  shape: number[];
  image: number[];
  result: number[];
}
const { cases } = JSON.parse(readFileSync(new URL("cases/augment.json", import.meta.url), "utf8")) as {
  cases: Case[];
};

const input = (shape: number[], name = "image"): AugmentedInput => ({ name, shape, white: 255 });
const place = { seed: 0, epoch: 0, index: 0, start: 0 };

function change(said: object, shape: number[], values: Float32Array, at = place): Float32Array {
  new Augmenter([{ probability: 1, ...said } as Augmentation], [input(shape)]).apply([values], 1, at);
  return values;
}

test.each(cases)("as in Keras: $name", ({ said, shape, image, result }) => {
  const changed = change(said, shape, Float32Array.from(image));
  const worst = result.reduce((most, value, at) => Math.max(most, Math.abs(value - changed[at]!)), 0);
  // Keras computes in float32; a pixel is a whole step of 255.
  expect(worst).toBeLessThan(0.02);
});

describe("whole moves are exact", () => {
  const row = Float32Array.from({ length: 12 }, (_, index) => index);
  test("a flip", () => {
    const flip = { name: "flip", direction: "horizontal", probability: 1 };
    expect([...change(flip, [2, 3, 2], row.slice())]).toEqual([4, 5, 2, 3, 0, 1, 10, 11, 8, 9, 6, 7]);
    expect([...change({ ...flip, direction: "vertical" }, [2, 3, 2], row.slice())]).toEqual([
      6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5,
    ]);
  });

  test("a crop is a window of the padded image, at every offset equally often", () => {
    const seen = new Map<string, number>();
    for (let start = 0; start < 900; start++) {
      const said = { name: "crop", cells: 1, fill: "constant", value: 0 };
      const cropped = change(said, [2, 2, 1], Float32Array.of(1, 2, 3, 4), { ...place, start });
      seen.set([...cropped].join(), (seen.get([...cropped].join()) ?? 0) + 1);
    }
    // The nine windows of 2x2 in the 4x4 image with a border of zeros.
    const windows = [
      "0,0,0,1",
      "0,0,1,2",
      "0,0,2,0",
      "0,1,0,3",
      "1,2,3,4",
      "2,0,4,0",
      "0,3,0,0",
      "3,4,0,0",
      "4,0,0,0",
    ];
    expect([...seen.keys()].sort()).toEqual(windows.sort());
    for (const count of seen.values()) expect(count).toBeGreaterThan(60);
  });

  test("a square covers its share where its centre lies within", () => {
    const covered = Array.from({ length: 200 }, (_, start) => {
      const said = { name: "cutout", size: 0.5, value: -1 };
      return change(said, [8, 8, 1], new Float32Array(64), { ...place, start }).filter(
        (value) => value === -1,
      ).length;
    });
    expect(Math.max(...covered)).toBe(16);
    expect(Math.min(...covered)).toBe(4);
  });
});

describe("blending", () => {
  const examples = (): Float32Array => Float32Array.from({ length: 6 * 16 }, (_, at) => Math.floor(at / 16));

  test("mixup gives images and labels the same share", () => {
    const values = examples();
    const mixer = { name: "mixup", alpha: 1, probability: 1 } as const;
    const { partners, shares } = new Augmenter([mixer], [input([4, 4, 1])]).apply([values], 6, place)!;
    expect([...partners].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    for (let row = 0; row < 6; row++) {
      const expected = shares[row]! * row + (1 - shares[row]!) * partners[row]!;
      for (const value of values.subarray(16 * row, 16 * row + 16)) expect(value).toBeCloseTo(expected, 5);
    }
  });

  test("cutmix gives the label the area that is left", () => {
    const values = examples();
    const mixer = { name: "cutmix", alpha: 1, probability: 1 } as const;
    const { partners, shares } = new Augmenter([mixer], [input([4, 4, 1])]).apply([values], 6, place)!;
    for (let row = 0; row < 6; row++) {
      const own = values.subarray(16 * row, 16 * row + 16).filter((value) => value === row).length;
      if (partners[row] !== row) expect(own / 16).toBeCloseTo(shares[row]!, 6);
    }
  });

  test.each([0.2, 1, 3])("shares come from Beta(%d, %d): mean 1/2, variance 1/(4(2α+1))", (alpha) => {
    const random = createRandom(1, "beta");
    const drawn = Array.from({ length: 4000 }, () => drawBeta(random, alpha));
    const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
    const variance = drawn.reduce((sum, value) => sum + (value - mean) ** 2, 0) / drawn.length;
    expect(mean).toBeCloseTo(0.5, 1);
    expect(variance * 4 * (2 * alpha + 1)).toBeCloseTo(1, 1);
    expect(drawn.every((value) => value >= 0 && value <= 1)).toBe(true);
  });
});

test("what is drawn depends on seed, epoch and place, and on the order in nothing", () => {
  const augmentations = [
    { name: "flip", direction: "both", of: undefined, probability: 0.5 },
    {
      name: "shift",
      amount: [-0.2, 0.2],
      height: undefined,
      width: undefined,
      fill: "reflect",
      value: 0,
      of: undefined,
      probability: 0.7,
    },
    { name: "rotation", amount: [-0.1, 0.1], fill: "reflect", value: 0, of: undefined, probability: 1 },
    { name: "contrast", amount: [-0.3, 0.3], of: undefined, probability: 1 },
  ] as const;
  const images = Float32Array.from({ length: 4 * 64 }, (_, at) => (at * 37) % 256);
  const augmenter = new Augmenter(augmentations, [input([8, 8, 1])]);
  const whole = images.slice();
  augmenter.apply([whole], 4, place);
  const second = images.slice(128);
  new Augmenter(augmentations, [input([8, 8, 1])]).apply([second], 2, { ...place, start: 2 });
  expect(second).toEqual(whole.slice(128));
  for (const other of [{ seed: 1 }, { epoch: 1 }, { start: 1 }]) {
    const changed = images.slice();
    augmenter.apply([changed], 4, { ...place, ...other });
    expect(changed).not.toEqual(whole);
  }
});

test("masks are moved with their images, each place as the nearest one", () => {
  const move = { fill: "constant", value: 0, of: undefined, probability: 1 } as const;
  const changes = [
    { name: "flip", direction: "both", of: undefined, probability: 0.5 },
    { name: "rotation", amount: [-0.1, 0.1], ...move },
    { name: "zoom", amount: [-0.2, 0.2], width: undefined, ...move },
    { name: "brightness", amount: [-0.2, 0.2], of: undefined, probability: 1 },
    { name: "shift", amount: [-0.2, 0.2], height: undefined, width: undefined, ...move },
  ] as const;
  const side = 16;
  const places = (valueAt: (place: number) => number): Float32Array =>
    Float32Array.from({ length: 3 * side * side }, (_, at) => valueAt(at % (side * side)));
  // Linear over the image, so that what is between places says where it is from.
  const image = places((at) => at % side);
  const mask = places((at) => at % side);
  const follower = { part: 1, image: { height: side, width: side, channels: 1 } } as const;
  const shapes = [input([side, side, 1])];
  const moves = changes.filter(({ name }) => name !== "brightness");
  new Augmenter(moves.slice(0, 2), shapes, [{ ...follower, interpolation: "nearest" }]).apply(
    [image, mask],
    3,
    place,
  );
  let compared = 0;
  mask.forEach((value, at) => {
    expect(Number.isInteger(value)).toBe(true);
    const inside = image[at]! > 1.5 && value > 1;
    if (inside) compared += Number(Math.abs(value - image[at]!) <= 0.5);
  });
  expect(compared).toBeGreaterThan(300);
  // Whatever is changed beside the places, the numbers drawn for moves are the same.
  const [first, second] = [places((at) => at), places((at) => at)];
  new Augmenter(moves, shapes, [{ ...follower, interpolation: "bilinear" }]).apply([first, second], 3, place);
  expect(second).toEqual(first);
  const changed = places((at) => at);
  const followed = places((at) => at);
  new Augmenter(changes, shapes, [{ ...follower, interpolation: "bilinear" }]).apply(
    [changed, followed],
    3,
    place,
  );
  expect(followed).not.toEqual(changed);
});

describe("several inputs", () => {
  const flip = { name: "flip", direction: "horizontal", of: undefined, probability: 0.5 } as const;
  const turn = {
    name: "rotation",
    amount: [-0.2, 0.2],
    fill: "nearest",
    value: 0,
    of: undefined,
    probability: 1,
  } as const;
  const picture = (): Float32Array => Float32Array.from({ length: 4 * 64 }, (_, at) => (at * 37) % 256);

  test("of one scene are changed alike, and numbers beside them not at all", () => {
    const [left, right, age] = [picture(), picture(), Float32Array.of(1, 2, 3, 4)];
    const inputs = [input([8, 8, 1], "left"), input([1], "age"), input([8, 8, 1], "right")];
    new Augmenter([flip, turn], inputs).apply([left, age, right], 4, place);
    expect(left).not.toEqual(picture());
    expect(right).toEqual(left);
    expect([...age]).toEqual([1, 2, 3, 4]);
    // As if it were the only input.
    const alone = picture();
    new Augmenter([flip, turn], [input([8, 8, 1])]).apply([alone], 4, place);
    expect(left).toEqual(alone);
  });

  test("named by `of` are changed alone, from numbers of their own", () => {
    const inputs = [input([8, 8, 1], "left"), input([8, 8, 1], "right")];
    const [left, right] = [picture(), picture()];
    new Augmenter([{ ...turn, of: "right" }], inputs).apply([left, right], 4, place);
    expect(left).toEqual(picture());
    expect(right).not.toEqual(picture());
    const both = [picture(), picture()] as const;
    new Augmenter(
      [
        { ...turn, of: "left" },
        { ...turn, of: "right" },
      ],
      inputs,
    ).apply(both, 4, place);
    expect(both[1]).toEqual(right);
    expect(both[0]).not.toEqual(right);
  });

  test("are blended with the same partner by the same share, a rectangle of all at the same place", () => {
    const rows = (size: number): Float32Array =>
      Float32Array.from({ length: 6 * size }, (_, at) => Math.floor(at / size));
    const [left, age, right] = [rows(16), rows(1), rows(48)];
    const mixup = { name: "mixup", alpha: 1, probability: 1 } as const;
    const inputs = [input([4, 4, 1], "left"), input([1], "age"), input([4, 4, 3], "right")];
    const { partners, shares } = new Augmenter([mixup], inputs).apply([left, age, right], 6, place)!;
    for (let row = 0; row < 6; row++) {
      const expected = shares[row]! * row + (1 - shares[row]!) * partners[row]!;
      for (const value of [left[16 * row + 5], age[row], right[48 * row + 7]])
        expect(value).toBeCloseTo(expected, 5);
    }
    const [first, second] = [rows(16), rows(48)];
    const cutmix = { name: "cutmix", alpha: 1, probability: 1 } as const;
    new Augmenter([cutmix], [inputs[0]!, inputs[2]!]).apply([first, second], 6, place);
    first.forEach((value, at) => expect(second[3 * at + 1]).toBe(value));
  });
});

test("own sines, logarithms and powers are right to 14 digits", () => {
  for (let turn = -1.3; turn < 1.3; turn += 0.0173) {
    expect(sineOfTurn(turn)).toBeCloseTo(Math.sin(2 * Math.PI * turn), 13);
    expect(cosineOfTurn(turn)).toBeCloseTo(Math.cos(2 * Math.PI * turn), 13);
  }
  for (let x = 1; x > 1e-12; x *= 0.61) {
    expect(logarithm(x) / (Math.log(x) || 1)).toBeCloseTo(x === 1 ? 0 : 1, 13);
    expect(exponential(Math.log(x)) / x).toBeCloseTo(1, 13);
  }
  expect(exponential(-1000)).toBe(0);
});
