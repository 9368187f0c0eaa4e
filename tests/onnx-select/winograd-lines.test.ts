import * as runtime from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { buildGradients } from "../../src/autodiff/gradients.ts";
import { findChannelBlock } from "../../src/engine/channel-block.ts";
import { selectForms, type SelectionTarget } from "../../src/onnx/select/select.ts";
import { createRandom } from "../../src/random/random.ts";
import { TensorBuilder } from "../../src/tensor/builder.ts";
import { differenceFromReference, runSelected } from "./harness.ts";
import { CaseMaker } from "./operations.ts";

const channelBlock = await findChannelBlock(runtime);
const target: SelectionTarget = { provider: "cpu", ...(channelBlock === undefined ? {} : { channelBlock }) };

/** The forms that the three convolutions of a layer shall take; none on a machine without kernels for blocks. */
const forms =
  channelBlock === undefined
    ? []
    : [
        "Winograd F(4, 3) over lines",
        "Winograd F(4, 3) over lines, the kernel turned round",
        "Winograd F(4, 3) over lines, transposed",
      ];

interface Layer {
  readonly text: string;
  /** [examples, height, width, channels]. */
  readonly x: readonly number[];
  readonly kernel: readonly [number, number];
  readonly filters: number;
  readonly pads: readonly (readonly [number, number])[];
}

const layers: readonly Layer[] = [
  { text: "tiles that fill the image", x: [16, 8, 8, 128], kernel: [3, 3], filters: 128, pads: [[1, 1], [1, 1]] }, // prettier-ignore
  { text: "tiles that overhang, uneven padding", x: [16, 14, 10, 64], kernel: [3, 3], filters: 112, pads: [[1, 1], [0, 2]] }, // prettier-ignore
  { text: "padding below alone, channels that leave a block half empty", x: [32, 8, 9, 136], kernel: [3, 3], filters: 88, pads: [[0, 1], [0, 0]] }, // prettier-ignore
  { text: "kernels of one column", x: [16, 16, 12, 144], kernel: [3, 1], filters: 128, pads: [[2, 0], [0, 0]] }, // prettier-ignore
];

/** A convolution with bias and ReLU, the sum over its weighted results, and all gradients. */
function layerGraph({ x, kernel, filters, pads }: Layer, make: CaseMaker) {
  const { builder } = make;
  const ones = [1, 1] as const;
  const images = make.input(x);
  const weights = make.input([...kernel, x.at(-1)!, filters], -0.1, 0.1);
  const bias = make.input([filters]);
  const geometry = { kernel, stride: ones, dilation: ones, pads, groups: 1 };
  const z = builder.conv(images, weights, geometry);
  const y = builder.relu(builder.add(z, bias));
  const loss = builder.reduceSum(builder.multiply(y, make.like(y)), [0, 1, 2, 3]);
  const [dx, dw, db] = buildGradients(builder, loss, [images, weights, bias]);
  return builder.finish({ y, dx: dx!, dw: dw!, db: db! });
}

describe("wide convolutions by Winograd from line to line", () => {
  it.each(layers)("equal the float64 reference: $text", async (layer) => {
    const make = new CaseMaker(new TensorBuilder(), createRandom(0, layer.text));
    const graph = layerGraph(layer, make);
    const taken: string[] = [];
    selectForms(graph, target, (node, form) => {
      if (node.op.startsWith("conv")) taken.push(form);
    });
    expect(taken).toEqual(expect.arrayContaining(forms));
    const { difference, output } = await differenceFromReference(graph, make.inputs, target);
    expect(difference, output).toBeLessThan(1e-5);
  });

  it("what is not a number stays so", async () => {
    const make = new CaseMaker(new TensorBuilder(), createRandom(0, "not a number"));
    const graph = layerGraph(layers[0]!, make);
    const { shape, data } = make.inputs.get("in/0")!;
    make.inputs.set("in/0", { shape, data: data.with(5, NaN) });
    const results = await runSelected(graph, make.inputs, target);
    expect(Number.isNaN(results.get("y")!.data[0])).toBe(true);
    expect(results.get("dw")!.data.some(Number.isNaN)).toBe(true);
  });
});
