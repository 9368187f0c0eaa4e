import { knownDim } from "../../tensor/shapes.ts";
import type { OpAttributes } from "../../tensor/tensor-graph.ts";
import type { RuleFunction } from "../rule.ts";

const reshape: RuleFunction<unknown> = ({ builder, shapes, gradient }) =>
  builder.reshape(gradient, shapes[0]!);

const transpose: RuleFunction<OpAttributes["transpose"]> = ({ builder, attributes, gradient }) =>
  builder.transpose(
    gradient,
    attributes.permutation.map((_, axis) => attributes.permutation.indexOf(axis)),
  );

const broadcast: RuleFunction<unknown> = ({ builder, shapes, gradient }) =>
  builder.sumToShape(gradient, shapes[0]!);

const concat: RuleFunction<OpAttributes["concat"]> = (
  { builder, shapes, attributes: { axis }, gradient },
  operand,
) => {
  const lengths = shapes.map((shape) => knownDim(shape[axis], "a joined axis"));
  const start = lengths.slice(0, operand).reduce((sum, length) => sum + length, 0);
  return builder.slice(gradient, [axis], [start], [start + lengths[operand]!]);
};

const slice: RuleFunction<OpAttributes["slice"]> = ({ builder, shapes, attributes, gradient }) => {
  const { axes, starts, ends } = attributes;
  const pads = shapes[0]!.map((dim, axis): readonly [number, number] => {
    const index = axes.indexOf(axis);
    return index < 0 ? [0, 0] : [starts[index]!, knownDim(dim, "a sliced axis") - ends[index]!];
  });
  return builder.pad(gradient, pads);
};

const pad: RuleFunction<OpAttributes["pad"]> = ({ builder, shapes, attributes: { pads }, gradient }) => {
  const axes = pads.flatMap(([before, after], axis) => (before + after > 0 ? [axis] : []));
  const starts = axes.map((axis) => pads[axis]![0]);
  const ends = axes.map((axis, index) => starts[index]! + knownDim(shapes[0]![axis], "a padded axis"));
  return builder.slice(gradient, axes, starts, ends);
};

const gather: RuleFunction<unknown> = ({ builder, operands, shapes, gradient }, operand) =>
  operand === 0
    ? builder.apply("gatherGradient", [operands[1]!, gradient], { rows: knownDim(shapes[0]![0], "a table") })
    : undefined;

export const shapingRules = { reshape, transpose, broadcast, concat, slice, pad, gather };
