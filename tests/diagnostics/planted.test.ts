import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { createRandom, type Random } from "../../src/random/random.ts";
import { SourceFile } from "../../src/source/source-file.ts";

// Several independent mistakes are planted into a valid program: exactly these are to be told, each at its line.

/** Lines that may follow each other in any order on an image that stays 32x32, and what can be put wrong in each. */
interface LineKind {
  readonly text: string;
  readonly mistakes: readonly (readonly [wrong: string, code: string])[];
}

const kinds: readonly LineKind[] = [
  {
    text: "conv 8 3x3 same relu",
    mistakes: [
      ["cnov 8 3x3 same relu", "CNN110"],
      ["Conv2D 8 3x3 same relu", "CNN110"],
      ["conv 8 3x3 same relu strid=1", "CNN120"],
      ["conv 8 3x3 same rleu", "CNN111"],
      ["conv 8 3x3 same max", "CNN127"],
      ["conv 8.5 3x3 same relu", "CNN126"],
      ["conv 8 same relu", "CNN122"],
      ["conv 8 3x3 5 same relu", "CNN123"],
      ["conv 8 3 x 3 same relu", "CNN006"],
      ["conv 8, 3x3, same, relu", "CNN007"],
      ["conv(8, 3x3, same, relu)", "CNN007"],
      ["conv 8 (3, 3) same relu", "CNN125"],
      ["conv 8 3x3 same activation='relu'", "CNN001"],
      ["conv 8 3x3 same relu tanh", "CNN121"],
      ["conv 8 3x3 same relu stride=", "CNN002"],
      ["conv 8 3x3 same relu)", "CNN005"],
      ["conv nothing 3x3 same relu", "CNN111"],
      ["conv (1/0) 3x3 same relu", "CNN131"],
      ["conv (8 3x3 same relu", "CNN005"],
      ["conv 8 3×3 same relu", "CNN001"],
      ["conv 8 3x3 same relu stride 1", "CNN127"],
    ],
  },
  {
    text: "dropout 0.2",
    mistakes: [
      ["dropout 20", "CNN124"],
      ["dropout 20%", "CNN002"],
      ["dropout", "CNN122"],
      ["dropuot 0.2", "CNN110"],
      ["dropout rate 0.2", "CNN127"],
      ["dropout no", "CNN123"],
    ],
  },
  {
    text: "bn; relu",
    mistakes: [
      ["bm; relu", "CNN110"],
      ["bn momentum=2; relu", "CNN124"],
      ["bn; leaky_relu slop=0.1", "CNN120"],
      ["bn; unit 8 8", "CNN123"],
      ["bn; relu {", "CNN142"],
    ],
  },
  {
    text: "unit 8",
    mistakes: [
      ["unit", "CNN122"],
      ["unti 8", "CNN110"],
      ["unit 8 extra=1", "CNN120"],
      ["unit 0", "CNN124"],
    ],
  },
  {
    text: "add { branch { conv in.channels 3x3 same }; branch { } }",
    mistakes: [
      ["add { branch { cnov in.channels 3x3 same }; branch { } }", "CNN110"],
      ["add { branch { conv in.chanels 3x3 same }; branch { } }", "CNN135"],
      ["add nowhere", "CNN111"],
      ["add { branch { } }", "CNN141"],
      ["add", "CNN141"],
    ],
  },
  {
    text: "for f in [4, 8] { conv f 3x3 same relu }",
    mistakes: [
      ["for f in [4, 8] { conv g 3x3 same relu }", "CNN111"],
      ["for f in 4 { conv f 3x3 same relu }", "CNN136"],
      ["for f [4, 8] { conv f 3x3 same relu }", "CNN002"],
      ["for f in [4 8] { conv f 3x3 same relu }", "CNN002"],
      ["repeat 1.5 { relu }", "CNN126"],
      ["if 3 { relu }", "CNN130"],
      ["elif 3 { relu }", "CNN110"],
    ],
  },
  {
    text: "let width = 8",
    mistakes: [
      ["let width = wdth + 1", "CNN111"],
      ["let width 8", "CNN002"],
      ["let conv = 8", "CNN114"],
      ["from nowhere", "CNN111"],
      ["freeze nowhere", "CNN111"],
    ],
  },
];

/** Of shapes: known only where nothing before was wrong. */
const shapeMistakes: readonly (readonly [wrong: string, code: string])[] = [
  ["pool max 50", "CNN204"],
  ["conv 8 50x50", "CNN200"],
  ["conv 8 3x3x3 same", "CNN201"],
  ["reshape 7", "CNN215"],
  ["conv 6 1x1 groups=4", "CNN203"],
];

interface Planted {
  readonly text: string;
  /** `CNN110 line 5`. */
  readonly expected: readonly string[];
}

function plant(random: Random): Planted {
  const pick = <Item>(items: readonly Item[]): Item => items[random.integer(items.length)]!;
  const lines = ["block unit(f) { conv f 1x1 relu }", "input 32x32x3", "conv 8 3x3 same relu"];
  const body = Array.from({ length: 8 + random.integer(8) }, () => pick(kinds));
  const wanted = 2 + random.integer(4);
  const places = new Set<number>();
  while (places.size < wanted) places.add(random.integer(body.length));
  const expected: string[] = [];
  let isFirst = random.integer(3) === 0;
  let names = 0;
  for (const [index, kind] of body.entries()) {
    if (!places.has(index)) lines.push(kind.text.replace("width", `width${(names += 1)}`));
    else {
      const [wrong, code] = isFirst ? pick(shapeMistakes) : pick(kind.mistakes);
      isFirst = false;
      lines.push(wrong.replace("width", `width${(names += 1)}`));
      expected.push(`${code} line ${lines.length}`);
    }
  }
  lines.push("global_pool avg", "dense 10 softmax");
  return { text: `${lines.join("\n")}\n`, expected };
}

const programs = 400;

describe("mistakes that do not depend on each other", () => {
  test(`of ${programs} programs with two to five of them: all are told in one run, and nothing else`, () => {
    const random = createRandom(5, "planted");
    const extra: string[] = [];
    const missed: string[] = [];
    let count = 0;
    for (let index = 0; index < programs; index++) {
      const { text, expected } = plant(random);
      const file = new SourceFile("planted.cnn", text);
      const told = compile(file)
        .diagnostics.filter(({ severity }) => severity === "error")
        .map(({ code, primary, labels }) =>
          [primary, ...labels].map(({ span }) => `${code} line ${file.position(span.start).line}`),
        );
      count += expected.length;
      // One finding may tell of several brackets that are not closed.
      for (const each of expected) {
        if (!told.some((places) => places.includes(each))) missed.push(`${each} of\n${text}`);
      }
      for (const places of told) {
        if (!places.some((place) => expected.includes(place))) extra.push(`${places[0]} in\n${text}`);
      }
    }
    expect(count).toBeGreaterThan(1000);
    expect(extra).toEqual([]);
    expect(missed).toEqual([]);
  });
});
